/** The rows of tables in Markdown: cells between bars, below the first row one of dashes, as code hosts have them. */

/** A bar that a backslash stands before is part of a cell. */
const BAR = /(?<!\\)\|/;
const DASHES = /^:?-+:?$/;

/** Cells of a row, as they are written; outer bars may be left out. */
export function cellsOf(row: string): string[] {
  const cells = row.split(BAR);
  if (cells.length > 1 && isBlank(cells[0])) cells.shift();
  if (cells.length > 1 && isBlank(cells.at(-1))) cells.pop();
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** `line` is the row of dashes below `head`, which is the first row of a table then: both have as many cells. */
export function beginsTable(head: string, line: string): boolean {
  if (!line.includes('|')) return false;
  const dashes = cellsOf(line);
  return dashes.every((cell) => DASHES.test(cell)) && dashes.length === cellsOf(head).length;
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}
