/** What was unpacked of segments, at most so many bytes of it; what was not used for longest goes first. */

export interface Unpacked<Value> {
  readonly value: Value;
  readonly size_bytes: number;
}

export class ColumnCache {
  readonly #limit_bytes: number;
  readonly #owners = new Map<object, Map<number, Unpacked<unknown>>>();
  /** In order of use; how to drop each. */
  readonly #order = new Map<Unpacked<unknown>, () => void>();
  #held_bytes = 0;

  constructor(limit_bytes: number) {
    this.#limit_bytes = limit_bytes;
  }

  /** What `owner` keeps at `place`, loaded where it is not there; of one type for each place. */
  get<Value>(owner: object, place: number, load: () => Unpacked<Value>): Value {
    const own = this.#owners.get(owner) ?? new Map<number, Unpacked<unknown>>();
    const known = own.get(place);
    if (known !== undefined) {
      const drop = this.#order.get(known);
      this.#order.delete(known);
      if (drop !== undefined) this.#order.set(known, drop);
      return known.value as Value;
    }
    const loaded = load();
    // What is above the limit alone is not kept.
    if (loaded.size_bytes > this.#limit_bytes) return loaded.value;
    this.#owners.set(owner, own);
    own.set(place, loaded);
    this.#held_bytes += loaded.size_bytes;
    this.#order.set(loaded, () => {
      this.#held_bytes -= loaded.size_bytes;
      own.delete(place);
      if (own.size === 0) this.#owners.delete(owner);
    });
    for (const oldest of this.#order.keys()) {
      if (this.#held_bytes <= this.#limit_bytes) break;
      this.#drop(oldest);
    }
    return loaded.value;
  }

  forget(owner: object): void {
    for (const kept of this.#owners.get(owner)?.values() ?? []) this.#drop(kept);
  }

  #drop(kept: Unpacked<unknown>): void {
    this.#order.get(kept)?.();
    this.#order.delete(kept);
  }
}
