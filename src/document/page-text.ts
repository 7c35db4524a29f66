/**
 * The text of a page as it is gathered piece by piece: UTF-16 units in one row, white space collapsed as it comes, of which
 * one string is made in the end. Blocks and links are places in it.
 */

import type { SectionKind } from './document.ts';
import { heldUnits, writeUnits } from './source-units.ts';

const [TAB, LINE_FEED, SPACE] = [0x09, 0x0a, 0x20] as const;
const [NUMBER_SIGN, PILCROW] = [0x23, 0xb6] as const;
/** The sign of a link, a pair of surrogates. */
const [LINK_HIGH, LINK_LOW] = [0xd83d, 0xdd17] as const;

const FIRST_CAPACITY = 16_384;
/** The row that a page was gathered in, for the next page; what a long one needed is given back. */
let idleText = new Uint16Array(0);
const KEPT_UNITS = 262_144;

/** The last white space but the mark of the order of bytes, which stands far behind. */
const LAST_SPACE = 0x3000;
const BYTE_ORDER_MARK = 0xfeff;

/** What a unit is: no white space, a space, or other white space. */
const [LETTER, ONE_SPACE, OTHER_SPACE] = [0, 1, 2] as const;

const spaceOf: Uint8Array = (() => {
  const table = new Uint8Array(0x1_0000);
  // Not all units: each process that parses would ask 65,536 times before its first page.
  for (let unit = 0; unit <= LAST_SPACE; unit++)
    if (/\s/.test(String.fromCharCode(unit))) table[unit] = OTHER_SPACE;
  table[BYTE_ORDER_MARK] = OTHER_SPACE;
  table[SPACE] = ONE_SPACE;
  return table;
})();

/** A place in the text: `text.slice(start, end)`. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Between its first text and {@link PageText.finish} no other may be in use. */
export class PageText {
  #units = idleText;
  #length = 0;
  /** Where the open block begins, and the white space that stands behind what is in it: 0, {@link SPACE} or {@link TAB}. */
  #blockStart = 0;
  #gap = 0;
  #hasTabs = false;
  /** White space of the open block stands as it came. */
  #isRaw = false;
  /** The page that is read, once a piece of it came. */
  #source = '';
  #sourceUnits: Uint16Array = new Uint16Array(0);
  /** Of a source that is another one. */
  #side = new Uint16Array(64);

  constructor() {
    idleText = new Uint16Array(0);
  }

  /** Where the next letter will stand, or white space before it. */
  get place(): number {
    return this.#length;
  }

