/** The linear memory in which a document is analysed, and the kernels over it: laid out anew for each document. */

import { readFileSync } from 'node:fs';
import { kernelModule, type WasmMemory, type WasmModule, webAssembly } from '../base/index.ts';
import { MAX_POSITIONS, type UnitKind, unitKind } from '../text/index.ts';
import {
  DEPENDS,
  DIGIT,
  DOCUMENT_AT,
  FIRST_PLACES,
  FIRST_TABLE,
  KINDS,
  OF_WORD,
  PAIRED,
  PARTS,
  S_BUCKETS,
  S_DOCUMENT,
  S_FOLDED,
  S_HASHES,
  S_ID_COUNT,
  S_IDS,
  S_LAST_POSITION,
  S_LENGTHS,
  S_LETTER_COUNT,
  S_LETTER_LIMIT,
  S_LETTERS,
  S_LETTERS_OUT,
  S_LISTS,
  S_ORDER,
  S_PLACE_MASK,
  S_PLACE_OF,
  S_PLACES,
  S_POSITION,
  S_POSITION_STARTS,
  S_POSITIONS,
  S_POSTING_COUNT,
  S_POSTING_LIMIT,
  S_POSTINGS,
  S_RUN_END,
  S_TABLE,
  S_TERM_COUNT,
  S_TERM_LIMIT,
  S_TERMS,
  S_TEXT,
  S_WORD_COUNT,
  S_WORDS,
  SIGN,
  TERM_BYTES,
} from './kernels/layout.ts';
import * as layout from './kernels/layout.ts';
import * as twin from './kernels/main.ts';
import { bindMemory } from './kernels/memory.ts';

export type KernelKind = 'wasm' | 'typescript';
export type TermKernels = typeof twin;

const KERNELS = new URL('./kernels/kernels.wasm', import.meta.url);
const PAGE_BYTES = 65_536;
/** A memory that became larger is not kept for the next document. */
const KEPT_BYTES = 48 * 1024 * 1024;
/** What there is room for at first; with each growth for twice as much. */
const FIRST_UNITS = 16_384;
const FIRST_POSTINGS = 32_768;
const FIRST_TERMS = 32_768;
const FIRST_LETTERS = 131_072;
/** Of a number of 32 bits in LEB128. */
const MAX_NUMBER_BYTES = 5;
/** Areas whose content moves when they grow. */
const GROWING = [S_POSTINGS, S_WORDS, S_TERMS, S_IDS, S_PLACES, S_LETTERS] as const;

const KIND_BITS: Readonly<Record<UnitKind, number>> = {
  letter: OF_WORD,
  digit: DIGIT,
  parts: PARTS,
  sign: SIGN,
  paired: PAIRED,
  depends: DEPENDS,
};

let compiled: WasmModule | undefined;
let documents = 0;
const memories = new Map<KernelKind, TermMemory>();

/** The memory of this process: for one text or document at a time, without a wait in between. */
export function termMemory(kind: KernelKind = 'wasm'): TermMemory {
  let memory = memories.get(kind);
  if (memory === undefined) {
    memory = new TermMemory(kind);
    memories.set(kind, memory);
  }
  return memory;
}

/** What became too large is not kept for the next one. */
export function leaveTermMemory(memory: TermMemory): void {
  for (const [kind, kept] of memories) {
    if (kept === memory && !memory.isWorthKeeping) memories.delete(kind);
  }
}

const COUNTS = [
  S_POSTING_COUNT,
  S_WORD_COUNT,
  S_TERM_COUNT,
  S_ID_COUNT,
  S_LETTER_COUNT,
  S_POSITION,
  S_RUN_END,
] as const;

export class TermMemory {
  readonly kernels: TermKernels;
  /** Views of all of it, new ones after every growth. */
  words: Int32Array<ArrayBuffer> = new Int32Array(0);
  units: Uint16Array = new Uint16Array(0);
  bytes: Buffer = Buffer.alloc(0);
  readonly #memory: WasmMemory;
  /** Units that the text may have. */
  #textLimit = FIRST_UNITS;
  /** Behind the areas of the document. */
  #end = DOCUMENT_AT;

