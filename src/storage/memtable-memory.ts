/**
 * The linear memory of a set of memtables and the kernels over it. Batches are copied in as they stand in the log; keys
 * go into buckets, values stay where they are. Freed as a whole, for the next set.
 */

import { readFileSync } from 'node:fs';

import {
  assert,
  kernelModule,
  PeregrineError,
  type WasmMemory,
  type WasmModule,
  webAssembly,
} from '../base/index.ts';
import { alignUp } from './alignment.ts';
import { DATABASE_NAMES, DATABASES } from './databases.ts';
import {
  AT_INSERTED,
  AT_KEY,
  AT_NEXT,
  AT_RESULT,
  AT_TABLES,
  AT_WAITING,
  FIRST_FREE,
  MAX_STORED_BYTES,
  MAX_TABLES,
  RESULT_AT,
  RESULT_BEGUN,
  RESULT_IS_LONG,
  RESULT_PLACE,
  RESULT_STORED,
  RESULT_STORED_BYTES,
  TABLE_BUCKETS,
  TABLE_BYTES,
  TABLE_COUNT,
  TABLE_DIRECTORY,
  TABLE_KEY_BYTES,
  TABLE_WAITING,
} from './kernels/layout.ts';
import * as layout from './kernels/layout.ts';
import * as twin from './kernels/main.ts';
import { bindMemory, boundMemory } from './kernels/memory.ts';
import {
  type FramedPages,
  MAX_AREA_BYTES,
  PageSink,
  RESTARTS_BYTES,
  type SinkAim,
  sinkBytes,
} from './page-sink.ts';
import { MAX_INLINE_BYTES } from './part-format.ts';

export type KernelKind = 'wasm' | 'typescript';
type Kernels = Pick<
  typeof twin,
  | 'reserve'
  | 'room'
  | 'applyBatch'
  | 'applyFrames'
  | 'settleTable'
  | 'find'
  | 'seek'
  | 'hashKeys'
  | 'decodePage'
  | 'encodePages'
  | 'mergePages'
  | 'sealFrames'
  | 'sealHashed'
>;

const FIRST_TWIN_BYTES: number = 64 * 1024;
/** Memories that wait for their next set; larger ones go back to the system. */
const MAX_SPARES = 2;
const MAX_SPARE_BYTES: number = 96 * 1024 * 1024;

/** A place in a table: a bucket and an entry of it. */
export interface MemtablePlace {
  place: number;
  at: number;
  /** The entry there has a value too long for a page with others. */
  isLong: boolean;
  /** A page is begun that the entry will stand on. */
  isOnPage: boolean;
}

/** Small memtables get small areas for their pages. */
const MIN_AREA_BYTES: number = 64 * 1024;

const KERNELS = new URL('./kernels/kernels.wasm', import.meta.url);
let compiled: WasmModule | undefined;
const spares: MemtableMemory[] = [];

/** Gives those that wait back to the system: nothing is written any more. */
export function releaseSpareMemtables(): void {
  spares.length = 0;
}

export class MemtableMemory {
  readonly #kernels: Kernels;
  /** The memory as it is now: growth replaces it. */
  readonly #buffer: () => ArrayBuffer;
  #bytes = new Uint8Array(0);
  #words = new Int32Array(0);

  /** WebAssembly takes the old memory away when it grows; the twin leaves it. */
  readonly #detaches: boolean;
  /** Where pages are made, once some were; not counted as what the memtables hold. */
  #scratch:
    | { readonly address: number; readonly size_bytes: number; readonly area_bytes: number }
    | undefined;

  private constructor({ kernels, buffer }: BoundKernels, kind: KernelKind) {
    this.#kernels = kernels;
    this.#buffer = buffer;
    this.#detaches = kind === 'wasm';
    this.#reset();
  }

  /** One that is empty. */
  static take(kind: KernelKind = 'wasm'): MemtableMemory {
    if (kind === 'typescript') return new MemtableMemory(bindTwin(), kind);
    return spares.pop() ?? new MemtableMemory(instantiate(), kind);
  }

