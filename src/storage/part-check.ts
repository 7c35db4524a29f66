/**
 * Looks whether a part is what it should be, without any reader's cache: footer against manifest, map against pages,
 * order, counts, filter, owners. What can't be read is noted with its keys, and the look goes on behind it.
 */

import { isPeregrineError, messageOf, PeregrineError, type Random, type Slot } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';
import { DataPage, type PageEntry } from './data-page.ts';
import { DATABASES, type DatabaseName } from './databases.ts';
import { filterChunkOf, hashKey, mayHold } from './key-filter.ts';
import { compareKeys, keyBefore, keyText } from './key-order.ts';
import type { PartEntry } from './manifest-state.ts';
import { type PageContext, type PageKind, type PagePlace, readPage } from './page.ts';
import { decodeFooter, FOOTER_BYTES, PageMap, type PartFooter, type Region } from './part-format.ts';
import { type MappedPage, sampleOf } from './page-sample.ts';
import type { ReadPriority } from './retry-policy.ts';
import type { RetryingReads } from './retrying-reads.ts';
import {
  MAX_PROBLEMS,
  type PartReport,
  type ProblemKind,
  type VerifyDepth,
  type VerifyProblem,
} from './verify-report.ts';

export interface SlotRange {
  readonly first: Slot;
  readonly last: Slot;
}

export interface PartCheckOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly database: DatabaseName;
  readonly run: number;
  readonly entry: PartEntry;
  /** Entries at or below this key have moved on to a merge's target. */
  readonly consumed?: Uint8Array | undefined;
  readonly slots: SlotRange;
  readonly depth: VerifyDepth;
  readonly reads: RetryingReads;
  /** Default `background`: a disk that stumbles has time to come back. */
  readonly priority?: ReadPriority;
  /** Picks the pages of a sample. */
  readonly random: Random;
  /** Called behind every read; where it waits, the check waits. A rejection ends the check. */
  readonly afterRead?: (size_bytes: number) => Promise<void>;
}

/** Never rejects for damage, only for what {@link PartCheckOptions.afterRead} throws. */
export async function checkPart(options: PartCheckOptions): Promise<PartReport> {
  return new PartCheck(options).run();
}

class PartCheck {
  readonly #options: PartCheckOptions;
  readonly #keyBytes: number;
  readonly #problems: VerifyProblem[] = [];
  #problemCount = 0;
  #file: DiskFile | undefined;
  #filter: (Uint8Array | undefined)[] = [];
  #pages = 0;
  #read_bytes = 0;
  #entries = 0;
  #tombstones = 0;
  #own = 0;
  /** Everything that the footer counts, moved on or not. */
  readonly #all = { records: 0, tombstones: 0, content_bytes: 0 };
  #isAllRead = true;
  #previousKey: Uint8Array | undefined;
  /** Where the next page must begin: pages lie one behind the other. */
  #nextOffset = 0;

  constructor(options: PartCheckOptions) {
    this.#options = options;
    this.#keyBytes = DATABASES[options.database].keyBytes;
  }

