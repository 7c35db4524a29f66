/** The cells of a table's row while it is read: where they are columns of a page, each is a block of its own. */

import type { ElementContext } from './element-stack.ts';
import type { TextRange } from './page-text.ts';

/** A cell, and what stands in it. */
export interface Cell extends TextRange {
  readonly context: ElementContext;
  /** Characters of it that are links, and how many links there are. */
  readonly linkLength: number;
  readonly links: number;
}

/** Characters from which on a cell is a column of text, and link characters per character from which on it is none. */
const LEAST_COLUMN = 200;
const LINKED = 0.4;
/** Links from which on a cell of hardly anything else is a menu. */
const LEAST_MENU = 3;

export class TableRow {
  #cells: Cell[] = [];
  /** Of all that was noted: link characters, and links. */
  #linkLength = 0;
  #links = 0;

  get isEmpty(): boolean {
    return this.#cells.length === 0;
  }

  /** Where the last cell ends. */
  get end(): number | undefined {
    return this.#cells.at(-1)?.end;
  }

  /** What was read since the cell before belongs to this one; of its block there are so many link characters and links. */
  note(range: TextRange, context: ElementContext, linkLength: number, links: number): void {
    if (range.start >= range.end) return;
    this.#cells.push({
      ...range,
      context,
      linkLength: linkLength - this.#linkLength,
      links: links - this.#links,
    });
    this.#linkLength = linkLength;
    this.#links = links;
  }

  /** Forgets the row; tells its cells. */
  take(): readonly Cell[] {
    const cells = this.#cells;
    if (cells.length === 0) return cells;
    this.#cells = [];
    this.#linkLength = this.#links = 0;
    return cells;
  }
}

/** A menu stands beside text: rows of data have no such neighbours. */
export function areColumns(cells: readonly Cell[]): boolean {
  return cells.some(isColumn) && cells.some(isMenu);
}

function isColumn({ start, end, linkLength }: Cell): boolean {
  return end - start >= LEAST_COLUMN && linkLength < (end - start) * LINKED;
}

function isMenu({ start, end, linkLength, links }: Cell): boolean {
  return links >= LEAST_MENU && linkLength >= (end - start) * LINKED;
}
