/** Which collections there are: names, numbers and settings, as records of the first shard. */

import { type CollectionId, type Clock, PeregrineError, toCollectionId, toSlot } from '../base/index.ts';
import { KeyReader, KeyWriter, type Store } from '../storage/index.ts';
import type { CollectionName } from './engine-contract.ts';
import { MetaKind } from './meta-kinds.ts';

export interface CollectionEntry {
  readonly id: CollectionId;
  readonly name: CollectionName;
  readonly createdAt_ms: number;
  /** Set when it was deleted; its number is never given out again. */
  readonly deletedAt_ms?: number;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
export const MAX_COLLECTIONS = 10_000;
const REGISTRY_SLOT = toSlot(0);
/** Number 0 belongs to the process itself; collections begin at 1. */
const PROCESS_COLLECTION = toCollectionId(0);
const VALUE_VERSION = 1;

export class CollectionRegistry {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #byName = new Map<CollectionName, CollectionEntry>();
  /** Names whose records are on their way: what is read meanwhile may be older. */
  readonly #writing = new Set<CollectionName>();
  #nextId = 1;

  private constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  static async open(store: Store, clock: Clock): Promise<CollectionRegistry> {
    const registry = new CollectionRegistry(store, clock);
    await registry.reload();
    return registry;
  }

  /** As the records say now: in a cluster other hosts change them too. */
  async reload(): Promise<void> {
    const start = registryKey(toCollectionId(0));
    const end = registryKey(toCollectionId(0xffff_ffff));
    const found = new Map<CollectionName, CollectionEntry>();
    for await (const { key, value } of this.#store.scan({ database: 'meta', start, end })) {
      const entry = decodeEntry(key, value);
      this.#nextId = Math.max(this.#nextId, entry.id + 1);
      if (entry.deletedAt_ms === undefined) found.set(entry.name, entry);
    }
    for (const name of this.#byName.keys()) {
      if (!found.has(name) && !this.#writing.has(name)) this.#byName.delete(name);
    }
    for (const [name, entry] of found) if (!this.#writing.has(name)) this.#byName.set(name, entry);
  }

  names(): readonly CollectionName[] {
    return [...this.#byName.keys()].sort();
  }

  entries(): readonly CollectionEntry[] {
    return [...this.#byName.values()];
  }

  /** `NOT_FOUND` for a name that is not there. */
  resolve(name: CollectionName): CollectionEntry {
    const entry = this.#byName.get(name);
    if (entry !== undefined) return entry;
    const known = this.names().slice(0, 10).join(', ');
    throw new PeregrineError(
      'NOT_FOUND',
      `There is no collection "${name}". There is: ${known || 'none yet'}.`,
      {
        collection: name,
      },
    );
  }

  async create(name: CollectionName): Promise<CollectionEntry> {
    if (!NAME.test(name)) {
      throw new PeregrineError(
        'BAD_ARGUMENT',
        `"${name.slice(0, 80)}" can't name a collection: use 1 to 64 lower-case letters, digits, - and _, beginning with a letter or digit.`,
      );
    }
    if (this.#byName.has(name)) {
      throw new PeregrineError('ALREADY_EXISTS', `There is a collection "${name}" already.`, {
        collection: name,
      });
    }
    if (this.#byName.size >= MAX_COLLECTIONS) {
      throw new PeregrineError('TOO_LARGE', `One process holds at most ${MAX_COLLECTIONS} collections.`);
    }
    const entry: CollectionEntry = {
      id: toCollectionId(this.#nextId),
      name,
      createdAt_ms: this.#clock.now(),
    };
    this.#nextId += 1;
    // The name is taken before the write is durable, so that two callers can't both get it.
    this.#byName.set(name, entry);
    try {
      await this.#write(entry);
    } catch (error) {
      this.#byName.delete(name);
      throw error;
    }
    return entry;
  }

  async delete(name: CollectionName): Promise<CollectionEntry> {
    const entry = this.resolve(name);
    await this.#write({ ...entry, deletedAt_ms: this.#clock.now() });
    this.#byName.delete(name);
    return entry;
  }

  async #write(entry: CollectionEntry): Promise<void> {
    const { id, ...fields } = entry;
    const text = new TextEncoder().encode(JSON.stringify(fields));
    const value = new Uint8Array(1 + text.length);
    value[0] = VALUE_VERSION;
    value.set(text, 1);
    this.#writing.add(entry.name);
    try {
      await this.#store.sequence(async (reads) => {
        // Another host of a cluster may have given the number away.
        const before = await reads.get('meta', registryKey(id));
        if (before !== undefined && decodeEntry(registryKey(id), before).name !== entry.name) {
          throw new PeregrineError(
            'ALREADY_EXISTS',
            'Another collection was made at the same moment. Try again.',
          );
        }
        return { records: [{ database: 'meta', key: registryKey(id), value }] };
      });
    } finally {
      this.#writing.delete(entry.name);
    }
  }
}

function registryKey(id: CollectionId): Uint8Array {
  return new KeyWriter('meta', REGISTRY_SLOT, PROCESS_COLLECTION).u8(MetaKind.collection).u32(id).finish();
}

function decodeEntry(key: Uint8Array, value: Uint8Array): CollectionEntry {
  const reader = new KeyReader(key);
  reader.u8();
  const id = toCollectionId(reader.u32());
  if (value[0] !== VALUE_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `The record of collection ${id} is of version ${value[0]}.`,
    );
  }
  const fields = JSON.parse(new TextDecoder().decode(value.subarray(1))) as Omit<CollectionEntry, 'id'>;
  return { id, ...fields };
}
