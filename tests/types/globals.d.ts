// Tests leave values in the window of a page, for a later step in the same page.
interface Window {
  [name: string]: any;
}

/** The rows of a table of cases. */
type Table = any[][];
