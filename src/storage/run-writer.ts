/** Writes entries in key order as the parts of one run. */

import type { Disk } from '../disk/index.ts';
import type { DatabaseName } from './databases.ts';
import type { PartEntry } from './manifest-state.ts';
import { HeldBlocks, MergedWalk } from './merged-walk.ts';
import type { Memtable } from './memtable.ts';
import { PartWriter } from './part-writer.ts';
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
  const walk = new MergedWalk(
    keyBytes,
    memtables.map((memtable) => new HeldBlocks(memtable.blocks())),
  );
  const parts: PartEntry[] = [];
  const paths: string[] = [];
  const turns = new Turns();
  let writer: PartWriter | undefined;
  try {
    while (walk.step() === 'entry') {
      const { block, at } = walk;
      const length = block.lengths[at] as number;
      if (length === TOMBSTONE_LENGTH && dropTombstones) continue;
      if (writer === undefined) {
        const { number, path } = place.nextPart();
        writer = await PartWriter.create(place.disk, path, number, database, {
          order,
          isShortLived: true,
        });
        paths.push(path);
      }
      const written = writer.addFrom(block, at);
      if (written !== undefined) await written;
      if (turns.isOver(keyBytes + (length === TOMBSTONE_LENGTH ? 0 : length))) await turns.pass();
      if (writer.size_bytes < place.part_bytes) continue;
      parts.push(await writer.finish());
      writer = undefined;
    }
    if (writer !== undefined) parts.push(await writer.finish());
    writer = undefined;
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