  constructor(kind: KernelKind = 'wasm') {
    if (kind === 'wasm') {
      compiled ??= kernelModule(readFileSync(KERNELS), KERNELS.pathname, [layout]);
      this.#memory = new webAssembly.Memory({ initial: Math.ceil(DOCUMENT_AT / PAGE_BYTES) });
      this.kernels = new webAssembly.Instance(compiled, { env: { memory: this.#memory } })
        .exports as unknown as TermKernels;
    } else {
      this.#memory = new TwinMemory(DOCUMENT_AT);
      this.kernels = twin;
    }
    this.#refresh();
    this.set(S_TABLE, FIRST_TABLE);
    this.#layOut(FIRST_POSTINGS, FIRST_TERMS, FIRST_LETTERS);
  }

  get(state: number): number {
    return this.words[state >> 2] as number;
  }

  set(state: number, value: number): void {
    this.words[state >> 2] = value;
  }

  get isWorthKeeping(): boolean {
    return this.bytes.length <= KEPT_BYTES;
  }

  /** Begins a document. */
  open(): void {
    documents = (documents + 1) | 0;
    for (const state of COUNTS) this.set(state, 0);
    this.set(S_DOCUMENT, documents);
    this.set(S_LAST_POSITION, MAX_POSITIONS);
    this.set(S_PLACE_MASK, FIRST_PLACES - 1);
    const places = this.get(S_PLACES) >> 2;
    this.words.fill(0, places, places + FIRST_PLACES);
    if (this.kernels === twin) bindMemory(this.#memory.buffer);
  }

  /** Makes room for more words, terms and letters of the document. */
  grow(): void {
    const before = GROWING.map((state) => this.get(state));
    const ends = [...before.slice(1), this.#end];
    this.#layOut(this.get(S_POSTING_LIMIT) * 2, this.get(S_TERM_LIMIT) * 2, this.get(S_LETTER_LIMIT) * 2);
    this.#move(before, ends);
  }

  /** Makes room for the sorted document. */
  openSorted(): void {
    const behind = this.#end;
    const terms = this.get(S_ID_COUNT);
    const positions = this.kernels.countPositions();
    this.#area(S_ORDER, terms * 4);
    this.#area(S_BUCKETS, (terms * 2 + 4) * 4);
    this.#area(S_HASHES, terms * 8);
    this.#area(S_PLACE_OF, terms * 4);
    this.#area(S_POSITION_STARTS, (terms + 2) * 4);
    this.#area(S_POSITIONS, positions * 4);
    this.#area(S_LENGTHS, terms);
    this.#area(S_LETTERS_OUT, this.get(S_LETTER_COUNT));
    this.#area(S_LISTS, (terms + positions) * MAX_NUMBER_BYTES);
    this.#makeRoom();
    this.#end = behind;
  }

  /** Orders terms as the kernels do, but those that were made up so that their hashes meet. */
  sortTerms(): void {
    const { words } = this;
    const ids = this.get(S_IDS) >> 2;
    const half = (id: number, which: number): number =>
      (words[ids + (id * TERM_BYTES) / 4 + which] as number) >>> 0;
    const sorted = Uint32Array.from({ length: this.get(S_ID_COUNT) }, (_, id) => id).sort(
      (a, b) => half(a, 1) - half(b, 1) || half(a, 0) - half(b, 0),
    );
    words.set(sorted, this.get(S_ORDER) >> 2);
  }

  /** Writes a text where the kernels read it. */
  writeText(text: string): void {
    if (text.length > this.#textLimit) {
      const before = GROWING.map((state) => this.get(state));
      const ends = [...before.slice(1), this.#end];
      this.#textLimit = Math.max(text.length, this.#textLimit * 2);
      this.#layOut(this.get(S_POSTING_LIMIT), this.get(S_TERM_LIMIT), this.get(S_LETTER_LIMIT));
      this.#move(before, ends);
    }
    this.bytes.write(text, this.get(S_TEXT), 'utf16le');
  }

  /** The units of the text that was written last; good until anything grows. */
  textUnits(length: number): Uint16Array {
    const from = this.get(S_TEXT) >> 1;
    return this.units.subarray(from, from + length);
  }

  /** What the kernels asked for: the kind of the unit at `at` of the text. */
  noteKind(at: number): void {
    const unit = this.units[(this.get(S_TEXT) >> 1) + at] as number;
    this.bytes[KINDS + unit] = KIND_BITS[unitKind(unit)];
  }

  #layOut(postings: number, terms: number, letters: number): void {
    this.#end = DOCUMENT_AT;
    // What is read in pairs of units may look one behind the end.
    this.#area(S_TEXT, (this.#textLimit + 1) * 2);
    // No unit becomes more bytes of UTF-8, white space between words included.
    this.#area(S_FOLDED, (this.#textLimit + 1) * 3);
    this.#area(S_POSTINGS, postings * 8);
    this.#area(S_WORDS, (postings + 1) * 8);
    this.#area(S_TERMS, terms * 4);
    this.#area(S_IDS, terms * TERM_BYTES);
    // Half of them taken at most, and twice as many after that.
    this.#area(S_PLACES, Math.max(FIRST_PLACES, terms * 4) * 4);
    this.#area(S_LETTERS, letters);
    this.set(S_POSTING_LIMIT, postings);
    this.set(S_TERM_LIMIT, terms);
    this.set(S_LETTER_LIMIT, letters);
    this.#makeRoom();
  }

  /** Moves what stood in the areas to where they are now: up, so the last one first. */
  #move(starts: readonly number[], ends: readonly number[]): void {
    for (let i = GROWING.length - 1; i >= 0; i--) {
      this.bytes.copyWithin(this.get(GROWING[i] as number), starts[i] as number, ends[i]);
    }
  }

  /** Sets where an area of `size` bytes begins, behind the last one. */
  #area(state: number, size_bytes: number): void {
    this.set(state, this.#end);
    this.#end += (size_bytes + 15) & ~7;
  }

  #makeRoom(): void {
    const missing = this.#end - this.bytes.length;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
      this.#refresh();
    } else if (this.kernels === twin) bindMemory(this.#memory.buffer);
  }

  #refresh(): void {
    const { buffer } = this.#memory;
    this.words = new Int32Array(buffer);
    this.units = new Uint16Array(buffer);
    this.bytes = Buffer.from(buffer);
    if (this.kernels === twin) bindMemory(buffer);
  }
}

/** What the same kernels run by Node work on. */
class TwinMemory implements WasmMemory {
  buffer: ArrayBuffer;

  constructor(size_bytes: number) {
    this.buffer = new ArrayBuffer(Math.ceil(size_bytes / PAGE_BYTES) * PAGE_BYTES);
  }

  grow(pages: number): number {
    const { buffer } = this;
    this.buffer = new ArrayBuffer(buffer.byteLength + pages * PAGE_BYTES);
    new Uint8Array(this.buffer).set(new Uint8Array(buffer));
    return buffer.byteLength / PAGE_BYTES;
  }
}
