/**
 * Reads a part. Opening reads footer and top map; everything else comes page by page through the cache. A damaged page
 * is an error with its place and its keys, and its neighbours stay readable.
 */

import { isPeregrineError, type LogSink, messageOf, PeregrineError } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { DATABASES, type DatabaseName } from './databases.ts';
import { DataPage, type PageEntry, type PageValue } from './data-page.ts';
import { filterChunkOf, type KeyHash, mayHold } from './key-filter.ts';
import { compareKeys } from './key-order.ts';
import type { PartEntry } from './manifest-state.ts';
import type { CachedFile, PageCache } from './page-cache.ts';
import { corruptPage, type PageContext, type PageKind, type PagePlace, readPage } from './page.ts';
import { decodeFooter, FOOTER_BYTES, PageMap, type PartFooter } from './part-format.ts';

/** Longer values are read for their one reader only. */
const MAX_CACHED_VALUE_BYTES: number = 256 * 1024;

interface OpenPart {
  readonly file: DiskFile;
  readonly footer: PartFooter;
  readonly topMap: PageMap;
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
  readonly #disk: Disk;
  readonly #database: DatabaseName;
  readonly #keyBytes: number;
  readonly #cached: CachedFile;
  readonly #log: LogSink;
  #opening: Promise<OpenPart> | undefined;
  #pins = 0;
  #onUnpinned: (() => void) | undefined;

  constructor(
    disk: Disk,
    path: string,
    database: DatabaseName,
    entry: PartEntry,
    cache: PageCache,
    log: LogSink,
  ) {
    this.#disk = disk;
    this.path = path;
    this.#database = database;
    this.#keyBytes = DATABASES[database].keyBytes;
    this.entry = entry;
    this.#cached = cache.forFile();
    this.#log = log;
  }

  /** Keeps the file until {@link unpin}. */
  pin(): void {
    this.#pins += 1;
  }

