/** What was learned of the kinds of pages of a host, as bytes: docs/formats/crawl-records.md, "Traps". */

import { ByteReader, ByteWriter } from '../base/index.ts';
import type { Kind } from './trap-guard.ts';

const VERSION = 1;

/** Of one host, in one round of its crawl. */
export interface TrapRecord {
  readonly round: number;
  /** By their names in the guard. */
  readonly kinds: ReadonlyMap<string, Kind>;
}

export function encodeTraps({ round, kinds }: TrapRecord): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).varint(round).varint(kinds.size);
  for (const [name, kind] of kinds) {
    writer
      .text(name)
      .varint(kind.fetched)
      .varint(kind.veryDeep)
      .varint(kind.sameInRow)
      .varint(kind.nearInRow);
    writer.varint(kind.hashes.size);
    for (const hash of kind.hashes) writer.text(hash);
    writer.varint(kind.prints.length);
    for (const print of kind.prints) writer.u64(print);
    writer.varint(kind.nameSets.size);
    for (const names of kind.nameSets) writer.text(names);
  }
  return writer.finish();
}

/** Undefined for one that a newer program wrote: then it is learned anew. */
export function decodeTraps(bytes: Uint8Array): TrapRecord | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) return undefined;
  const round = reader.varint();
  const kinds = new Map<string, Kind>();
  for (let left = reader.varint(); left > 0; left--) {
    const name = reader.text();
    const [fetched, veryDeep, sameInRow, nearInRow] = [
      reader.varint(),
      reader.varint(),
      reader.varint(),
      reader.varint(),
    ];
    const hashes = new Set(Array.from({ length: reader.varint() }, () => reader.text()));
    const prints = Array.from({ length: reader.varint() }, () => reader.u64());
    const nameSets = new Set(Array.from({ length: reader.varint() }, () => reader.text()));
    kinds.set(name, { fetched, veryDeep, sameInRow, nearInRow, hashes, prints, nameSets });
  }
  return { round, kinds };
}
