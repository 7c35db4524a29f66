/** Writes entries in key order as the parts of one run. */

import type { Disk } from '../disk/index.ts';
import type { DatabaseName } from './databases.ts';
import type { PartEntry } from './manifest-state.ts';
import { MergedWalk } from './merged-walk.ts';
import type { Memtable } from './memtable.ts';
import { PartWriter } from './part-writer.ts';

export const DEFAULT_PART_BYTES: number = 64 * 1024 * 1024;
/** Bytes written between two pauses in which others get their turn. */
const TURN_BYTES: number = 1024 * 1024;

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
  const { start, end } = wholeRange(memtables);
  const walk = new MergedWalk(memtables.map((memtable) => [...memtable.entries(start, end)]));
  const parts: PartEntry[] = [];
  const paths: string[] = [];
  const turns = new Turns();
  let writer: PartWriter | undefined;
  try {
    for (let entry = walk.step(); entry !== undefined && entry !== 'page'; entry = walk.step()) {
      if (entry.value.kind === 'tombstone' && dropTombstones) continue;
      if (writer === undefined) {
        const { number, path } = place.nextPart();
        writer = await PartWriter.create(place.disk, path, number, database, order);
        paths.push(path);
      }
      const value = entry.value.kind === 'inline' ? entry.value.bytes : undefined;
      await writer.add(entry.key, value);
      await turns.after(entry.key.length + (value?.length ?? 0));
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

  async after(work_bytes: number): Promise<void> {
    this.#left_bytes -= work_bytes;
    if (this.#left_bytes > 0) return;
    this.#left_bytes = TURN_BYTES;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function wholeRange(memtables: readonly Memtable[]): { start: Uint8Array; end: Uint8Array } {
  const keyBytes = memtables[0]?.keyBytes ?? 0;
  return { start: new Uint8Array(keyBytes), end: new Uint8Array(keyBytes).fill(0xff) };
}
