/** Writes a part from front to back: pages as they fill, then maps, filter and footer. Nothing counts before it is adopted. */

import { assert } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { DATABASES, type DatabaseName, type DatabaseSpec } from './databases.ts';
import { DataPageWriter, type PageValue } from './data-page.ts';
import { buildFilter, hashKey, type KeyHash } from './key-filter.ts';
import type { PartEntry } from './manifest-state.ts';
import { encodePage, type PageKind, type PagePlace } from './page.ts';
import {
  encodeFooter,
  encodeMap,
  FOOTER_BYTES,
  MAP_PAGE_ENTRIES,
  MAX_INLINE_BYTES,
  PAGE_TARGET_BYTES,
  type Region,
} from './part-format.ts';

const WRITE_BUFFER_BYTES: number = 1024 * 1024;

interface MapEntry {
  readonly firstKey: Uint8Array;
  readonly place: PagePlace;
}

export class PartWriter {
  readonly #file: DiskFile;
  readonly #disk: Disk;
  readonly #partNumber: number;
  readonly #order: number;
  readonly #spec: DatabaseSpec;
  #page: DataPageWriter;
  #pageFirstKey: Uint8Array | undefined;
  #firstKey: Uint8Array | undefined;
  #lastKey: Uint8Array | undefined;
  readonly #map: MapEntry[] = [];
  readonly #hashes: KeyHash[] = [];
  #records = 0;
  #tombstones = 0;
  #content_bytes = 0;
  #buffered: Uint8Array[] = [];
  #buffered_bytes = 0;
  #offset = 0;

  private constructor(disk: Disk, file: DiskFile, partNumber: number, database: DatabaseName, order: number) {
    this.#order = order;
    this.#disk = disk;
    this.#file = file;
    this.#partNumber = partNumber;
    this.#spec = DATABASES[database];
    this.#page = new DataPageWriter(this.#spec.keyBytes);
  }

  /** `order` is that of the run which the part is for. */
  static async create(
    disk: Disk,
    path: string,
    partNumber: number,
    database: DatabaseName,
    order = 0,
  ): Promise<PartWriter> {
    return new PartWriter(disk, await disk.open(path, 'create'), partNumber, database, order);
  }

  /** Bytes written and gathered so far. */
  get size_bytes(): number {
    return this.#offset + this.#page.size_bytes;
  }

  get count(): number {
    return this.#records + this.#tombstones;
  }

  /** Adds the next key in order (tombstone bit set); without a value, a tombstone. */
  async add(key: Uint8Array, value: Uint8Array | undefined): Promise<void> {
    this.#firstKey ??= key.slice();
    this.#pageFirstKey ??= key.slice();
    this.#lastKey = key;
    this.#hashes.push(hashKey(key));
    this.#content_bytes += key.length + (value?.length ?? 0);
    if (value === undefined) this.#tombstones += 1;
    else this.#records += 1;
    this.#page.add(key, await this.#pageValue(value));
    if (this.#page.size_bytes >= PAGE_TARGET_BYTES) await this.#finishPage();
  }

  /** Writes what is left, syncs and closes. The name is durable once its directory is synced. */
  async finish(): Promise<PartEntry> {
    assert(this.#firstKey !== undefined && this.#lastKey !== undefined, 'a part holds something');
    if (this.#page.count > 0) await this.#finishPage();
    const data: Region = { offset: 0, size_bytes: this.#offset };
    const topMap: MapEntry[] = [];
    for (let i = 0; i < this.#map.length; i += MAP_PAGE_ENTRIES) {
      const entries = this.#map.slice(i, i + MAP_PAGE_ENTRIES);
      const firstKey = entries[0]?.firstKey ?? this.#firstKey;
      topMap.push({ firstKey, place: await this.#writePage('map', encodeMap(entries)) });
    }
    const map = this.#regionSince(data.size_bytes);
    await this.#writePage('topMap', encodeMap(topMap));
    const top = this.#regionSince(map.offset + map.size_bytes);
    const chunks = buildFilter(this.#hashes);
    for (const chunk of chunks) await this.#writePage('filter', chunk);
    const filter = this.#regionSince(top.offset + top.size_bytes);
    await this.#append(
      encodeFooter({
        database: this.#spec.number,
        keyBytes: this.#spec.keyBytes,
        order: this.#order,
        partNumber: this.#partNumber,
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
      }),
    );
    await this.#drain();
    await this.#file.sync();
    await this.#file.close();
    assert(this.#offset === filter.offset + filter.size_bytes + FOOTER_BYTES, 'a part ends with its footer');
    return {
      number: this.#partNumber,
      size_bytes: this.#offset,
      records: this.#records,
      tombstones: this.#tombstones,
      firstKey: this.#firstKey,
      lastKey: this.#lastKey.slice(),
    };
  }

  /** Gives up and takes the file away, as far as the disk lets it. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await this.#disk.remove(this.#file.path).catch(() => undefined);
  }

  async #pageValue(value: Uint8Array | undefined): Promise<PageValue> {
    if (value === undefined) return { kind: 'tombstone' };
    if (value.length <= MAX_INLINE_BYTES) return { kind: 'inline', bytes: value };
    const place = await this.#writePage('value', value);
    return { kind: 'stored', value_bytes: value.length, ...place };
  }

  async #finishPage(): Promise<void> {
    const firstKey = this.#pageFirstKey;
    assert(firstKey !== undefined, 'a page begins with a key');
    const page = this.#page;
    this.#page = new DataPageWriter(this.#spec.keyBytes);
    this.#pageFirstKey = undefined;
    this.#map.push({ firstKey, place: await this.#writePage('data', page.finish()) });
  }

  async #writePage(kind: PageKind, content: Uint8Array): Promise<PagePlace> {
    const offset = this.#offset;
    const isCompressible = kind === 'data' || kind === 'value';
    const compression = isCompressible ? this.#spec.compression : 'none';
    const bytes = await encodePage(kind, content, compression, this.#partNumber, offset);
    await this.#append(bytes);
    return { offset, size_bytes: bytes.length };
  }

  #regionSince(offset: number): Region {
    return { offset, size_bytes: this.#offset - offset };
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#buffered.push(bytes);
    this.#buffered_bytes += bytes.length;
    this.#offset += bytes.length;
    if (this.#buffered_bytes >= WRITE_BUFFER_BYTES) await this.#drain();
  }

  async #drain(): Promise<void> {
    const bytes = Buffer.concat(this.#buffered);
    const offset = this.#offset - this.#buffered_bytes;
    this.#buffered = [];
    this.#buffered_bytes = 0;
    if (bytes.length > 0) await this.#file.write(bytes, offset);
  }
}
