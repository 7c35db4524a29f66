/** Which indexes nobody adds to any more, and still hold segments in memory, which every search would open. */

import type { HeldShard } from './shards-layer.ts';

/** At so many looks in a row an index held the same: five minutes of maintenance. */
const IDLE_LOOKS = 150;

export class IdleIndexes {
  readonly #unchanged = new WeakMap<HeldShard['store'], { readonly bytes: number; readonly looks: number }>();

  /** Looks at an index once more. True once for each time that it is idle; records may be written all the same. */
  hasCome({ store, index }: HeldShard): boolean {
    const bytes = store.status().derived_bytes;
    const before = this.#unchanged.get(store);
    const looks = before?.bytes === bytes ? before.looks + 1 : 0;
    this.#unchanged.set(store, { bytes, looks });
    return looks === IDLE_LOOKS && holdsInMemory(index);
  }
}

function holdsInMemory(index: HeldShard['index']): boolean {
  return index.collections().some((collection) => {
    const { liveSegments, waiting } = index.status(collection);
    return liveSegments + waiting > 0;
  });
}
