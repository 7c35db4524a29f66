/** From a line of a corpus to the analysed form that the index takes: words between spaces, hashed, nothing else. */

import { fileURLToPath } from 'node:url';
import { type WasmMemory, webAssembly } from '../../src/base/index.ts';
import { compileFolders } from '../../scripts/build-kernels.ts';
import { type AnalysedDocument, FIELD_GROUP_COUNT, ZONE_GAP } from '../../src/text/index.ts';

/** Of line-kernels/main.ts. */
interface LineKernels {
  needed(length: number): number;
  analyse(length: number, gap: number): void;
}

/** Words of what the kernel says, see there. */
const [WORDS, TOKENS, ZONES, HASHES, STARTS, POSITIONS, ZONE_STARTS, ZONE_GROUPS, LISTS, LISTS_BYTES] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
];
const LENGTHS_AT = 64;
const LINE_AT = 128;
const WASM_PAGE_BYTES = 65_536;

const folders = ['line-kernels', '../../src/document/kernels'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const compiled = new webAssembly.Module(compileFolders(folders));

export class LineAnalyser {
  readonly #memory: WasmMemory = new webAssembly.Memory({ initial: 64 });
  readonly #kernels: LineKernels;
  #bytes = new Uint8Array(this.#memory.buffer);
  #words = new Int32Array(this.#memory.buffer);

  constructor() {
    const { exports } = new webAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.#kernels = exports as unknown as LineKernels;
  }

  /** `line` in UTF-8; `number` chooses the columns. What it gives is good until the next line. */
  analyse(line: Uint8Array, number: number): AnalysedDocument {
    const lacking = this.#kernels.needed(line.length) - this.#bytes.length;
    if (lacking > 0) {
      this.#memory.grow(Math.ceil(lacking / WASM_PAGE_BYTES));
      this.#bytes = new Uint8Array(this.#memory.buffer);
      this.#words = new Int32Array(this.#memory.buffer);
    }
    this.#bytes.set(line, LINE_AT);
    this.#kernels.analyse(line.length, ZONE_GAP);
    const { buffer } = this.#bytes;
    const said = (word: number): number => this.#words[word] as number;
    const [words, zones] = [said(WORDS), said(ZONES)];
    return {
      termHashes: new BigUint64Array(buffer, said(HASHES), words),
      positionStarts: new Uint32Array(buffer, said(STARTS), words + 1),
      positions: new Uint32Array(buffer, said(POSITIONS), said(TOKENS)),
      lists: new Uint8Array(buffer, said(LISTS), said(LISTS_BYTES)),
      zoneStarts: new Uint32Array(buffer, said(ZONE_STARTS), zones),
      zoneGroups: new Uint8Array(buffer, said(ZONE_GROUPS), zones),
      fieldLengths: new Uint32Array(buffer, LENGTHS_AT, FIELD_GROUP_COUNT),
      filterHashes: NO_HASHES,
      columns: {
        siteHash: number % 97,
        contentHash: mixed(number),
        date_min: 27_000_000 + (number % 100_000),
        language: 1,
        rank: 128,
        depth: 1,
      },
    };
  }
}

const NO_HASHES = new BigUint64Array(0);
const encoder = new TextEncoder();
const wordAnalyser = new LineAnalyser();

/** Hash of one word, as it stands in analysed lines. */
export function hashOfWord(word: string): bigint {
  const { termHashes } = wordAnalyser.analyse(encoder.encode(`0${word}`), 0);
  return termHashes[0] ?? 0n;
}

function mixed(value: number): number {
  let z = value ^ (value >>> 16);
  z = Math.imul(z, 0x85ebca6b);
  z ^= z >>> 13;
  z = Math.imul(z, 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
