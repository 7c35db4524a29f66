/** Attributes of one tag, as much of a map as readers need. */

import { decodeValue } from './character-references.ts';

export interface Attributes {
  readonly size: number;
  get(name: string): string | undefined;
  has(name: string): boolean;
}

/** Few enough to look through; values are cut out of the markup when somebody asks. */
export class TagAttributes implements Attributes, Iterable<readonly [name: string, value: string]> {
  size = 0;
  readonly #names: string[] = [];
  readonly #values: (string | undefined)[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  clear(): void {
    this.size = 0;
  }

  /** Adds `markup.slice(start, end)`, its character references read, as the value of `name`. */
  addSlice(name: string, start: number, end: number): void {
    this.#names[this.size] = name;
    this.#values[this.size] = undefined;
    this.#starts[this.size] = start;
    this.#ends[this.size] = end;
    this.size += 1;
  }

  has(name: string): boolean {
    return this.#indexOf(name) >= 0;
  }

  get(name: string): string | undefined {
    const at = this.#indexOf(name);
    return at < 0 ? undefined : this.#valueAt(at);
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.size; i++) yield [this.#names[i] as string, this.#valueAt(i)];
  }

  #indexOf(name: string): number {
    for (let i = 0; i < this.size; i++) if (this.#names[i] === name) return i;
    return -1;
  }

  #valueAt(at: number): string {
    return (this.#values[at] ??= decodeValue(this.#markup.slice(this.#starts[at], this.#ends[at])));
  }
}
