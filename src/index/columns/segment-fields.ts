/** The columns of one open segment: its directory read once, each column unpacked when it is asked for and kept a while. */

import { must } from '../../base/index.ts';
import { PACKED_COLUMNS, type PackedColumnName, strideWords, unpackRows } from '../packed-columns.ts';
import type { SegmentHead } from '../segment-format.ts';
import type { ColumnCache } from './column-cache.ts';
import {
  type ColumnEntry,
  readDictionaryOf,
  readDirectory,
  readRows,
  type WordSource,
} from './column-codec.ts';
import {
  type Column,
  type ColumnKey,
  type Dictionary,
  dictionaryBytes,
  keyText,
  rowBytes,
} from './column.ts';
import type { PackedField } from './packed-field.ts';

/** What the head of a segment says of its columns. */
export type ColumnPlaces = Pick<SegmentHead, 'documents' | 'regions' | 'columns'>;

/** Keys of the cache below all places of columns. */
const DOC_IDS = -1;
/** And so many below its place that of a column's dictionary. */
const DICTIONARIES = -3;
/** A multiple of 32, which begin with a word. */
const DOCUMENTS_AT_ONCE = 8192;
const NO_WORDS = new Int32Array(0);

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

  /** The same as kernels read it, its rows in their pages. */
  packed(key: ColumnKey): PackedField | undefined {
    const entry = this.#directory.get(keyText(key));
    return entry && { entry, dictionary: this.#dictionary(entry) };
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

  release(): void {
    this.#cache.forget(this);
  }

  /** A fixed column, unpacked. */
  #fixed(name: PackedColumnName): Int32Array {
    const { documents, regions, columns } = this.#places;
    const column = must(columns[PACKED_COLUMNS.indexOf(name)], 'a packed column');
    const values = new Int32Array(documents);
    for (let first = 0; first < documents; first += DOCUMENTS_AT_ONCE) {
      const count = Math.min(DOCUMENTS_AT_ONCE, documents - first);
      const from = regions[name] + strideWords(column.stride, first);
      const words =
        column.width === 0 ? NO_WORDS : this.#source.words(from, strideWords(column.stride, count));
      values.set(unpackRows(column, words, count), first);
    }
    return values;
  }

  #column(entry: ColumnEntry): Column {
    const { name, type, rows } = entry;
    const columns = this.#cache.get(this, entry.place, () => {
      const value = readRows(this.#source, entry, this.#places.documents);
      return { value, size_bytes: rowBytes(value) };
    });
    return { name, type, rows, ...columns, dictionary: this.#dictionary(entry) };
  }

  #dictionary(entry: ColumnEntry): Dictionary {
    return this.#cache.get(this, DICTIONARIES - entry.place, () => {
      const value = readDictionaryOf(this.#source, entry, this.#places.documents);
      return { value, size_bytes: dictionaryBytes(value) };
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