  async run(): Promise<PartReport> {
    try {
      if (await this.#open()) await this.#look();
    } finally {
      await this.#file?.close().catch(() => undefined);
    }
    const { path, database, entry, run } = this.#options;
    return {
      file: path,
      database,
      partNumber: entry.number,
      run,
      size_bytes: entry.size_bytes,
      pages: this.#pages,
      read_bytes: this.#read_bytes,
      entries: this.#entries,
      tombstones: this.#tombstones,
      own: this.#own,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  async #open(): Promise<boolean> {
    const { disk, path, entry } = this.#options;
    try {
      this.#file = await this.#patiently(() => disk.open(path, 'read'));
      const file = this.#file;
      const size_bytes = await this.#patiently(() => file.size());
      if (size_bytes !== entry.size_bytes) {
        this.#note('length', `it has ${size_bytes} bytes, not ${entry.size_bytes}`, this.#wholeRange());
      }
      return true;
    } catch (error) {
      const kind = isPeregrineError(error, 'NOT_FOUND') ? 'missing' : 'unreadable';
      const what = kind === 'missing' ? 'the file is missing' : `it can't be opened (${messageOf(error)})`;
      this.#note(kind, what, this.#wholeRange());
      return false;
    }
  }

  async #look(): Promise<void> {
    const footer = await this.#footer();
    if (footer === undefined || this.#options.depth === 'quick') return;
    const isDeep = this.#options.depth === 'deep';
    await this.#readFilter(footer, isDeep);
    const pages = await this.#mappedPages(footer, isDeep);
    if (pages === undefined) return;
    for (const page of isDeep ? pages : sampleOf(pages, this.#options.random)) {
      await this.#lookAtData(page, isDeep);
    }
    if (isDeep) this.#compareCounts(footer);
    this.#noteOwners();
  }

  async #footer(): Promise<PartFooter | undefined> {
    const { path, entry, database } = this.#options;
    const offset = Math.max(0, entry.size_bytes - FOOTER_BYTES);
    const whole = { ...this.#wholeRange(), offset, size_bytes: FOOTER_BYTES };
    let footer: PartFooter;
    try {
      const bytes = new Uint8Array(FOOTER_BYTES);
      const count = await this.#read(bytes, offset);
      footer = decodeFooter(bytes.subarray(0, count), path, offset);
    } catch (error) {
      if (isCalledOff(error)) throw error;
      this.#note(isPeregrineError(error, 'IO') ? 'unreadable' : 'footer', messageOf(error), whole);
      return undefined;
    }
    this.#pages += 1;
    const said = [DATABASES[database].number, this.#keyBytes, entry.number];
    const found = [footer.database, footer.keyBytes, footer.partNumber];
    if (said.some((value, i) => value !== found[i])) {
      this.#note('manifest', 'it is another part than the manifest names', whole);
      return undefined;
    }
    const isCounted = footer.records === entry.records && footer.tombstones === entry.tombstones;
    const hasKeys =
      compareKeys(footer.firstKey, entry.firstKey) === 0 && compareKeys(footer.lastKey, entry.lastKey) === 0;
    if (!isCounted || !hasKeys)
      this.#note('manifest', 'its footer says other counts or keys than the manifest');
    const end = [footer.data, footer.map, footer.topMap, footer.filter].reduce(
      (at, { offset: begin, size_bytes }) => (begin === at ? at + size_bytes : Number.NaN),
      0,
    );
    if (end !== offset) {
      this.#note('footer', 'its regions do not lie side by side', whole);
      return undefined;
    }
    return footer;
  }

  async #readFilter({ filter, filterChunks }: PartFooter, isDeep: boolean): Promise<void> {
    const size_bytes = filter.size_bytes / filterChunks;
    const count = isDeep ? filterChunks : Math.min(1, filterChunks);
    for (let i = 0; i < count; i++) {
      const place = { offset: filter.offset + i * size_bytes, size_bytes };
      // Without its filter a part answers more slowly, not wrongly: no keys are lost.
      this.#filter[i] = await this.#page('filter', place);
    }
  }

  /** Every data page that the maps name; undefined where the top map can't be read. */
  async #mappedPages(footer: PartFooter, isDeep: boolean): Promise<MappedPage[] | undefined> {
    const topMap = await this.#map('topMap', footer.topMap, footer.firstKey, footer.lastKey);
    if (topMap === undefined) return undefined;
    const pages: MappedPage[] = [];
    let at = footer.map.offset;
    const first = isDeep ? 0 : this.#options.random.below(topMap.count);
    const behind = isDeep ? topMap.count : first + 1;
    for (let i = first; i < behind; i++) {
      const place = topMap.place(i);
      const firstKey = topMap.firstKey(i) ?? footer.firstKey;
      const next = topMap.firstKey(i + 1);
      const lastKey = next === undefined ? footer.lastKey : keyBefore(next);
      if (isDeep && place.offset !== at) this.#note('map', `map page ${i} is said to be elsewhere`, place);
      at = place.offset + place.size_bytes;
      const map = await this.#map('map', place, firstKey, lastKey);
      if (map === undefined) {
        this.#isAllRead = false;
        this.#nextOffset = Number.NaN;
        continue;
      }
      for (let index = 0; index < map.count; index++) {
        const following = map.firstKey(index + 1);
        pages.push({
          place: map.place(index),
          firstKey: map.firstKey(index) ?? firstKey,
          lastKey: following === undefined ? lastKey : keyBefore(following),
        });
      }
    }
    return pages;
  }

  async #map(
    kind: 'map' | 'topMap',
    place: PagePlace,
    firstKey: Uint8Array,
    lastKey: Uint8Array,
  ): Promise<PageMap | undefined> {
    const content = await this.#page(kind, place, firstKey, lastKey);
    if (content === undefined) return undefined;
    const map = new PageMap(content, this.#keyBytes);
    const range = { ...place, ...rangeOf(firstKey, lastKey) };
    if (map.count === 0 || content.length !== map.stride_bytes * map.count) {
      this.#note('map', `a ${kind} page holds no whole number of entries`, range);
      return undefined;
    }
    if (compareKeys(map.firstKey(0) ?? firstKey, firstKey) !== 0) {
      this.#note('map', `a ${kind} page begins with another key than is said of it`, range);
    }
    for (let i = 1; i < map.count; i++) {
      const [before, key] = [map.firstKey(i - 1), map.firstKey(i)];
      if (before !== undefined && key !== undefined && compareKeys(before, key) < 0) continue;
      this.#note('order', `entries of a ${kind} page are out of order`, range);
      break;
    }
    return map;
  }

  async #lookAtData({ place, firstKey, lastKey }: MappedPage, isDeep: boolean): Promise<void> {
    const range = (): NotedRange => ({ ...place, ...rangeOf(firstKey, lastKey) });
    const content = await this.#page('data', place, firstKey, lastKey);
    if (content === undefined) {
      this.#isAllRead = false;
      // Where its value pages begin, and so how far back they reach, is not known now.
      this.#nextOffset = place.offset + place.size_bytes;
      this.#previousKey = lastKey;
      return;
    }
    let entries: PageEntry[];
    try {
      entries = [...new DataPage(content, this.#keyBytes).entries()];
    } catch (error) {
      this.#note('page', messageOf(error), range);
      this.#isAllRead = false;
      return;
    }
    if (entries[0] === undefined || compareKeys(entries[0].key, firstKey) !== 0) {
      this.#note('map', 'a data page begins with another key than its map says', range);
    }
    for (const entry of entries) {
      if (compareKeys(entry.key, lastKey) > 0)
        this.#note('order', 'a key stands in a page before its own', range);
      await this.#lookAtEntry(entry, place, isDeep);
    }
    if (isDeep) this.#expectPlace(place);
    if (!isDeep) this.#previousKey = undefined;
  }

  async #lookAtEntry({ key, value }: PageEntry, place: PagePlace, isDeep: boolean): Promise<void> {
    const at = (): NotedRange => ({ ...place, ...rangeOf(key, key) });
    if (this.#previousKey !== undefined && compareKeys(this.#previousKey, key) >= 0) {
      this.#note('order', 'keys are out of order', at);
    }
    this.#previousKey = key;
    const hash = hashKey(key);
    const chunk = this.#filter[filterChunkOf(hash, Math.max(1, this.#filter.length))];
    if (isDeep && chunk !== undefined && !mayHold(chunk, hash)) {
      this.#note('filter', 'the filter denies a key that is there', at);
    }
    let value_bytes = value.kind === 'inline' ? value.bytes.length : 0;
    if (value.kind === 'stored') {
      value_bytes = value.value_bytes;
      if (isDeep) this.#expectPlace(value);
      const bytes = await this.#page('value', value, key, key);
      if (bytes !== undefined && bytes.length !== value_bytes) {
        this.#note('page', 'a value has another length than its key says', {
          ...value,
          ...rangeOf(key, key),
        });
      }
    }
    if (value.kind === 'tombstone') this.#all.tombstones += 1;
    else this.#all.records += 1;
    this.#all.content_bytes += key.length + value_bytes;
    this.#count(key, value.kind === 'tombstone');
  }

