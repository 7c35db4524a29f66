/**
 * Reads a part. Opening reads footer and top map; everything else comes page by page through the cache. A damaged page
 * is an error with its place and its keys, and its neighbours stay readable.
 */

import { isPeregrineError, type LogSink, messageOf, PeregrineError } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import { DATABASES, type DatabaseName } from './databases.ts';
import { DataPage } from './data-page.ts';
import type { FileHandles, HeldFile } from './file-handles.ts';
import { filterChunkOf, type KeyHash, mayHold } from './key-filter.ts';
import type { PartEntry } from './manifest-state.ts';
import type { CachedFile, PageCache } from './page-cache.ts';
import {
  corruptPage,
  headerOf,
  type PageContext,
  type PageKind,
  type PagePlace,
  readFramedPage,
  readPage,
} from './page.ts';
import type { PageValue } from './page-value.ts';
import { filterPlace, PageMap } from './part-format.ts';
import { PartNow } from './part-now.ts';
import { openPart, type OpenPart } from './part-opening.ts';
import type { EntryBlock, StoredValue } from './record-block.ts';
import type { ReadManner, RetryingReads } from './retrying-reads.ts';

/** Longer values are read for their one reader only. */
const MAX_CACHED_VALUE_BYTES: number = 256 * 1024;

/** Where a walk stands: a data page by its place in a map page. */
export interface PagePosition {
  readonly part: OpenPart;
  readonly map: PageMap;
  readonly mapIndex: number;
  /** Moved by whoever walks. */
  index: number;
}

/** A data page and the keys that it may hold. */
interface FoundPage {
  readonly page: DataPage;
  readonly context: PageContext;
  readonly place: PagePlace;
}

export class PartReader {
  readonly entry: PartEntry;
  readonly path: string;
  readonly disk: Disk;
  readonly database: DatabaseName;
  readonly #keyBytes: number;
  readonly #cached: CachedFile;
  readonly #log: LogSink;
  readonly #reads: RetryingReads;
  readonly handles: FileHandles;
  #opening: Promise<OpenPart> | undefined;
  /** What it answers without waiting. */
  readonly now: PartNow;
  #pins = 0;
  #onUnpinned: (() => void) | undefined;

