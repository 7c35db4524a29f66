/** The links of a shard, target by target: they lie so in the store. */

import { type CollectionId, type DocId, docIdOfHash, toSlot } from '../base/index.ts';
import { collectionRange, KeyReader, type RecordBlock, type Store } from '../storage/index.ts';
import type { Slot } from '../base/index.ts';
import { type LinkRecord, decodeLink, sourceOfLinkKey } from './link-records.ts';
import { stopWhere } from './shard-titles.ts';

/** Links to one target that are looked at; the sources are in the order of hashes, so that those are any of them. */
export const MAX_SOURCES = 200_000;

export interface ScannedLink extends LinkRecord {
  readonly source: DocId;
}

/** All links to one URL. */
export interface TargetLinks {
  readonly docId: DocId;
  readonly hostHash: number;
  /** Slot of its registrable domain. */
  readonly domainSlot: Slot;
  /** By ascending source. */
  readonly links: readonly ScannedLink[];
}

/** Every URL of a shard's slots that is linked to. `CANCELLED`. */
export async function* walkTargets(
  store: Store,
  slots: readonly Slot[],
  collection: CollectionId,
  signal: AbortSignal,
): AsyncGenerator<TargetLinks> {
  for (const slot of slots) {
    const { start, end } = collectionRange('links', slot, collection);
    let from: Uint8Array | undefined = start;
    let open: Group | undefined;
    while (from !== undefined) {
      stopWhere(signal);
      const { blocks, resume } = await store.blocks({
        database: 'links',
        start: from,
        end,
        priority: 'background',
        skipLost: true,
      });
      for (const block of blocks) {
        for (let i = 0; i < block.count; i++) {
          const key = block.keys.subarray(i * block.keyBytes, (i + 1) * block.keyBytes);
          if (open?.isOf(key) !== true) {
            if (open !== undefined) yield open.links;
            open = new Group(key);
          }
          open.add(key, valueOf(block, i));
        }
      }
      from = resume;
    }
    if (open !== undefined) yield open.links;
  }
}

/** Slot, collection, host and URL of a key. */
const TARGET_BYTES = 18;

class Group {
  readonly #target: Buffer;
  readonly #links: ScannedLink[] = [];

  constructor(key: Uint8Array) {
    this.#target = Buffer.from(key.subarray(0, TARGET_BYTES));
  }

  isOf(key: Uint8Array): boolean {
    return this.#target.compare(key, 0, TARGET_BYTES) === 0;
  }

  add(key: Uint8Array, value: Uint8Array): void {
    if (this.#links.length < MAX_SOURCES)
      this.#links.push({ source: sourceOfLinkKey(key), ...decodeLink(value) });
  }

  get links(): TargetLinks {
    const reader = new KeyReader(this.#target);
    const hostHash = reader.u32();
    return {
      docId: docIdOfHash(reader.u64()),
      hostHash,
      domainSlot: toSlot(reader.slot),
      links: this.#links,
    };
  }
}

function valueOf({ bytes, offsets, lengths }: RecordBlock, i: number): Uint8Array {
  const offset = offsets[i] as number;
  return bytes.subarray(offset, offset + (lengths[i] as number));
}
