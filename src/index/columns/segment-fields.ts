/** The columns of one open segment: its directory read once, each column unpacked when it is asked for and kept a while. */

import type { ColumnCache } from './column-cache.ts';
import { type ColumnEntry, readColumn, readDirectory, type WordSource } from './column-codec.ts';
import { type Column, columnBytes, type ColumnKey, keyText } from './column.ts';

/** Where fixed columns stand, which every segment has. */
export interface FixedColumns {
  readonly docIdHigh: number;
  readonly docIdLow: number;
  readonly site: number;
  /** Of the directory of fields; 0 where there are none. */
  readonly fields: number;
}

/** Keys of the cache below all places of columns. */
const DOC_IDS = -1;
const SITES = -2;

export class SegmentFields {
  readonly #cache: ColumnCache;
  readonly #source: WordSource;
  readonly #places: FixedColumns;
  readonly #documents: number;
  #entries: ReadonlyMap<string, ColumnEntry> | undefined;

  constructor(cache: ColumnCache, source: WordSource, places: FixedColumns, documents: number) {
    this.#cache = cache;
    this.#source = source;
    this.#places = places;
    this.#documents = documents;
  }

  get entries(): readonly ColumnEntry[] {
    return [...this.#directory.values()];
  }

  /** The column, or undefined where no document of the segment has the field. */
  get(key: ColumnKey): Column | undefined {
    const entry = this.#directory.get(keyText(key));
    return entry && this.#column(entry);
  }

  /** By document. */
  docIds(): Float64Array {
    return this.#cache.get(this, DOC_IDS, () => {
      const high = this.#source.words(this.#places.docIdHigh, this.#documents);
      const low = this.#source.words(this.#places.docIdLow, this.#documents);
      const value = Float64Array.from(high, (word, i) => word * 2 ** 32 + ((low[i] as number) >>> 0));
      return { value, size_bytes: value.byteLength };
    });
  }

  /** Site hashes by document. */
  sites(): Int32Array {
    return this.#cache.get(this, SITES, () => {
      const value = this.#source.words(this.#places.site, this.#documents);
      return { value, size_bytes: value.byteLength };
    });
  }

  release(): void {
    this.#cache.forget(this);
  }

  #column(entry: ColumnEntry): Column {
    return this.#cache.get(this, entry.place, () => {
      const value = readColumn(this.#source, entry, this.#documents);
      return { value, size_bytes: columnBytes(value) };
    });
  }

  get #directory(): ReadonlyMap<string, ColumnEntry> {
    this.#entries ??= new Map(
      (this.#places.fields === 0 ? [] : readDirectory(this.#source, this.#places.fields)).map((entry) => [
        keyText(entry),
        entry,
      ]),
    );
    return this.#entries;
  }
}