  constructor(
    disk: Disk,
    path: string,
    database: DatabaseName,
    entry: PartEntry,
    cache: PageCache,
    log: LogSink,
    reads: RetryingReads,
    handles: FileHandles,
  ) {
    this.disk = disk;
    this.path = path;
    this.database = database;
    this.#keyBytes = DATABASES[database].keyBytes;
    this.entry = entry;
    this.#cached = cache.forFile(database);
    this.#log = log;
    this.#reads = reads;
    this.now = new PartNow(this.#cached, reads, this.#keyBytes);
    this.handles = handles;
  }

  /** Keeps the file until {@link unpin}. */
  pin(): void {
    this.#pins += 1;
  }

  unpin(): void {
    this.#pins -= 1;
    if (this.#pins === 0) this.#onUnpinned?.();
  }

  /** No new reader comes: waits until the last has gone and closes; the file stays. Never rejects. */
  async letGo(): Promise<void> {
    await this.#unpinned();
    await this.close().catch(() => undefined);
  }

  /** No new reader comes: waits until the last has gone, closes and removes the file. Never rejects. */
  async retire(): Promise<void> {
    await this.#unpinned();
    try {
      await this.close();
      await this.disk.remove(this.path);
    } catch (error) {
      // The file stays behind as an orphan; the next opening takes it away.
      this.#log.write('warn', 'storage.part-not-removed', { file: this.path, error: messageOf(error) });
    }
  }

  /** Footer and top map. */
  async open(): Promise<OpenPart> {
    return this.#open({});
  }

  /** Into the cache, before anybody asks for it. */
  async loadMap(index: number): Promise<void> {
    await this.#mapPage(await this.#open({}), index, {});
  }

  /** The same. */
  async loadFilter(chunk: number): Promise<void> {
    await this.#filterChunk(await this.#open({}), chunk, {});
  }

  /** Keys that pages begin with, `most` of them or fewer, evenly from the map page in the middle. */
  async sampleKeys(most: number, manner: ReadManner): Promise<readonly Uint8Array[]> {
    const part = await this.#open(manner);
    const map = await this.#mapPage(part, part.topMap.count >> 1, manner);
    const count = Math.min(most, map.count);
    return Array.from({ length: count }, (_, i) => map.firstKey(Math.floor((i * map.count) / count))).filter(
      (key) => key !== undefined,
    );
  }

  /** False where the part certainly says nothing of the key. */
  async mayHold(hash: KeyHash, manner: ReadManner): Promise<boolean> {
    return this.#mayHold(await this.#open(manner), hash, manner);
  }

  /** The key's value, `null` for a tombstone, undefined where the part says nothing of it. */
  async get(key: Uint8Array, hash: KeyHash, manner: ReadManner = {}): Promise<Uint8Array | null | undefined> {
    const part = await this.#open(manner);
    if (!(await this.#mayHold(part, hash, manner))) return undefined;
    const [mapIndex, map] = await this.#mapPageFor(part, key, manner);
    const found = await this.#dataPage(part, map, map.indexOf(key), mapIndex, true, manner);
    const value = placed(found, () => found.page.get(key));
    if (value === null || value === undefined || value instanceof Uint8Array) return value;
    return this.#bytesOf(part, key, { kind: 'stored', ...value }, manner);
  }

  /** The page that holds the first entry that is not below `start`. */
  async positionOf(start: Uint8Array, manner: ReadManner): Promise<PagePosition> {
    const part = await this.#open(manner);
    const [mapIndex, map] = await this.#mapPageFor(part, start, manner);
    return { part, map, mapIndex, index: map.indexOf(start) };
  }

  /** The first page of the next map page; undefined behind the last one. */
  async nextMap({ part, mapIndex }: PagePosition, manner: ReadManner): Promise<PagePosition | undefined> {
    const next = mapIndex + 1;
    if (next >= part.topMap.count) return undefined;
    return { part, map: await this.#mapPage(part, next, manner), mapIndex: next, index: 0 };
  }

  /** The entries of a page that is in memory. */
  heldBlock(position: PagePosition): EntryBlock | undefined {
    try {
      return this.now.heldBlock(position.map, position.index);
    } catch (error) {
      const found = { place: position.map.place(position.index), context: this.contextOf(position) };
      return placed(found, () => {
        throw error;
      });
    }
  }

  async readBlock(position: PagePosition, keepPage: boolean, manner: ReadManner): Promise<EntryBlock> {
    const { part, map, index, mapIndex } = position;
    const found = await this.#dataPage(part, map, index, mapIndex, keepPage, manner);
    return placed(found, () => found.page.block());
  }

  /** The content of a data page, taken from nowhere but the file. */
  async readContent(position: PagePosition, manner: ReadManner): Promise<Uint8Array> {
    const place = position.map.place(position.index);
    return this.#page(place, this.contextOf(position), false, manner);
  }

  /** The page of a long value as it stands in the file, checked. */
  async readValuePage(
    { part }: PagePosition,
    key: Uint8Array,
    value: StoredValue,
    manner: ReadManner,
  ): Promise<Uint8Array> {
    const context = this.#context(part.file, 'value', key, key);
    const bytes = await this.#retried(value, context, manner, () => readFramedPage(value, context));
    if (headerOf(bytes, 0).content_bytes === value.value_bytes) return bytes;
    throw corruptPage(value, context, 'its value has a wrong length');
  }

  /** Bytes of the region of data and value pages from `offset` on, at most so many. */
  async readAhead({ part }: PagePosition, offset: number, size_bytes: number): Promise<Uint8Array> {
    const { data } = part.footer;
    const left_bytes = Math.max(0, Math.min(size_bytes, data.offset + data.size_bytes - offset));
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(left_bytes).buffer);
    const count = bytes.length === 0 ? 0 : await part.file.read(bytes, offset);
    return bytes.subarray(0, count);
  }

  keepPage(place: PagePlace, content: Uint8Array): void {
    this.#cached.keep(place.offset, content);
  }

  contextOf({ part, map, mapIndex, index }: PagePosition): PageContext {
    const behind = map.firstKey(index + 1) ?? part.topMap.firstKey(mapIndex + 1) ?? part.footer.lastKey;
    return this.#context(part.file, 'data', map.firstKey(index), behind);
  }

  /** The bytes of a value found in one of its pages. */
  async valueOf(key: Uint8Array, value: PageValue, manner: ReadManner = {}): Promise<Uint8Array | undefined> {
    if (value.kind === 'tombstone') return undefined;
    return value.kind === 'inline'
      ? value.bytes
      : this.#bytesOf(await this.#open(manner), key, value, manner);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    this.now.part = undefined;
    this.#cached.drop();
    const part = await opening?.catch(() => undefined);
    await part?.file.close();
  }

  async #unpinned(): Promise<void> {
    if (this.#pins > 0) await new Promise<void>((resolve) => (this.#onUnpinned = resolve));
  }

  #open(manner: ReadManner): OpenPart | Promise<OpenPart> {
    const asCorrupt = (error: unknown): PeregrineError => {
      const facts = { file: this.path, offset: 0 };
      return new PeregrineError('CORRUPT', `The part ${this.path} can't be read.`, facts, error);
    };
    return (
      this.now.part ??
      this.#reads.withRetries(() => this.#openOnce(), { ...manner, file: this.path, asCorrupt })
    );
  }

  async #openOnce(): Promise<OpenPart> {
    if (this.#opening !== undefined) return this.#opening;
    const opening = openPart(this);
    this.#opening = opening;
    try {
      const part = await opening;
      if (this.#opening === opening) this.now.part = part;
      return part;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }

  async #mayHold(part: OpenPart, hash: KeyHash, manner: ReadManner): Promise<boolean> {
    try {
      const chunk = filterChunkOf(hash, part.footer.filterChunks);
      return mayHold(await this.#filterChunk(part, chunk, manner), hash);
    } catch (error) {
      if (!isPeregrineError(error, 'CORRUPT')) throw error;
      // Without its filter a part answers more slowly, not wrongly.
      this.#log.write('error', 'storage.corrupt-filter', { ...error.facts });
      return true;
    }
  }

  #filterChunk(
    { file, footer }: OpenPart,
    chunk: number,
    manner: ReadManner,
  ): Uint8Array | Promise<Uint8Array> {
    return this.#page(filterPlace(footer, chunk), this.#context(file, 'filter'), true, manner);
  }

  async #mapPageFor(part: OpenPart, key: Uint8Array, manner: ReadManner): Promise<[number, PageMap]> {
    const index = part.topMap.indexOf(key);
    return [index, await this.#mapPage(part, index, manner)];
  }

  async #mapPage({ file, topMap, footer }: OpenPart, index: number, manner: ReadManner): Promise<PageMap> {
    const held = this.now.heldMap(topMap, index);
    if (held !== undefined) return held;
    const place = topMap.place(index);
    const context = this.#context(
      file,
      'map',
      topMap.firstKey(index),
      topMap.firstKey(index + 1) ?? footer.lastKey,
    );
    return new PageMap(await this.#page(place, context, true, manner), this.#keyBytes);
  }

  async #dataPage(
    part: OpenPart,
    map: PageMap,
    index: number,
    mapIndex: number,
    keepPage: boolean,
    manner: ReadManner,
  ): Promise<FoundPage> {
    const place = map.place(index);
    const context = this.contextOf({ part, map, mapIndex, index });
    const bytes = await this.#page(place, context, keepPage, manner);
    const found = { context, place };
    return { ...found, page: placed(found, () => new DataPage(bytes, this.#keyBytes)) };
  }

  async #bytesOf(
    { file }: OpenPart,
    key: Uint8Array,
    value: Exclude<PageValue, { kind: 'tombstone' }>,
    manner: ReadManner,
  ): Promise<Uint8Array> {
    if (value.kind === 'inline') return value.bytes;
    const context = this.#context(file, 'value', key, key);
    const bytes = await this.#page(value, context, value.value_bytes <= MAX_CACHED_VALUE_BYTES, manner);
    if (bytes.length !== value.value_bytes) throw corruptPage(value, context, 'its value has a wrong length');
    return bytes;
  }

  /** Each reader tries again for itself: who waits for an answer never shares the patience of background work. */
  #page(
    place: PagePlace,
    context: PageContext,
    isKept: boolean,
    manner: ReadManner,
  ): Uint8Array | Promise<Uint8Array> {
    const held = this.#cached.peek(place.offset);
    if (held !== undefined) return held.bytes;
    const load = (): Promise<Uint8Array> => readPage(place, context);
    return this.#retried(place, context, manner, () =>
      isKept ? this.#cached.read(place.offset, load) : load(),
    );
  }

  #retried(
    place: PagePlace,
    context: PageContext,
    manner: ReadManner,
    read: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    return this.#reads.withRetries(read, {
      ...manner,
      file: this.path,
      asCorrupt: (error) => corruptPage(place, context, `it can't be read (${messageOf(error)})`, error),
    });
  }

  #context(file: HeldFile, kind: PageKind, firstKey?: Uint8Array, lastKey?: Uint8Array): PageContext {
    return { file, partNumber: this.entry.number, kind, firstKey, lastKey };
  }
}

/** Whatever is `CORRUPT` inside a page is so at the page's place. */
function placed<T>({ place, context }: Pick<FoundPage, 'place' | 'context'>, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isPeregrineError(error, 'CORRUPT') ? corruptPage(place, context, error.message) : error;
  }
}
