/** Text as it is gathered piece by piece: UTF-16 units, of which a string is made once, when a block ends. */

const FIRST_CAPACITY = 4096;
const SPACE = 0x20;
const TAB = 0x09;
/** Units up to here are those of Latin-1, whose strings take half of the memory. */
const LAST_LATIN = 0xff;
/** Pieces of a longer source are taken from its units, which are read once. */
const LONG_SOURCE = 1024;

/** Where sources are read, one page after the other: a page is read in one go. What a long one needed is given back. */
let sourceScratch = new Uint16Array(0);
const KEPT_UNITS = 262_144;

const isSpaceUnit: Uint8Array = (() => {
  const table = new Uint8Array(0x1_0000);
  for (let unit = 0; unit < table.length; unit++) if (/\s/.test(String.fromCharCode(unit))) table[unit] = 1;
  return table;
})();

export class TextBuffer {
  #units = new Uint16Array(FIRST_CAPACITY);
  #length = 0;
  /** All bits that are set in any of them. */
  #bits = 0;
  #source = '';
  #sourceUnits = sourceScratch;
  /** Where strings are made, one byte a unit or two. */
  #narrow = Buffer.allocUnsafeSlow(0);
  #wide = new Uint16Array(0);

  get length(): number {
    return this.#length;
  }

  /** Nothing but white space so far. */
  get isBlank(): boolean {
    return this.trimmedLength(0) === 0;
  }

  clear(): void {
    this.#length = 0;
    this.#bits = 0;
  }

  /** Appends `source.slice(start, end)`. */
  append(source: string, start: number, end: number): void {
    if (source !== this.#source && source.length >= LONG_SOURCE) this.#open(source);
    let at = this.#length;
    if (at + end - start > this.#units.length) this.#grow(at + end - start);
    const units = this.#units;
    let bits = this.#bits;
    // Loops of our own: pieces are short, and calls to copy them would cost more.
    if (source === this.#source) {
      const from = this.#sourceUnits;
      for (let i = start; i < end; i++) bits |= units[at++] = from[i] as number;
    } else {
      for (let i = start; i < end; i++) bits |= units[at++] = source.charCodeAt(i);
    }
    this.#length = at;
    this.#bits = bits;
  }

  appendUnit(unit: number): void {
    if (this.#length === this.#units.length) this.#grow(this.#length + 1);
    this.#units[this.#length] = unit;
    this.#length += 1;
  }

  /** Units from `from` on without the white space at their ends. */
  trimmedLength(from: number): number {
    const units = this.#units;
    let start = from;
    let end = this.#length;
    while (start < end && isSpaceUnit[units[start] as number] === 1) start += 1;
    while (end > start && isSpaceUnit[units[end - 1] as number] === 1) end -= 1;
    return end - start;
  }

  /** What was gathered, as it is. */
  raw(): string {
    this.#makeRoom(this.#length);
    const into = this.#bits <= LAST_LATIN ? this.#narrow : this.#wide;
    for (let i = 0; i < this.#length; i++) into[i] = this.#units[i] as number;
    return this.#string(this.#length);
  }

  /**
   * What was gathered from `from` on, each run of white space as one space, none at the ends. With `keepsTabs` a run that
   * holds a tab becomes a tab.
   */
  collapsed(from = 0, keepsTabs = false): string {
    const length = this.#length;
    this.#makeRoom(length - from);
    const used =
      this.#bits <= LAST_LATIN
        ? collapse(this.#units, from, length, keepsTabs, this.#narrow)
        : collapse(this.#units, from, length, keepsTabs, this.#wide);
    return this.#string(used);
  }

  #string(used: number): string {
    if (used === 0) return '';
    if (this.#bits <= LAST_LATIN) return this.#narrow.toString('latin1', 0, used);
    return Buffer.from(this.#wide.buffer, 0, used * 2).toString('utf16le');
  }

  #open(source: string): void {
    if (this.#sourceUnits.length < source.length) {
      this.#sourceUnits = new Uint16Array(source.length + (source.length >> 1));
      if (source.length <= KEPT_UNITS) sourceScratch = this.#sourceUnits;
    }
    Buffer.from(this.#sourceUnits.buffer).write(source, 'utf16le');
    this.#source = source;
  }

  #makeRoom(length: number): void {
    if (this.#bits <= LAST_LATIN) {
      if (this.#narrow.length < length) this.#narrow = Buffer.allocUnsafeSlow(this.#units.length);
    } else if (this.#wide.length < length) this.#wide = new Uint16Array(this.#units.length);
  }

  #grow(least: number): void {
    const grown = new Uint16Array(Math.max(least, this.#units.length * 2));
    grown.set(this.#units.subarray(0, this.#length));
    this.#units = grown;
  }
}

/** Writes the units without superfluous white space; tells how many are left. */
function collapse(
  units: Uint16Array,
  from: number,
  end: number,
  keepsTabs: boolean,
  into: Uint8Array | Uint16Array,
): number {
  let used = 0;
  let gap = 0;
  for (let i = from; i < end; i++) {
    const unit = units[i] as number;
    if ((unit <= SPACE || unit >= 0x80) && isSpaceUnit[unit] === 1) {
      if (gap !== TAB) gap = keepsTabs && unit === TAB ? TAB : SPACE;
      continue;
    }
    if (gap !== 0) {
      if (used > 0) into[used++] = gap;
      gap = 0;
    }
    into[used++] = unit;
  }
  return used;
}
