/**
 * One step of a merge: from several runs the entries behind what is consumed, newest first, into one part, synced. Says
 * nothing to the manifest, so it can run on another thread, and what it leaves when it is stopped or killed is an orphan.
 */

import { must } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import { DATABASES, type DatabaseName } from './databases.ts';
import { MERGE_DAMAGED, MERGE_END, MERGE_STORED } from './kernels/layout.ts';
import type { PartEntry } from './manifest-state.ts';
import type { MergeBrake } from './merge-brake.ts';
import { MergeMemory } from './merge-memory.ts';
import { MergeSource } from './merge-source.ts';
import { PAGE_HEADER_BYTES } from './page.ts';
import { aimAt, compressionOf, type PartOptions, PartWriter } from './part-writer.ts';
import type { ReadManner } from './retrying-reads.ts';
import type { RunReader } from './run.ts';
import { Turns } from './run-writer.ts';

/** What is to be done, as plain data. */
export interface MergeStep {
  readonly database: DatabaseName;
  readonly target: PartOptions & { readonly number: number; readonly path: string };
  readonly dropTombstones: boolean;
  /** The part is finished when it reaches this size. */
  readonly part_bytes: number;
}

export interface MergeStepResult {
  /** Undefined where nothing was left to write. */
  readonly part: PartEntry | undefined;
  /** The sources are read to their end. */
  readonly isEnd: boolean;
}

const BACKGROUND: ReadManner = { priority: 'background' };

/** Undefined when the brake stopped it; then nothing is left behind. `CORRUPT`, `IO`, `DISK_FULL`. */
export async function mergePart(
  disk: Disk,
  runs: readonly RunReader[],
  step: MergeStep,
  brake: MergeBrake,
): Promise<MergeStepResult | undefined> {
  const merge = new PartMerge(disk, runs, step, brake);
  try {
    return await merge.run();
  } finally {
    await merge.close();
  }
}

class PartMerge {
  readonly #disk: Disk;
  readonly #step: MergeStep;
  readonly #brake: MergeBrake;
  readonly #memory: MergeMemory;
  readonly #sources: readonly MergeSource[];
  readonly #turns = new Turns();
  #writer: PartWriter | undefined;
  /** Values that have a page of their own, of pages that are not taken yet. */
  #moved_bytes = 0;
  #spent_bytes = 0;

  constructor(disk: Disk, runs: readonly RunReader[], step: MergeStep, brake: MergeBrake) {
    const { keyBytes } = DATABASES[step.database];
    this.#disk = disk;
    this.#step = step;
    this.#brake = brake;
    const { database, dropTombstones, target } = step;
    const compresses = compressionOf(database, target.saves) !== 'none';
    const memory = MergeMemory.take(runs.length, { keyBytes, dropTombstones, compresses });
    this.#memory = memory;
    this.#sources = runs.map((run, i) => new MergeSource(run, i, keyBytes, memory, BACKGROUND));
  }

  async run(): Promise<MergeStepResult | undefined> {
    const memory = this.#memory;
    this.#aim();
    for (;;) {
      const answer = memory.step();
      if (answer >= 0) {
        const source = this.#sourceAt(answer);
        while (source.next() === 'wait') {
          if (this.#brake.isStopped) return undefined;
          await source.load();
        }
      } else if (answer === MERGE_STORED) {
        if (!(await this.#moveValue())) return undefined;
      } else if (answer === MERGE_DAMAGED) {
        throw this.#sourceAt(memory.source).damaged('its entries make no sense');
      } else {
        if (!(await this.#writePages())) return undefined;
        const isEnd = answer === MERGE_END;
        const isFull = (this.#writer?.size_bytes ?? 0) >= this.#step.part_bytes;
        if (isEnd || isFull) return { part: await this.#finish(), isEnd };
      }
    }
  }

  /** What is left of the part is taken away. */
  async close(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.abandon();
    for (const source of this.#sources) await source.close();
    this.#memory.giveBack();
  }

  #sourceAt(number: number): MergeSource {
    return must(this.#sources[number], 'a source of the merge');
  }

  #aim(): void {
    const { database, target, part_bytes } = this.#step;
    this.#memory.aim(aimAt(database, target.number, this.#writer?.size_bytes ?? 0, part_bytes));
  }

  /** Those that are whole. False where the brake stopped it, as below. */
  async #writePages(): Promise<boolean> {
    const pages = this.#memory.takePages();
    if (pages === undefined) return true;
    const writer = await this.#begun();
    const values_bytes = pages.values_bytes + this.#moved_bytes;
    this.#moved_bytes = 0;
    const written = writer.addPages({ ...pages, values_bytes });
    if (written !== undefined) await written;
    this.#aim();
    return this.#spend(pages.bytes.length);
  }

  /** A long value goes from part to part as it stands, in its page; one that is not compressed yet may be now. */
  async #moveValue(): Promise<boolean> {
    const number = this.#memory.source;
    const source = this.#sourceAt(number);
    const { key, value } = this.#memory.storedAt(number);
    const part = must(source.part, 'the part of a value');
    const position = must(source.current, 'the page that leads to a value');
    // Its own page goes behind those that are whole.
    if (!(await this.#writePages())) return false;
    const page = await part.readValuePage(position, key, value, BACKGROUND);
    const writer = await this.#begun();
    const from = { partNumber: part.entry.number, offset: value.offset };
    const place =
      (await writer.addFramedValue(page, from)) ??
      (await writer.addValue(page.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + value.value_bytes)));
    this.#memory.moveStored(number, { value_bytes: value.value_bytes, ...place });
    this.#moved_bytes += value.value_bytes;
    // Long values fill a part before their keys fill a page.
    this.#aim();
    return this.#spend(page.length);
  }

  async #begun(): Promise<PartWriter> {
    const { database, target } = this.#step;
    this.#writer ??= await PartWriter.create(this.#disk, target.path, target.number, database, target);
    return this.#writer;
  }

  async #finish(): Promise<PartEntry | undefined> {
    const writer = this.#writer;
    this.#writer = undefined;
    return writer?.finish();
  }

  /** Bytes that were read and written. Others get their turn now and then. */
  async #spend(size_bytes: number): Promise<boolean> {
    this.#spent_bytes += size_bytes;
    if (!this.#turns.isOver(size_bytes)) return true;
    await this.#turns.pass();
    const spent_bytes = this.#spent_bytes;
    this.#spent_bytes = 0;
    return this.#brake.spend(2 * spent_bytes);
  }
}
