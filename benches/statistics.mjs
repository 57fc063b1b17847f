// From samples to the rows of a table.

/** The value below which the share `part` of the samples lies. */
export function quantile(samples, part) {
  const sorted = [...samples].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/**
 * @param {Record<string, number[]>} samples by name.
 * @param {{ title: string, reference: string, unit: string, digits?: number, notes?: string[] }} options
 *   The first quartile of `reference` is 1.
 */
export function timingTable(samples, { title, reference, unit, digits = 1, notes = [] }) {
  const base = quantile(samples[reference], 0.25);
  /** @type {Record<string, any>[]} */
  const rows = Object.entries(samples).map(([name, list]) => ({
    name,
    q1: quantile(list, 0.25),
    median: quantile(list, 0.5),
    ratio: quantile(list, 0.25) / base,
    samples: list.length,
  }));
  const columns = [
    { key: "name", title: "who" },
    { key: "q1", title: `first quartile, ${unit}`, digits },
    { key: "median", title: `median, ${unit}`, digits },
    { key: "ratio", title: `times ${reference}`, digits: 2 },
  ];
  return { title, columns, rows, notes };
}
