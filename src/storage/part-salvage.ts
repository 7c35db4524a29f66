/**
 * Saves what can be read of a damaged part: its entries in order, and the key ranges between them that are lost. Maps,
 * filter and footer are not needed for it, so that damage to those loses nothing.
 */

import type { DiskFile } from '../disk/index.ts';
import { DataPage, type PageEntry } from './data-page.ts';
import { DATABASES, type DatabaseName } from './databases.ts';
import { compareKeys, keyAfter, keyBefore } from './key-order.ts';
import type { PartEntry } from './manifest-state.ts';
import { readPage } from './page.ts';
import { scanPages } from './page-scan.ts';

export interface SavedEntry {
  readonly key: Uint8Array;
  /** Undefined: deleted. */
  readonly value: Uint8Array | undefined;
}

export interface KeyRange {
  readonly firstKey: Uint8Array;
  /** Inclusive. */
  readonly lastKey: Uint8Array;
}

/** Either an entry, or keys behind the entry before that can't be read. */
export type Salvage = { readonly entry: SavedEntry } | { readonly lost: KeyRange };

/** In key order. `part` says between which keys the part lies. */
export async function* salvagePart(
  file: DiskFile,
  database: DatabaseName,
  part: PartEntry,
): AsyncGenerator<Salvage> {
  const { keyBytes } = DATABASES[database];
  /** The least key that the next page may hold. */
  let next: Uint8Array | undefined = part.firstKey;
  /** Where the next page must begin, unless something is missing. */
  let expected = 0;
  for await (const { kind, place, content } of scanPages(file, part.number, part.size_bytes)) {
    if (kind !== 'data' && kind !== 'value') break;
    if (kind === 'value') {
      if (place.offset === expected) expected += place.size_bytes;
      continue;
    }
    const entries = entriesOf(content, keyBytes);
    const [first] = entries;
    if (first === undefined || next === undefined) continue;
    const isGap = place.offset !== startOfPages(entries, place.offset, expected);
    if (isGap && compareKeys(first.key, next) > 0)
      yield { lost: { firstKey: next, lastKey: keyBefore(first.key) } };
    for (const { key, value } of entries) {
      const saved = await savedValue(file, part.number, value);
      yield saved === 'lost' ? { lost: { firstKey: key, lastKey: key } } : { entry: { key, value: saved } };
      next = keyAfter(key);
    }
    expected = place.offset + place.size_bytes;
  }
  if (next !== undefined && compareKeys(next, part.lastKey) <= 0) {
    yield { lost: { firstKey: next, lastKey: part.lastKey } };
  }
}

/** The page's own offset where everything from `expected` up to it is accounted for by its values. */
function startOfPages(entries: readonly PageEntry[], offset: number, expected: number): number {
  let at = expected;
  const values = entries.flatMap(({ value }) => (value.kind === 'stored' ? [value] : []));
  // The scan has stepped over whole value pages already; those of this page that it could not read are named here.
  for (const value of values) if (value.offset === at) at += value.size_bytes;
  return at === offset ? offset : at;
}

function entriesOf(content: Uint8Array, keyBytes: number): PageEntry[] {
  try {
    return [...new DataPage(content, keyBytes).entries()];
  } catch {
    // A page with a right checksum that makes no sense: it says nothing.
    return [];
  }
}

async function savedValue(
  file: DiskFile,
  partNumber: number,
  value: PageEntry['value'],
): Promise<Uint8Array | undefined | 'lost'> {
  if (value.kind === 'tombstone') return undefined;
  if (value.kind === 'inline') return value.bytes;
  try {
    const bytes = await readPage(value, { file, partNumber, kind: 'value' });
    return bytes.length === value.value_bytes ? bytes : 'lost';
  } catch {
    return 'lost';
  }
}
