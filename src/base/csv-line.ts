/** Lines of a table, as RFC 4180 has them and spreadsheets take them without running what stands in them. */

/** With its end. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${csvRow(cells)}\r\n`;
}

export function csvRow(cells: readonly (string | number)[]): string {
  return cells.map((cell) => csvCell(String(cell))).join(',');
}

/** A spreadsheet would run what begins so, also in the letters of full width of East Asia. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
/** Harmless though it begins with a sign; `-1+cmd|…` is not. */
const NUMBER = /^-?\d+(?:\.\d+)?$/;

function csvCell(cell: string): string {
  const harmless = FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