  /** The open block holds nothing but white space. */
  get isBlank(): boolean {
    return this.isBlankFrom(this.#blockStart);
  }

  isBlankFrom(start: number): boolean {
    return this.#startOf(start, this.#length) === this.#length;
  }

  /** Appends `source.slice(start, end)`, with its white space where it `isRaw`; tells its length without that at its ends. */
  append(source: string, start: number, end: number, isRaw: boolean): number {
    const from = source === this.#source ? this.#sourceUnits : this.#unitsOf(source);
    // A space before each piece at most.
    const room = this.#length + end - start + 1;
    if (room > this.#units.length) this.#grow(room);
    return isRaw ? this.#appendRaw(from, start, end) : this.#appendCollapsed(from, start, end);
  }

  /** Appends one unit of white space. */
  appendSpace(unit: number, isRaw: boolean): void {
    if (!isRaw) {
      if (this.#gap !== TAB) this.#gap = unit === TAB ? TAB : SPACE;
      return;
    }
    if (this.#length + 1 > this.#units.length) this.#grow(this.#length + 1);
    this.#units[this.#length++] = unit;
    this.#isRaw = true;
  }

  /**
   * Ends the block: white space is single spaces then; tabs part the cells of a table; code keeps its lines. Undefined
   * where nothing is left of it.
   */
  endBlock(kind: SectionKind): TextRange | undefined {
    if (kind !== 'code' && this.#isRaw) this.#collapseBlock();
    const from = this.#blockStart;
    const range = kind === 'code' ? this.#linesOfCode() : { start: from, end: this.#endOf(kind) };
    if (this.#hasTabs && kind !== 'table' && kind !== 'code') this.#clearTabs();
    const isEmpty = range.start >= range.end;
    if (isEmpty) this.#length = from;
    else {
      if (this.#length + 1 > this.#units.length) this.#grow(this.#length + 1);
      this.#units[this.#length++] = LINE_FEED;
    }
    this.#blockStart = this.#length;
    this.#gap = 0;
    this.#hasTabs = false;
    this.#isRaw = false;
    return isEmpty ? undefined : range;
  }

  /** The place without white space at its beginning. */
  trimmed({ start, end }: TextRange): TextRange {
    return { start: this.#startOf(start, end), end };
  }

  /** All of it, line by line where blocks end; nothing may be appended any more. */
  finish(): string {
    const text = Buffer.from(this.#units.buffer, 0, this.#length * 2).toString('utf16le');
    if (this.#units.length <= KEPT_UNITS) idleText = this.#units;
    return text;
  }

  /** The hot loop over the text of a page. */
  #appendCollapsed(from: Uint16Array, start: number, end: number): number {
    const units = this.#units;
    let at = this.#length;
    let gap = this.#gap;
    let first = -1;
    let last = -1;
    let i = start;
    while (i < end) {
      let unit = from[i] as number;
      if (spaceOf[unit] !== LETTER) {
        if (gap !== TAB) gap = unit === TAB ? TAB : SPACE;
        i += 1;
        continue;
      }
      if (gap !== 0) {
        if (at > this.#blockStart) {
          units[at++] = gap;
          if (gap === TAB) this.#hasTabs = true;
        }
        gap = 0;
      }
      if (first < 0) first = i;
      // On over single spaces, which stay: where each word ends would be guessed wrong.
      let before: number = LETTER;
      let kind: number = LETTER;
      do {
        units[at++] = unit;
        before = kind;
        i += 1;
        if (i === end) break;
        unit = from[i] as number;
        kind = spaceOf[unit] as number;
      } while ((kind & (before | OTHER_SPACE)) === 0);
      last = i;
      if (before === ONE_SPACE) {
        at -= 1;
        last -= 1;
        gap = SPACE;
      }
    }
    this.#length = at;
    this.#gap = gap;
    return last - first;
  }

  #appendRaw(from: Uint16Array, start: number, end: number): number {
    const units = this.#units;
    let at = this.#length;
    this.#isRaw = true;
    if (this.#gap !== 0 && at > this.#blockStart) units[at++] = this.#gap;
    this.#gap = 0;
    const begin = at;
    for (let i = start; i < end; i++) units[at++] = from[i] as number;
    this.#length = at;
    const first = this.#startOf(begin, at);
    while (at > first && spaceOf[units[at - 1] as number] !== LETTER) at -= 1;
    return at - first;
  }

  #startOf(start: number, end: number): number {
    let first = start;
    while (first < end && spaceOf[this.#units[first] as number] !== LETTER) first += 1;
    return first;
  }

  /** Lines without text before the first and behind the last are no part of the code. */
  #linesOfCode(): TextRange {
    const units = this.#units;
    const first = this.#startOf(this.#blockStart, this.#length);
    let start = first;
    while (start > this.#blockStart && units[start - 1] !== LINE_FEED) start -= 1;
    let end = this.#length;
    while (end > first && spaceOf[units[end - 1] as number] !== LETTER) end -= 1;
    return first >= end ? { start: end, end } : { start, end };
  }

  /** Without signs that makers of documentation hang on headings as links to themselves. */
  #endOf(kind: SectionKind): number {
    const units = this.#units;
    let end = this.#length;
    if (kind === 'table') return end;
    if (kind === 'heading' && units[end - 1] === NUMBER_SIGN && this.#isSpaceAt(end - 2)) end -= 2;
    if (end <= this.#blockStart) return end;
    if (units[end - 1] === PILCROW) end -= 1;
    else if (end - 2 >= this.#blockStart && units[end - 1] === LINK_LOW && units[end - 2] === LINK_HIGH)
      end -= 2;
    else return end;
    return this.#isSpaceAt(end - 1) ? end - 1 : end;
  }

  #isSpaceAt(at: number): boolean {
    return at >= this.#blockStart && spaceOf[this.#units[at] as number] !== LETTER;
  }

  #clearTabs(): void {
    for (let i = this.#blockStart; i < this.#length; i++) if (this.#units[i] === TAB) this.#units[i] = SPACE;
  }

  /** Code that broken markup has put among other text. */
  #collapseBlock(): void {
    const block = this.#units.slice(this.#blockStart, this.#length);
    this.#length = this.#blockStart;
    this.#gap = 0;
    this.#appendCollapsed(block, 0, block.length);
  }

  #unitsOf(source: string): Uint16Array {
    const held = heldUnits(source);
    if (held === undefined) return (this.#side = writeUnits(source, this.#side));
    this.#source = source;
    this.#sourceUnits = held;
    return held;
  }

  #grow(least: number): void {
    const grown = new Uint16Array(Math.max(least, this.#units.length * 2, FIRST_CAPACITY));
    grown.set(this.#units.subarray(0, this.#length));
    this.#units = grown;
  }
}