  unpin(): void {
    this.#pins -= 1;
    if (this.#pins === 0) this.#onUnpinned?.();
  }

  /** No new reader comes: waits until the last has gone, closes and removes the file. Never rejects. */
  async retire(): Promise<void> {
    if (this.#pins > 0) await new Promise<void>((resolve) => (this.#onUnpinned = resolve));
    try {
      await this.close();
      await this.#disk.remove(this.path);
    } catch (error) {
      // The file stays behind as an orphan; the next opening takes it away.
      this.#log.write('warn', 'storage.part-not-removed', { file: this.path, error: messageOf(error) });
    }
  }

  /** The key's value, `null` for a tombstone, undefined where the part says nothing of it. */
  async get(key: Uint8Array, hash: KeyHash): Promise<Uint8Array | null | undefined> {
    const part = await this.#open();
    if (!(await this.#mayHold(part, hash))) return undefined;
    const [mapIndex, map] = await this.#mapPageFor(part, key);
    const found = await this.#dataPage(part, map, map.indexOf(key), mapIndex, true);
    const value = placed(found, () => found.page.find(key));
    if (value === undefined) return undefined;
    if (value.kind === 'tombstone') return null;
    return this.#bytesOf(part, key, value);
  }

  /** Entries from `start` on, a page at a time. `keepPages` is false for a walk that should not fill the cache. */
  async *pages(start: Uint8Array, keepPages = true): AsyncGenerator<PageEntry[]> {
    const part = await this.#open();
    let [mapIndex, map] = await this.#mapPageFor(part, start);
    for (let index = map.indexOf(start), isFirst = true; ; index++, isFirst = false) {
      if (index >= map.count) {
        mapIndex += 1;
        if (mapIndex >= part.topMap.count) return;
        map = await this.#mapPage(part, mapIndex);
        index = 0;
      }
      const found = await this.#dataPage(part, map, index, mapIndex, keepPages);
      const entries = placed(found, () => [...found.page.entries(isFirst ? start : undefined)]);
      if (entries.length > 0) yield entries;
    }
  }

  /** The bytes of a value found in one of its pages. */
  async valueOf(key: Uint8Array, value: PageValue): Promise<Uint8Array | undefined> {
    if (value.kind === 'tombstone') return undefined;
    return value.kind === 'inline' ? value.bytes : this.#bytesOf(await this.#open(), key, value);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#cached.drop();
    const part = await opening?.catch(() => undefined);
    await part?.file.close();
  }

  #open(): Promise<OpenPart> {
    this.#opening ??= this.#readFrame().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #readFrame(): Promise<OpenPart> {
    let file: DiskFile;
    try {
      file = await this.#disk.open(this.path, 'read');
    } catch (error) {
      if (!isPeregrineError(error, 'NOT_FOUND')) throw error;
      throw new PeregrineError(
        'CORRUPT',
        `The part ${this.path} is missing.`,
        { file: this.path, offset: 0 },
        error,
      );
    }
    try {
      const offset = Math.max(0, this.entry.size_bytes - FOOTER_BYTES);
      const bytes = new Uint8Array(FOOTER_BYTES);
      const count = await file.read(bytes, offset);
      const footer = decodeFooter(bytes.subarray(0, count), this.path, offset);
      const { number, keyBytes } = DATABASES[this.#database];
      const isMine =
        footer.partNumber === this.entry.number && footer.database === number && footer.keyBytes === keyBytes;
      if (!isMine) {
        throw new PeregrineError('CORRUPT', `${this.path} is not the part that the manifest names.`, {
          file: this.path,
          offset,
        });
      }
      const context = this.#context(file, 'topMap', footer.firstKey, footer.lastKey);
      const topMap = new PageMap(await readPage(footer.topMap, context), this.#keyBytes);
      return { file, footer, topMap };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #mayHold({ file, footer }: OpenPart, hash: KeyHash): Promise<boolean> {
    const { filter, filterChunks } = footer;
    const size_bytes = filter.size_bytes / filterChunks;
    const offset = filter.offset + filterChunkOf(hash, filterChunks) * size_bytes;
    try {
      const context = this.#context(file, 'filter');
      const chunk =
        this.#cached.peek(offset) ??
        (await this.#cached.read(offset, () => readPage({ offset, size_bytes }, context)));
      return mayHold(chunk, hash);
    } catch (error) {
      if (!isPeregrineError(error, 'CORRUPT')) throw error;
      // Without its filter a part answers more slowly, not wrongly.
      this.#log.write('error', 'storage.corrupt-filter', { ...error.facts });
      return true;
    }
  }

  async #mapPageFor(part: OpenPart, key: Uint8Array): Promise<[number, PageMap]> {
    const index = part.topMap.indexOf(key);
    return [index, await this.#mapPage(part, index)];
  }

  async #mapPage({ file, topMap, footer }: OpenPart, index: number): Promise<PageMap> {
    const place = topMap.place(index);
    const context = this.#context(
      file,
      'map',
      topMap.firstKey(index),
      topMap.firstKey(index + 1) ?? footer.lastKey,
    );
    const bytes =
      this.#cached.peek(place.offset) ??
      (await this.#cached.read(place.offset, () => readPage(place, context)));
    return new PageMap(bytes, this.#keyBytes);
  }

  async #dataPage(
    { file, topMap, footer }: OpenPart,
    map: PageMap,
    index: number,
    mapIndex: number,
    keepPage: boolean,
  ): Promise<FoundPage> {
    const place = map.place(index);
    const behind = map.firstKey(index + 1) ?? topMap.firstKey(mapIndex + 1) ?? footer.lastKey;
    const context = this.#context(file, 'data', map.firstKey(index), behind);
    const load = (): Promise<Uint8Array> => readPage(place, context);
    const bytes =
      this.#cached.peek(place.offset) ?? (await (keepPage ? this.#cached.read(place.offset, load) : load()));
    const found = { context, place };
    return { ...found, page: placed(found, () => new DataPage(bytes, this.#keyBytes)) };
  }

  async #bytesOf(
    { file }: OpenPart,
    key: Uint8Array,
    value: Exclude<PageValue, { kind: 'tombstone' }>,
  ): Promise<Uint8Array> {
    if (value.kind === 'inline') return value.bytes;
    const context = this.#context(file, 'value', key, key);
    const load = (): Promise<Uint8Array> => readPage(value, context);
    const bytes =
      value.value_bytes > MAX_CACHED_VALUE_BYTES ? await load() : await this.#cached.read(value.offset, load);
    if (bytes.length !== value.value_bytes) throw corruptPage(value, context, 'its value has a wrong length');
    return bytes;
  }

  #context(file: DiskFile, kind: PageKind, firstKey?: Uint8Array, lastKey?: Uint8Array): PageContext {
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

/** True where a part may hold keys of a range. */
export function overlaps(entry: PartEntry, start: Uint8Array, end: Uint8Array): boolean {
  return compareKeys(entry.firstKey, end) <= 0 && compareKeys(entry.lastKey, start) >= 0;
}
