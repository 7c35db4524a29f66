/** From a line of a corpus to the bytes of the analysed form that the index takes: words between spaces, hashed, nothing else. */

import { fileURLToPath } from 'node:url';
import { type DocId, type WasmMemory, webAssembly } from '../../src/base/index.ts';
import { compileFolders } from '../../scripts/build-kernels.ts';
import { decodeAnalysedDocument, ZONE_GAP } from '../../src/text/index.ts';

/** Of line-kernels/main.ts. */
interface LineKernels {
  needed(length: number): number;
  analyse(from: number, past: number, number: number, gap: number, scratch: number): number;
  documentAt(): number;
  documentId(number: number): number;
}

const WASM_PAGE_BYTES = 65_536;
/**
 * What the longest lines of a corpus take, of two megabytes: there from the beginning it takes no room until then, and V8 collects its heap
 * where a memory grows.
 */
const FIRST_PAGES = 2304;
/** Where lines stand. */
const INPUT_AT = 8_192;
/** A line is read beyond its end, sixty-four bytes at a time. */
const BEHIND_BYTES = 64;
const FIRST_INPUT_BYTES = 2 ** 20;

const folders = ['line-kernels', '../../src/document/kernels'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const compiled = new webAssembly.Module(compileFolders(folders));

/** Given back, for the next contestant of the process: of a new memory the system has to make every page. */
const spares: LineAnalyser[] = [];

export class LineAnalyser {
  readonly inputAt: number = INPUT_AT;
  readonly #memory: WasmMemory = new webAssembly.Memory({ initial: FIRST_PAGES });
  readonly #kernels: LineKernels;
  #input_bytes = 0;
  #bytes = new Uint8Array(0);

  constructor() {
    const { exports } = new webAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.#kernels = exports as unknown as LineKernels;
    this.growInput(FIRST_INPUT_BYTES);
  }

  /** One that nobody else has. */
  static take(): LineAnalyser {
    return spares.pop() ?? new LineAnalyser();
  }

  /** Its lines and documents are looked at no more. */
  giveBack(): void {
    spares.push(this);
  }

  /** The memory, in which lines stand from `inputAt` on. Another after a call of `growInput` or `analyse`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Room for lines. */
  get input_bytes(): number {
    return this.#input_bytes;
  }

  growInput(size_bytes: number): void {
    this.#input_bytes = Math.max(size_bytes, this.#input_bytes);
    this.#require(this.#scratchAt);
  }

  /**
   * The document of the line from `from` to `past` in the memory; `number` chooses the columns. Good until the next line. What is
   * behind the line stays as it is.
   */
  analyse(from: number, past: number, number: number): Uint8Array {
    this.#require(this.#scratchAt + this.#kernels.needed(past - from));
    const size_bytes = this.#kernels.analyse(from, past, number, ZONE_GAP, this.#scratchAt);
    const at = this.#kernels.documentAt();
    return this.#bytes.subarray(at, at + size_bytes);
  }

  /** The same of a line that stands elsewhere. */
  analyseLine(line: Uint8Array, number: number): Uint8Array {
    this.growInput(line.length);
    this.#bytes.set(line, INPUT_AT);
    return this.analyse(INPUT_AT, INPUT_AT + line.length, number);
  }

  /** The same for each number as in the driver of Lucene. */
  docIdOf(number: number): DocId {
    return this.#kernels.documentId(number) as DocId;
  }

  get #scratchAt(): number {
    return (INPUT_AT + this.#input_bytes + BEHIND_BYTES + 7) & -8;
  }

  #require(size_bytes: number): void {
    if (size_bytes <= this.#bytes.length) return;
    const lacking = size_bytes - this.#memory.buffer.byteLength;
    if (lacking > 0) this.#memory.grow(Math.ceil(lacking / WASM_PAGE_BYTES));
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }
}

const encoder = new TextEncoder();
const wordAnalyser = new LineAnalyser();

/** Hash of one word, as it stands in analysed lines. */
export function hashOfWord(word: string): bigint {
  const bytes = wordAnalyser.analyseLine(encoder.encode(`0${word}`), 0);
  return decodeAnalysedDocument(bytes.slice()).termHashes[0] ?? 0n;
}
