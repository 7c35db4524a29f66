/** Writes entries in key order as the parts of one run. */

import type { Disk } from '../disk/index.ts';
import type { DatabaseName } from './databases.ts';
import type { PartEntry } from './manifest-state.ts';
import { HeldBlocks, MergedWalk } from './merged-walk.ts';
import type { Memtable } from './memtable.ts';
import type { MemtablePages } from './memtable-pages.ts';
import { aimAt, compressionOf, type PartOptions, PartWriter } from './part-writer.ts';
import type { SinkAim } from './page-sink.ts';
import { TOMBSTONE_LENGTH } from './record-block.ts';

export const DEFAULT_PART_BYTES: number = 64 * 1024 * 1024;
/** Bytes written between two pauses in which others get their turn. */
const TURN_BYTES: number = 256 * 1024;

export interface PartPlace {
  readonly disk: Disk;
  /** Number and path of the next part. */
  nextPart(): { readonly number: number; readonly path: string };
  /** A part is finished when it reaches this size. */
  readonly part_bytes: number;
}

/** Entries of memtables (newest first) as parts, synced but for their names; taken away again when anything fails. */
export async function writeMemtables(
  place: PartPlace,
  database: DatabaseName,
  memtables: readonly Memtable[],
  { dropTombstones, order }: { readonly dropTombstones: boolean; readonly order: number },
): Promise<PartEntry[]> {
  const keyBytes = memtables[0]?.keyBytes ?? 0;
  const parts: PartEntry[] = [];
  const paths: string[] = [];
  const turns = new Turns();
  const options: PartOptions = { order, saves: 'time' };
  let writer: PartWriter | undefined;
  // Pages are made for a part before it is begun.
  let next: { readonly number: number; readonly path: string } | undefined;
  const begin = async (): Promise<PartWriter> => {
    const { number, path } = next ?? place.nextPart();
    next = undefined;
    writer = await PartWriter.create(place.disk, path, number, database, options);
    paths.push(path);
    return writer;
  };
  const finishWhereFull = async (full: PartWriter): Promise<void> => {
    if (full.size_bytes < place.part_bytes) return;
    writer = undefined;
    parts.push(await full.finish());
  };
  const aim = (): SinkAim => {
    if (writer !== undefined) return aimAt(database, writer.partNumber, writer.size_bytes, place.part_bytes);
    next ??= place.nextPart();
    return aimAt(database, next.number, 0, place.part_bytes);
  };
  // One memtable becomes pages where it stands.
  const writePages = async (pages: MemtablePages): Promise<void> => {
    // Of values with pages of their own, of pages that are not taken yet.
    let moved_bytes = 0;
    for (let step = pages.next(aim()); step !== undefined; step = pages.next(aim())) {
      const target = writer ?? (await begin());
      if (step.kind === 'value') {
        pages.moved(step.bytes.length, await target.addValue(step.bytes));
        moved_bytes += step.bytes.length;
        if (turns.isOver(step.bytes.length)) await turns.pass();
        continue;
      }
      await target.addPages({ ...step.pages, values_bytes: step.pages.values_bytes + moved_bytes });
      moved_bytes = 0;
      if (turns.isOver(step.pages.bytes.length)) await turns.pass();
      if (!pages.isOnPage) await finishWhereFull(target);
    }
  };
  try {
    const compresses = compressionOf(database, options.saves) !== 'none';
    const [only] = memtables;
    const pages = memtables.length === 1 ? only?.pages(dropTombstones, compresses) : undefined;
    if (pages !== undefined) await writePages(pages);
    const sources =
      memtables.length === 1 ? [] : memtables.map((memtable) => new HeldBlocks(memtable.blocks()));
    const walk = new MergedWalk(keyBytes, sources);
    while (walk.step() === 'entry') {
      const { block, at } = walk;
      const length = block.lengths[at] as number;
      if (length === TOMBSTONE_LENGTH && dropTombstones) continue;
      const target = writer ?? (await begin());
      const written = target.addFrom(block, at);
      if (written !== undefined) await written;
      if (turns.isOver(keyBytes + (length === TOMBSTONE_LENGTH ? 0 : length))) await turns.pass();
      await finishWhereFull(target);
    }
    const last: PartWriter | undefined = writer;
    writer = undefined;
    if (last !== undefined) parts.push(await last.finish());
  } catch (error) {
    await writer?.abandon();
    for (const path of paths) await place.disk.remove(path).catch(() => undefined);
    throw error;
  }
  return parts;
}

/** Lets others have their turn of the event loop every now and then. */
export class Turns {
  #left_bytes = TURN_BYTES;

  /** True where it is time to {@link pass}. */
  isOver(work_bytes: number): boolean {
    this.#left_bytes -= work_bytes;
    return this.#left_bytes <= 0;
  }

  async pass(): Promise<void> {
    this.#left_bytes = TURN_BYTES;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
