// What is wrong with a field is said right under it.
import { expect } from "@playwright/test";

/** How far the sentence may be from its field, in CSS pixels. */
const NEAR = 32;

/**
 * Expects an error of this code under a field, as a sentence that describes it, with the focus in the field, and no box.
 * @param {import("../../../demo/visitor.mjs").Visitor} visitor
 * @param {string} testId the field's
 */
export async function expectFieldError(visitor, testId, code) {
  const field = visitor.by(testId);
  const note = await noteOf(visitor, field);
  await expect(note).toHaveAttribute("data-code", code);
  await expect(note).toHaveText(/^[A-Z].*[.?]$/);
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toBeFocused();
  await expect(visitor.by("error")).toBeHidden();
  const [above, below] = [await field.boundingBox(), await note.boundingBox()];
  const gap = (below?.y ?? 0) - (above?.y ?? 0) - (above?.height ?? 0);
  expect(gap, `between "${testId}" and its note`).toBeGreaterThanOrEqual(0);
  expect(gap, `between "${testId}" and its note`).toBeLessThan(NEAR);
}

/** Expects a field to be right, as far as the page says. */
export async function expectFieldRight(visitor, testId) {
  const field = visitor.by(testId);
  await expect(field).not.toHaveAttribute("aria-invalid", "true");
  const described = (await field.getAttribute("aria-describedby")) ?? "";
  for (const id of described.split(" ").filter(Boolean)) {
    await expect(visitor.page.locator(`#${id}`)).not.toHaveAttribute("data-code");
  }
}

/** The last of the notes that describe a field. */
async function noteOf(visitor, field) {
  await expect(field).toHaveAttribute("aria-describedby", /./);
  const described = await field.getAttribute("aria-describedby");
  return visitor.page.locator(`#${described.split(" ").at(-1)}`);
}
