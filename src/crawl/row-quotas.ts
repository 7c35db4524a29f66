/**
 * How many pages of a host rows with a quota have let in, in one round: kept with what sites teach, so that a restart does
 * not let in as many again, and in memory for the hosts that are visited alone. docs/formats/crawl-records.md, "Quotas".
 */

import { ByteReader, ByteWriter, hashString64 } from '../base/index.ts';

const VERSION = 1;

interface Taken {
  /** By the row's condition: rows may be put in another order meanwhile. */
  readonly byRow: Map<bigint, number>;
  /** Since it was written. */
  isChanged: boolean;
}

export class RowQuotas {
  readonly #hosts = new Map<string, Taken>();

  /** Pages of a host that the row of this condition has let in. */
  taken(host: string, when: string): number {
    return this.#hosts.get(host)?.byRow.get(hashString64(when)) ?? 0;
  }

  /** One more, or (−1) one that was not fetched after all. */
  take(host: string, when: string, count: 1 | -1 = 1): void {
    const taken = this.#hosts.get(host) ?? { byRow: new Map<bigint, number>(), isChanged: false };
    this.#hosts.set(host, taken);
    taken.byRow.set(hashString64(when), this.taken(host, when) + count);
    taken.isChanged = true;
  }

  knows(host: string): boolean {
    return this.#hosts.has(host);
  }

  /** Takes up what was kept of a host; of another round it says nothing. */
  recall(host: string, record: Uint8Array, round: number): void {
    const kept = decodeQuotas(record);
    if (kept?.round === round) this.#hosts.set(host, { byRow: kept.byRow, isChanged: false });
  }

  /** What is to be written of a host, where it has changed since. */
  takeChanged(host: string, round: number): Uint8Array | undefined {
    const taken = this.#hosts.get(host);
    if (taken === undefined || !taken.isChanged) return undefined;
    taken.isChanged = false;
    return encodeQuotas(round, taken.byRow);
  }

  /** Nobody visits the host any more, and all is written. */
  leave(host: string): void {
    if (this.#hosts.get(host)?.isChanged === false) this.#hosts.delete(host);
  }
}

export function encodeQuotas(round: number, byRow: ReadonlyMap<bigint, number>): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).varint(round).varint(byRow.size);
  for (const [row, count] of byRow) writer.u64(row).varint(count);
  return writer.finish();
}

/** Undefined for one that a newer program wrote: then it is counted anew. */
export function decodeQuotas(
  bytes: Uint8Array,
): { readonly round: number; readonly byRow: Map<bigint, number> } | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) return undefined;
  const round = reader.varint();
  const byRow = new Map<bigint, number>();
  for (let left = reader.varint(); left > 0; left--) byRow.set(reader.u64(), reader.varint());
  return { round, byRow };
}
