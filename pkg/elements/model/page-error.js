/** An error of the page itself, in the shape of the package's errors: a stable code and details. */
export class PageError extends Error {
  constructor(code, message, details = {}, cause = undefined) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "PageError";
    this.code = code;
    this.details = details;
  }
}