  /** Nothing looks at it any more. */
  giveBack(): void {
    if (spares.length >= MAX_SPARES || this.bytes.length > MAX_SPARE_BYTES) return;
    this.#reset();
    spares.push(this);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get words(): Int32Array {
    return this.#words;
  }

  /** Bytes in use: batches as they came, buckets and what will be in them, directories. */
  get size_bytes(): number {
    const words = this.#words;
    const used_bytes = (words[AT_NEXT >> 2] as number) - FIRST_FREE + (words[AT_WAITING >> 2] as number);
    return used_bytes - (this.#scratch?.size_bytes ?? 0);
  }

  /**
   * Applies an encoded batch; returns where in `payload` that begins which follows its records, and isn't kept. Who knows that says it:
   * what follows is not copied then.
   */
  apply(payload: Uint8Array, records_bytes: number = payload.length): number {
    const at = this.#kernels.room(records_bytes);
    if (at === 0) throw tooMuch();
    this.#refresh();
    this.#bytes.set(records_bytes < payload.length ? payload.subarray(0, records_bytes) : payload, at);
    const end = this.#kernels.applyBatch(at);
    this.#refresh();
    if (end === 0) throw tooMuch();
    return end - at;
  }

  /**
   * Applies the batches of log frames that stand side by side, in one call, up to the first that has more than records;
   * returns how many. `TOO_LARGE`: then none may count.
   */
  applyFrames(frames: Uint8Array): number {
    const at = this.#kernels.room(frames.length);
    if (at === 0) throw tooMuch();
    this.#refresh();
    this.#bytes.set(frames, at);
    const count = this.#kernels.applyFrames(at, at + frames.length);
    this.#refresh();
    if (count < 0) throw tooMuch();
    return count;
  }

  /** Whether anything was applied to the table. */
  isEmpty(table: number): boolean {
    const words = this.#words;
    return words[headOf(table, TABLE_COUNT)] === 0 && words[headOf(table, TABLE_WAITING)] === 0;
  }

  countOf(table: number): number {
    this.#kernels.settleTable(table);
    return this.words[headOf(table, TABLE_COUNT)] as number;
  }

  /** Once the table was asked for its count or for a place. */
  bucketsOf(table: number): number {
    return this.words[headOf(table, TABLE_BUCKETS)] as number;
  }

  bucketAt(table: number, place: number): number {
    const directory = this.words[headOf(table, TABLE_DIRECTORY)] as number;
    return this.#words[(directory >> 2) + place] as number;
  }

  /** Address of the newest operation on a key, 0 where there is none. */
  find(table: number, key: Uint8Array): number {
    this.bytes.set(key, AT_KEY);
    return this.#kernels.find(table);
  }

  /** Place of the bucket, and of the entry in it, from which on nothing is below `key`. */
  seek(table: number, key: Uint8Array): [place: number, at: number] {
    this.bytes.set(key, AT_KEY);
    this.#kernels.seek(table);
    return [this.words[AT_RESULT >> 2] as number, this.#words[(AT_RESULT >> 2) + 1] as number];
  }

  /** Where pages of a table are put that is full: nothing is applied any more. One page at a time where they are compressed. */
  pageSink(table: number, compresses: boolean): PageSink {
    this.#scratch ??= this.#takeScratch();
    const { address, area_bytes } = this.#scratch;
    const keyBytes = this.words[headOf(table, TABLE_KEY_BYTES)] as number;
    // Of one that was given up something may be left.
    this.#setResult(RESULT_BEGUN, 0);
    this.#setResult(RESULT_STORED_BYTES, 0);
    return new PageSink(this, address + RESTARTS_BYTES, area_bytes, keyBytes, compresses);
  }

  /**
   * Entries of a table from `from` on as pages, as many as `sink` takes, which moves `from` behind them; undefined at the
   * end, and before a value that is too long for a page with others, of which {@link setStored} has not said where it stands.
   */
  encodePages(
    table: number,
    from: MemtablePlace,
    dropTombstones: boolean,
    sink: PageSink,
    aim: SinkAim,
  ): FramedPages | undefined {
    const [words, result] = [this.#words, AT_RESULT >> 2];
    this.#setResult(RESULT_PLACE, from.place);
    this.#setResult(RESULT_AT, from.at);
    sink.aim(aim);
    const restartsAt = sink.address - RESTARTS_BYTES;
    this.#kernels.encodePages(table, sink.address, MAX_INLINE_BYTES, dropTombstones ? 1 : 0, restartsAt);
    const answer = (field: number): number => words[result + (field >> 2)] as number;
    from.place = answer(RESULT_PLACE);
    from.at = answer(RESULT_AT);
    from.isLong = answer(RESULT_IS_LONG) === 1;
    from.isOnPage = answer(RESULT_BEGUN) > 0;
    const pages = sink.take(from.isOnPage);
    assert(
      pages !== undefined || from.isLong || from.place >= this.bucketsOf(table),
      'pages end where the table does',
    );
    return pages;
  }

  /** What a page says of the long value at which {@link encodePages} has ended. */
  setStored(numbers: Uint8Array): void {
    assert(numbers.length <= MAX_STORED_BYTES, 'a place is three numbers');
    this.#setResult(RESULT_STORED_BYTES, numbers.length);
    this.#bytes.set(numbers, AT_RESULT + RESULT_STORED);
  }

  #setResult(field: number, value: number): void {
    this.#words[(AT_RESULT + field) >> 2] = value;
  }

  #takeScratch(): { address: number; size_bytes: number; area_bytes: number } {
    // Room that is kept for it goes to the pages from here on.
    for (const name of DATABASE_NAMES) this.#kernels.settleTable(DATABASES[name].number);
    const most_bytes = Math.max(MIN_AREA_BYTES, alignUp(this.size_bytes));
    const area_bytes = Math.min(MAX_AREA_BYTES, most_bytes);
    const size_bytes = RESTARTS_BYTES + sinkBytes(area_bytes);
    const address = this.#kernels.reserve(size_bytes);
    if (address === 0) throw tooMuch();
    this.#refresh();
    return { address, size_bytes, area_bytes };
  }

  #reset(): void {
    this.#scratch = undefined;
    this.#refresh();
    const words = this.#words;
    words.fill(0, 0, FIRST_FREE >> 2);
    words[AT_NEXT >> 2] = FIRST_FREE;
    for (const name of DATABASE_NAMES) {
      const { number, keyBytes } = DATABASES[name];
      assert(
        number < MAX_TABLES && keyBytes <= AT_INSERTED - AT_KEY,
        'there is room for the table and its keys',
      );
      words[headOf(number, TABLE_KEY_BYTES)] = keyBytes;
    }
  }

  /** To be called after whatever may have grown the memory: growth empties the views of it. */
  #refresh(): void {
    if (this.#bytes.length > 0 && this.#detaches) return;
    const buffer = this.#buffer();
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
  }
}

/** The kernels over a small memory of their own, of a fixed layout: for work that leaves nothing behind. */
export class KernelScratch {
  readonly kernels: Kernels;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** Addresses of the areas that were asked for. */
  readonly areas: readonly number[];

