/** Writes a part from front to back: pages as they fill, then maps, filter and footer. Nothing counts before it is adopted. */

import { assert } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { DATABASES, type DatabaseName, type DatabaseSpec, type PageCompression } from './databases.ts';
import { DataPageWriter } from './data-page-writer.ts';
import { buildFilter } from './key-filter.ts';
import { hashKeys } from './key-hashes.ts';
import type { PartEntry } from './manifest-state.ts';
import {
  framePage,
  isCompressed,
  maxPageBytes,
  type PageHome,
  type PageKind,
  type PagePlace,
  PAGE_HEADER_BYTES,
  rehome,
  u32At,
  type UnframedPage,
} from './page.ts';
import { compressPage } from './page-compression.ts';
import { PageMapWriter } from './page-map-writer.ts';
import type { FramedPages, SinkAim } from './page-sink.ts';
import { encodeFooter, FOOTER_BYTES, MAX_INLINE_BYTES, pageTargetBytes, type Region } from './part-format.ts';
import { PartOutput } from './part-output.ts';
import { copyInto, type EntryBlock, NO_STORED, TOMBSTONE_LENGTH } from './record-block.ts';

/** Keys that are hashed in one call. */
const HASHED_KEYS = 512;
/** Pages that are stored as they are after one that compression made no smaller: title records are compressed before. */
const TRY_AGAIN_PAGES = 15;
/** Fewer bytes of pages than these are gathered with what follows: a write of their own costs more than a copy. */
const LEAST_WRITE_BYTES: number = 64 * 1024;

export interface PartOptions {
  /** That of the run which the part is for. Default 0. */
  readonly order?: number;
  /** `time`: pages that a quick compression would shrink a little stay as they are. Default `space`. */
  readonly saves?: 'time' | 'space';
}

/**
 * Runs smaller than this save time. To compress what a merge writes takes it longer than all the rest, and what a merge
 * leaves uncompressed is read without taking 16 KB apart for one record; large runs are where the space is.
 */
export const COMPRESSED_RUN_BYTES: number = 1024 ** 3;

/** How pages of a part are compressed. A strong compression saves the disk too much to be left out. */
export function compressionOf(
  database: DatabaseName,
  saves: PartOptions['saves'] = 'space',
): PageCompression {
  const { compression } = DATABASES[database];
  return saves === 'time' && compression === 'lz4' ? 'none' : compression;
}

type PageToAppend = Omit<UnframedPage, 'partNumber' | 'offset'>;

export class PartWriter {
  readonly #file: DiskFile;
  readonly #disk: Disk;
  readonly partNumber: number;
  readonly #order: number;
  readonly #spec: DatabaseSpec;
  readonly #page_bytes: number;
  readonly #page: DataPageWriter;
  #firstKey: Uint8Array | undefined;
  #lastKey: Uint8Array | undefined;
  readonly #map: PageMapWriter;
  /** Keys that wait to be hashed together, and the hashes of those before. */
  readonly #keys: Uint8Array;
  #keyCount = 0;
  readonly #hashes: Uint32Array[] = [];
  /** Pages of each kind until compression is tried again: where it gained nothing it seldom does. */
  readonly #uncompressed = { data: 0, value: 0 };
  #records = 0;
  #tombstones = 0;
  #content_bytes = 0;
  readonly #output: PartOutput;

  private constructor(
    disk: Disk,
    file: DiskFile,
    partNumber: number,
    database: DatabaseName,
    { order = 0, saves = 'space' }: PartOptions,
  ) {
    this.#order = order;
    this.#disk = disk;
    this.#file = file;
    this.#output = new PartOutput(file);
    this.partNumber = partNumber;
    const spec = DATABASES[database];
    this.#spec = { ...spec, compression: compressionOf(database, saves) };
    this.#page_bytes = pageTargetBytes(spec.compression);
    this.#page = new DataPageWriter(this.#spec.keyBytes);
    this.#map = new PageMapWriter(this.#spec.keyBytes);
    this.#keys = new Uint8Array(HASHED_KEYS * this.#spec.keyBytes);
  }

  static async create(
    disk: Disk,
    path: string,
    partNumber: number,
    database: DatabaseName,
    options: PartOptions = {},
  ): Promise<PartWriter> {
    return new PartWriter(disk, await disk.open(path, 'create'), partNumber, database, options);
  }

  /** Bytes written and gathered so far. */
  get size_bytes(): number {
    return this.#output.offset + (this.#page.count > 0 ? this.#page.size_bytes : 0);
  }

  get count(): number {
    return this.#records + this.#tombstones;
  }

  /** Adds the next key in order (tombstone bit set); without a value, a tombstone. */
  async add(key: Uint8Array, value: Uint8Array | undefined): Promise<void> {
    const offsets = new Uint32Array(1);
    const lengths = new Uint32Array([value?.length ?? TOMBSTONE_LENGTH]);
    const bytes = value ?? new Uint8Array(0);
    const keyBytes = key.length;
    const isPlain = value !== undefined;
    await this.addFrom(
      { keyBytes, count: 1, keys: key, bytes, offsets, lengths, stored: NO_STORED, isPlain },
      0,
    );
  }

