/** Copies of indexes in which damage was met: asked last for a while, so that whole ones answer. */

import type { Clock, CollectionId, ShardId } from '../base/index.ts';
import type { HostId } from './shard-record.ts';

/** A copy is asked again after so long: it may have been repaired. */
const AVOID_MS = 10_000;

export interface IndexCopy {
  readonly collection: CollectionId;
  readonly shard: ShardId;
  readonly host: HostId;
}

export class DamagedCopies {
  readonly #clock: Clock;
  readonly #until_ms = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(copy: IndexCopy): void {
    this.#until_ms.set(nameOf(copy), this.#clock.monotonic() + AVOID_MS);
  }

  has(copy: IndexCopy): boolean {
    // Hardly ever is there one.
    if (this.#until_ms.size === 0) return false;
    const name = nameOf(copy);
    const until_ms = this.#until_ms.get(name) ?? -Infinity;
    if (until_ms > this.#clock.monotonic()) return true;
    this.#until_ms.delete(name);
    return false;
  }
}

function nameOf({ collection, shard, host }: IndexCopy): string {
  return `${collection} ${shard} ${host}`;
}
