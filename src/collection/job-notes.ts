/** Notes of long jobs (bookmarks, reports), durable beside what the jobs do. Layout: docs/formats/collection-records.md. */

import {
  ByteReader,
  ByteWriter,
  type CollectionId,
  hashString64,
  PeregrineError,
  toSlot,
} from '../base/index.ts';
import {
  collectionRange,
  KEY_HEAD_BYTES,
  KeyWriter,
  type RecordOperation,
  type Shards,
  type Store,
} from '../storage/index.ts';
import { MetaKind } from './meta-kinds.ts';

/** Notes stand in slot 0, hence on the first shard, so that several change in one batch. */
const NOTE_SLOT = toSlot(0);
const VALUE_VERSION = 1;

export class JobNotes {
  readonly #store: Store;

  constructor(shards: Shards) {
    this.#store = shards.of(NOTE_SLOT);
  }

  async get(collection: CollectionId, name: string): Promise<Uint8Array | undefined> {
    const value = await this.#store.get('meta', noteKey(collection, name));
    return value === undefined ? undefined : decodeNote(value).content;
  }

  async list(collection: CollectionId, prefix: string): Promise<ReadonlyMap<string, Uint8Array>> {
    const start = new KeyWriter('meta', NOTE_SLOT, collection).u8(MetaKind.note).finish();
    const end = collectionRange('meta', NOTE_SLOT, collection).end;
    end[KEY_HEAD_BYTES] = MetaKind.note;
    const found: [string, Uint8Array][] = [];
    for await (const { value } of this.#store.scan({ database: 'meta', start, end })) {
      const { name, content } = decodeNote(value);
      if (name.startsWith(prefix)) found.push([name, content]);
    }
    return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  async write(collection: CollectionId, notes: ReadonlyMap<string, Uint8Array | undefined>): Promise<void> {
    await this.#store.append({ records: recordsOf(collection, notes) });
  }

  /** Writes what `build` makes of notes as they are then, in one batch: nobody comes between. Undefined writes nothing. */
  async change(
    collection: CollectionId,
    build: (
      get: (name: string) => Promise<Uint8Array | undefined>,
    ) => Promise<ReadonlyMap<string, Uint8Array | undefined> | undefined>,
  ): Promise<void> {
    await this.#store.sequence(async (reads) => {
      const notes = await build(async (name) => {
        const value = await reads.get('meta', noteKey(collection, name));
        return value === undefined ? undefined : decodeNote(value).content;
      });
      return notes === undefined ? null : { records: recordsOf(collection, notes) };
    });
  }
}

function recordsOf(
  collection: CollectionId,
  notes: ReadonlyMap<string, Uint8Array | undefined>,
): RecordOperation[] {
  return [...notes].map(([name, content]) => ({
    database: 'meta',
    key: noteKey(collection, name),
    value: content === undefined ? undefined : encodeNote(name, content),
  }));
}

function noteKey(collection: CollectionId, name: string): Uint8Array {
  return new KeyWriter('meta', NOTE_SLOT, collection).u8(MetaKind.note).u64(hashString64(name)).finish();
}

export function encodeNote(name: string, content: Uint8Array): Uint8Array {
  return new ByteWriter(content.length + 64).u8(VALUE_VERSION).text(name).blob(content).finish();
}

export function decodeNote(value: Uint8Array): { name: string; content: Uint8Array } {
  const from = new ByteReader(value);
  const version = from.u8();
  if (version !== VALUE_VERSION) {
    throw new PeregrineError('UNSUPPORTED_VERSION', `A job's note is of version ${version}.`, { version });
  }
  return { name: from.text(), content: from.blob().slice() };
}