  constructor(areas_bytes: readonly number[], kind: KernelKind = 'wasm') {
    const { kernels, buffer } = kind === 'wasm' ? instantiate() : bindTwin();
    new Int32Array(buffer())[AT_NEXT >> 2] = FIRST_FREE;
    this.areas = areas_bytes.map((size_bytes) => kernels.reserve(size_bytes));
    this.kernels = kernels;
    // Nothing grows it from here on: these views stay good.
    this.bytes = new Uint8Array(buffer());
    this.words = new Uint32Array(buffer());
  }
}

/** Index of a word of a table's head. */
function headOf(table: number, field: number): number {
  return (AT_TABLES + table * TABLE_BYTES + field) >> 2;
}

interface BoundKernels {
  readonly kernels: Kernels;
  readonly buffer: () => ArrayBuffer;
}

function instantiate(): BoundKernels {
  compiled ??= kernelModule(readFileSync(KERNELS), KERNELS.pathname, [layout]);
  const memory: WasmMemory = new webAssembly.Memory({ initial: 4 });
  const { exports } = new webAssembly.Instance(compiled, { env: { memory } });
  return { kernels: exports as unknown as Kernels, buffer: () => memory.buffer };
}

/** The TypeScript kernels hold one memory at a time, so every call says whose. */
function bindTwin(): BoundKernels {
  let memory = new ArrayBuffer(FIRST_TWIN_BYTES);
  const bound = <T>(call: () => T): T => {
    bindMemory(memory);
    const result = call();
    memory = boundMemory();
    return result;
  };
  const kernels: Kernels = {
    reserve: (size) => bound(() => twin.reserve(size)),
    room: (size) => bound(() => twin.room(size)),
    applyBatch: (address) => bound(() => twin.applyBatch(address)),
    applyFrames: (from, end) => bound(() => twin.applyFrames(from, end)),
    settleTable: (number) => bound(() => twin.settleTable(number)),
    find: (table) => bound(() => twin.find(table)),
    seek: (table) => bound(() => twin.seek(table)),
    encodePages: (...places) => bound(() => twin.encodePages(...places)),
    decodePage: (...places) => bound(() => twin.decodePage(...places)),
    sealFrames: (...places) => bound(() => twin.sealFrames(...places)),
    sealHashed: (...places) => bound(() => twin.sealHashed(...places)),
    mergePages: (merge) => bound(() => twin.mergePages(merge)),
    hashKeys: (from, count, keyBytes, to) => bound(() => twin.hashKeys(from, count, keyBytes, to)),
  };
  return { kernels, buffer: () => memory };
}

function tooMuch(): PeregrineError {
  return new PeregrineError('TOO_LARGE', 'Memtables take no more: their memory has no room for the batch.');
}
