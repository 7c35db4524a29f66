/** The columns of one open segment: its directory read once, each column unpacked when it is asked for and kept a while. */

import { must } from '../../base/index.ts';
import { packedWords } from '../bit-packing.ts';
import { PACKED_COLUMNS, type PackedColumnName } from '../packed-columns.ts';
import type { SegmentHead } from '../segment-format.ts';
import type { ColumnCache } from './column-cache.ts';
import {
  type ColumnEntry,
  readColumn,
  readDirectory,
  unpackStream,
  type WordSource,
} from './column-codec.ts';
import { type Column, columnBytes, type ColumnKey, keyText } from './column.ts';

/** What the head of a segment says of its columns. */
export type ColumnPlaces = Pick<SegmentHead, 'documents' | 'regions' | 'columns'>;

/** Keys of the cache below all places of columns. */
const DOC_IDS = -1;
const SITES = -2;

export class SegmentFields {
  readonly #cache: ColumnCache;
  readonly #source: WordSource;
  readonly #places: ColumnPlaces;
  #entries: ReadonlyMap<string, ColumnEntry> | undefined;

  constructor(cache: ColumnCache, source: WordSource, places: ColumnPlaces) {
    this.#cache = cache;
    this.#source = source;
    this.#places = places;
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
      const high = this.#fixed('docIdHigh');
      const low = this.#fixed('docIdLow');
      const value = Float64Array.from(high, (word, i) => word * 2 ** 32 + ((low[i] as number) >>> 0));
      return { value, size_bytes: value.byteLength };
    });
  }

  /** Site hashes by document. */
  sites(): Int32Array {
    return this.#cache.get(this, SITES, () => {
      const value = this.#fixed('site');
      return { value, size_bytes: value.byteLength };
    });
  }

  release(): void {
    this.#cache.forget(this);
  }

  /** A fixed column, unpacked. */
  #fixed(name: PackedColumnName): Int32Array {
    const { documents, regions, columns } = this.#places;
    const { least, width } = must(columns[PACKED_COLUMNS.indexOf(name)], 'a packed column');
    if (width === 0) return new Int32Array(documents).fill(least);
    const packed = this.#source.words(regions[name], packedWords(width, documents));
    return unpackStream(packed, width, documents).map((value) => value + least);
  }

  #column(entry: ColumnEntry): Column {
    return this.#cache.get(this, entry.place, () => {
      const value = readColumn(this.#source, entry, this.#places.documents);
      return { value, size_bytes: columnBytes(value) };
    });
  }

  get #directory(): ReadonlyMap<string, ColumnEntry> {
    this.#entries ??= new Map(
      (this.#places.regions.fields === 0 ? [] : readDirectory(this.#source, this.#places.regions.fields)).map(
        (entry) => [keyText(entry), entry],
      ),
    );
    return this.#entries;
  }
}
