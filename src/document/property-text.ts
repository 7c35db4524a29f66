/** Microdata that stands in the text of a page: what an element says whose name of a property is short and to be chosen by. */

import { collapseSpaces } from './text-blocks.ts';

/** A longer text is prose. */
const MAX_LENGTH = 200;
/** Names that say nothing without what they belong to, and prose. */
const UNTOLD: ReadonlySet<string> = new Set(
  'name url item text position description articlebody reviewbody about mainentity itemlistelement caption'.split(
    ' ',
  ),
);
/** Things of their own, whose text is their name. */
const NAMED_THINGS: ReadonlySet<string> = new Set(['author', 'creator', 'publisher', 'brand']);

export class PropertyText {
  /** Of the property, in lower case; empty where none is read. */
  name = '';
  #element = '';
  #depth = 0;
  #text = '';

  get isOpen(): boolean {
    return this.name !== '';
  }

  /** An element of that property begins; inside of another it is part of that. */
  begin(element: string, property: string, isThing: boolean): void {
    if (this.isOpen || UNTOLD.has(property) || (isThing && !NAMED_THINGS.has(property))) return;
    this.name = property;
    this.#element = element;
    this.#depth = 0;
    this.#text = '';
  }

  open(element: string): void {
    if (element === this.#element) this.#depth += 1;
    this.append(' ', 0, 1);
  }

  append(source: string, start: number, end: number): void {
    if (this.#text.length + end - start > MAX_LENGTH * 2) this.name = '';
    else this.#text += source.slice(start, end);
  }

  /** The value where the element of the property ends; undefined before. */
  close(element: string): string | undefined {
    if (element === this.#element) this.#depth -= 1;
    if (this.#depth > 0) return undefined;
    const value = collapseSpaces(this.#text);
    return value.length <= MAX_LENGTH ? value : '';
  }

  /** What an element of that name holds is not read; its end tag will not be told. */
  skip(element: string): void {
    if (element === this.#element) this.name = '';
  }

  end(): void {
    this.name = '';
  }
}