  /** Adds a block's entry, whose value stands in the block; a promise where it must be waited for before the next one. */
  addFrom(block: EntryBlock, index: number): Promise<void> | undefined {
    const keyBytes = this.#spec.keyBytes;
    const length = block.lengths[index] as number;
    this.#firstKey ??= block.keys.slice(index * keyBytes, (index + 1) * keyBytes);
    if (this.#keyCount === HASHED_KEYS) this.#hashKeys();
    copyInto(this.#keys, this.#keyCount * keyBytes, block.keys, index * keyBytes, keyBytes);
    this.#keyCount += 1;
    this.#content_bytes += keyBytes;
    if (length === TOMBSTONE_LENGTH) {
      this.#tombstones += 1;
    } else {
      this.#records += 1;
      this.#content_bytes += length;
      if (length > MAX_INLINE_BYTES) return this.#addLong(block, index, length);
    }
    this.#page.addFrom(block, index);
    if (this.#page.size_bytes >= this.#page_bytes) return this.#finishPage();
    return undefined;
  }

  /**
   * Adds entries that are pages already, made for where they stand now; where pages are compressed, one page. Their bytes
   * may be used again when those of the next call were added too.
   */
  addPages(pages: FramedPages): Promise<void> | undefined {
    assert(this.#page.count === 0, 'the place of pages is known before they are made');
    if (this.#keyCount > 0) this.#hashKeys();
    const { bytes, map, hashes, entries, tombstones, values_bytes, lastKey } = pages;
    const { keyBytes, compression } = this.#spec;
    this.#firstKey ??= map.slice(0, keyBytes);
    this.#lastKey = lastKey;
    this.#hashes.push(hashes);
    this.#records += entries - tombstones;
    this.#tombstones += tombstones;
    this.#content_bytes += entries * keyBytes + values_bytes;
    if (compression !== 'none') {
      const content = bytes.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + u32At(bytes, 8));
      return this.#mapped(map.subarray(0, keyBytes), this.#writePage('data', content));
    }
    this.#map.addAll(map);
    if (bytes.length >= LEAST_WRITE_BYTES) return this.#output.write(bytes);
    this.#output.reserve(bytes.length).set(bytes, this.#output.used);
    this.#output.advance(bytes.length);
    return this.#output.isFull ? this.#output.drain() : undefined;
  }

  async #addLong(block: EntryBlock, index: number, value_bytes: number): Promise<void> {
    const from = block.offsets[index] as number;
    // A page of keys leads to many long values: they are not gathered until it is full.
    const place = await this.addValue(block.bytes.subarray(from, from + value_bytes));
    this.#page.addFrom(block, index, { value_bytes, ...place });
    if (this.#page.size_bytes >= this.#page_bytes) await this.#finishPage();
  }

  /**
   * Writes the page of a long value as it stood elsewhere, compressed or not; an entry of a page that is added later
   * leads to it. Undefined where it should be compressed first: {@link addValue}.
   */
  async addFramedValue(page: Uint8Array, from: PageHome): Promise<PagePlace | undefined> {
    // Zstandard was tried when it was written; LZ4 may have been left out to save time.
    if (this.#spec.compression === 'lz4' && !isCompressed(page, 0)) return undefined;
    const { offset, used } = this.#output;
    const bytes = this.#output.reserve(page.length);
    bytes.set(page, used);
    const to = { partNumber: this.partNumber, offset };
    rehome(bytes.subarray(used, used + page.length), from, to);
    this.#output.advance(page.length);
    if (this.#output.isFull) await this.#output.drain();
    return { offset, size_bytes: page.length };
  }

  /** Writes a long value as a page of its own, to which an entry of a page that is added later leads. */
  async addValue(value: Uint8Array): Promise<PagePlace> {
    const place = await this.#writePage('value', value);
    if (this.#output.isFull) await this.#output.drain();
    return place;
  }

  #hashKeys(): void {
    const keyBytes = this.#spec.keyBytes;
    const keys = this.#keys.subarray(0, this.#keyCount * keyBytes);
    this.#hashes.push(hashKeys(keys, this.#keyCount, keyBytes));
    this.#lastKey = keys.slice(keys.length - keyBytes);
    this.#keyCount = 0;
  }

  /** Writes what is left, syncs and closes; gives up where that fails. The name is durable once its directory is synced. */
  async finish(): Promise<PartEntry> {
    try {
      return await this.#finishFile();
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  async #finishFile(): Promise<PartEntry> {
    if (this.#keyCount > 0) this.#hashKeys();
    assert(this.#firstKey !== undefined && this.#lastKey !== undefined, 'a part holds something');
    if (this.#page.count > 0) await this.#finishPage();
    const data: Region = { offset: 0, size_bytes: this.#output.offset };
    const topMap = new PageMapWriter(this.#spec.keyBytes);
    for (const { firstKey, content } of this.#map.pages()) {
      topMap.add(firstKey, await this.#writePage('map', content));
    }
    const map = this.#regionSince(data.size_bytes);
    await this.#writePage('topMap', topMap.bytes);
    const top = this.#regionSince(map.offset + map.size_bytes);
    const chunks = buildFilter(this.#hashes);
    for (const chunk of chunks) {
      await this.#writePage('filter', chunk);
      if (this.#output.isFull) await this.#output.drain();
    }
    const filter = this.#regionSince(top.offset + top.size_bytes);
    const footer = encodeFooter({
      database: this.#spec.number,
      keyBytes: this.#spec.keyBytes,
      order: this.#order,
      partNumber: this.partNumber,
      records: this.#records,
      tombstones: this.#tombstones,
      content_bytes: this.#content_bytes,
      data,
      map,
      topMap: top,
      filter,
      filterChunks: chunks.length,
      firstKey: this.#firstKey,
      lastKey: this.#lastKey,
    });
    this.#output.reserve(footer.length).set(footer, this.#output.used);
    this.#output.advance(footer.length);
    await this.#output.finish();
    const size_bytes = this.#output.offset;
    assert(size_bytes === filter.offset + filter.size_bytes + FOOTER_BYTES, 'a part ends with its footer');
    return {
      number: this.partNumber,
      size_bytes,
      records: this.#records,
      tombstones: this.#tombstones,
      firstKey: this.#firstKey,
      lastKey: this.#lastKey,
    };
  }

  /** Gives up and takes the file away, as far as the disk lets it. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await this.#disk.remove(this.#file.path).catch(() => undefined);
  }

  #finishPage(): Promise<void> | undefined {
    const page = this.#page.finish();
    return this.#mapped(firstKeyOf(page, this.#spec.keyBytes), this.#writePage('data', page));
  }

  #mapped(firstKey: Uint8Array, place: PagePlace | Promise<PagePlace>): Promise<void> | undefined {
    if (place instanceof Promise) return this.#mapLater(firstKey, place);
    this.#map.add(firstKey, place);
    return this.#output.isFull ? this.#output.drain() : undefined;
  }

  async #mapLater(firstKey: Uint8Array, place: Promise<PagePlace>): Promise<void> {
    this.#map.add(firstKey, await place);
  }

  #writePage(kind: PageKind, content: Uint8Array): PagePlace | Promise<PagePlace> {
    const compression = this.#compressionOf(kind);
    // The page writer goes on in the same memory: what is compressed on another thread must be a copy.
    const compressed = compressPage(content, compression);
    const page = { kind, content, compression };
    if (compressed instanceof Promise) return this.#writeLater(page, compressed);
    return this.#append({ ...page, compressed });
  }

  async #writeLater(
    page: Omit<PageToAppend, 'compressed'>,
    compressed: Promise<Uint8Array>,
  ): Promise<PagePlace> {
    const place = this.#append({ ...page, compressed: await compressed });
    if (this.#output.isFull) await this.#output.drain();
    return place;
  }

  #append(page: PageToAppend): PagePlace {
    const { offset, used } = this.#output;
    const bytes = this.#output.reserve(maxPageBytes(page.content.length));
    const size_bytes = framePage({ ...page, partNumber: this.partNumber, offset }, bytes, used);
    const { kind, compression } = page;
    const wasTried = compression !== 'none' && (kind === 'data' || kind === 'value');
    if (wasTried && !isCompressed(bytes, used)) this.#uncompressed[kind] = TRY_AGAIN_PAGES;
    this.#output.advance(size_bytes);
    return { offset, size_bytes };
  }

  #compressionOf(kind: PageKind): PageCompression {
    if (kind !== 'data' && kind !== 'value') return 'none';
    if (this.#uncompressed[kind] === 0) return this.#spec.compression;
    this.#uncompressed[kind] -= 1;
    return 'none';
  }

  #regionSince(offset: number): Region {
    return { offset, size_bytes: this.#output.offset - offset };
  }
}

/** For who makes pages to be added next: of a part that has `offset` bytes by now and becomes `part_bytes` large. */
export function aimAt(
  database: DatabaseName,
  partNumber: number,
  offset: number,
  part_bytes: number,
): SinkAim {
  const page_bytes = pageTargetBytes(DATABASES[database].compression);
  return { partNumber, offset, left_bytes: part_bytes - offset, page_bytes };
}

/** Of a data page: behind the count of shared bytes it stands whole. */
function firstKeyOf(page: Uint8Array, keyBytes: number): Uint8Array {
  const key = page.slice(1, 1 + keyBytes);
  key[keyBytes - 1] = (key[keyBytes - 1] as number) | 1;
  return key;
}