  #count(key: Uint8Array, isTombstone: boolean): void {
    const { consumed, slots } = this.#options;
    if (consumed !== undefined && compareKeys(key, consumed) <= 0) return;
    const slot = ((key[0] ?? 0) << 8) | (key[1] ?? 0);
    this.#entries += 1;
    if (isTombstone) this.#tombstones += 1;
    if (slot >= slots.first && slot <= slots.last) this.#own += 1;
  }

  /** Every byte of the data region belongs to a page that something points to. */
  #expectPlace({ offset, size_bytes }: PagePlace): void {
    if (!Number.isNaN(this.#nextOffset) && offset !== this.#nextOffset) {
      this.#note('map', `there is a page at ${this.#nextOffset} that nothing points to`, {
        offset,
        size_bytes,
      });
    }
    this.#nextOffset = offset + size_bytes;
  }

  #compareCounts(footer: PartFooter): void {
    if (!this.#isAllRead) return;
    for (const name of ['records', 'tombstones', 'content_bytes'] as const) {
      if (this.#all[name] === footer[name]) continue;
      this.#note('counts', `there are ${this.#all[name]} ${name}, not ${footer[name]} as its footer says`);
    }
    const last = this.#previousKey;
    if (last !== undefined && compareKeys(last, footer.lastKey) !== 0) {
      this.#note('counts', 'it ends with another key than its footer says');
    }
  }

  #noteOwners(): void {
    if (this.#own === this.#entries) return;
    this.#note('owner', `of ${this.#entries} records only ${this.#own} belong to this shard`);
  }

  /** The content of a page; undefined, and noted, where it is damaged. */
  async #page(
    kind: PageKind,
    place: PagePlace | Region,
    firstKey?: Uint8Array,
    lastKey?: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const { path, entry } = this.#options;
    const file = { path, read: (into: Uint8Array, offset: number) => this.#read(into, offset) };
    const context: PageContext = { file, partNumber: entry.number, kind, firstKey, lastKey };
    try {
      const content = await readPage(place, context);
      this.#pages += 1;
      return content;
    } catch (error) {
      if (isCalledOff(error) || !isPeregrineError(error)) throw error;
      const range = firstKey === undefined || lastKey === undefined ? {} : rangeOf(firstKey, lastKey);
      const at = { offset: place.offset, size_bytes: place.size_bytes, ...range };
      this.#note(error.code === 'CORRUPT' ? 'page' : 'unreadable', error.message, at);
      return undefined;
    }
  }

  async #read(into: Uint8Array, offset: number): Promise<number> {
    const file = this.#file;
    if (file === undefined) throw new PeregrineError('CLOSED', `${this.#options.path} is not open.`);
    const count = await this.#patiently(() => file.read(into, offset));
    this.#read_bytes += count;
    await this.#options.afterRead?.(count);
    return count;
  }

  #patiently<T>(read: () => Promise<T>): Promise<T> {
    const { reads, path, priority = 'background' } = this.#options;
    return reads.withRetries(read, { priority, file: path });
  }

  #wholeRange(): Pick<VerifyProblem, 'firstKey' | 'lastKey'> {
    const { firstKey, lastKey } = this.#options.entry;
    return rangeOf(firstKey, lastKey);
  }

  #note(kind: ProblemKind, what: string, at: NotedRange | (() => NotedRange) = {}): void {
    this.#problemCount += 1;
    if (this.#problems.length >= MAX_PROBLEMS) return;
    const { offset, size_bytes, firstKey, lastKey } = typeof at === 'function' ? at() : at;
    this.#problems.push({ kind, file: this.#options.path, what, offset, size_bytes, firstKey, lastKey });
  }
}

/** Where a problem is; keys are written out only for those that there are. */
type NotedRange = Pick<VerifyProblem, 'offset' | 'size_bytes' | 'firstKey' | 'lastKey'>;

/** Whoever waits for the check wants it no more: that says nothing of the part. */
function isCalledOff(error: unknown): boolean {
  return !isPeregrineError(error) || error.code === 'CANCELLED' || error.code === 'CLOSED';
}

function rangeOf(firstKey: Uint8Array, lastKey: Uint8Array): NotedRange {
  return { firstKey: keyText(firstKey), lastKey: keyText(lastKey) };
}
