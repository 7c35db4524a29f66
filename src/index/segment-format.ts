/** Bytes of a segment that are not postings: pages, head, regions. Layout: docs/formats/segment.md. */

import { hash64, PeregrineError } from '../base/index.ts';
import { IMPACT_WORDS } from './kernels/layout.ts';
import { PACKED_COLUMNS, type PackedColumn, placeColumns } from './packed-columns.ts';

export const PAGE_BYTES = 16_384;
/** The rest of a page is its checksum. */
const PAGE_PAYLOAD_BYTES = 16_376;
export const PAGE_WORDS = 4094;
/** "PSEG" as it stands in the file. */
const SEGMENT_MAGIC = 0x4745_5350;
export const SEGMENT_VERSION = 7;
/** Counts no documents that have a term in menus alone; versions before were never released. */
export const OLDEST_VERSION = 3;
/** Since this version columns share rows. */
const VERSION_WITH_ROWS = 5;
/** Since this version long lists and their blocks have two words of impacts for each group. */
const VERSION_WITH_FOUR_PAIRS = 6;
/** Words of the head, at the beginning of the first page. */
export const HEAD_WORDS = 96;
/** Regions are found by word: 8 GiB a segment. */
export const MAX_SEGMENT_WORDS: number = 2 ** 31 - 1;

/** Columns and regions by their place in the head. Numbers never change; 0 where a segment lacks the region. */
const REGIONS = [
  'docIdHigh',
  'docIdLow',
  'site',
  'content',
  'date',
  'ranks',
  'order',
  'filter',
  'zoneIndex',
  'zones',
  'postings',
  'positions',
  'dictionary',
  'top',
  'fields',
  'words',
] as const;
export type RegionName = (typeof REGIONS)[number];

/** What the head of a segment says. Regions are words from the start of the file. */
export interface SegmentHead {
  readonly version: number;
  readonly documents: number;
  readonly terms: number;
  readonly leaves: number;
  readonly filterWords: number;
  /** All occurrences of all terms. */
  readonly occurrences: number;
  readonly pages: number;
  readonly leastDocId: number;
  readonly greatestDocId: number;
  readonly regions: Readonly<Record<RegionName, number>>;
  /** Of the packed columns, in their order. */
  readonly columns: readonly PackedColumn[];
  /** Column of length codes by field group; −1 where no document has the field. */
  readonly lengths: readonly number[];
  /** Tokens by field group over all documents. */
  readonly fieldTotals: readonly number[];
}

const WIDTHS_AT = 14;
const REGIONS_AT = 20;
const LENGTHS_AT = 40;
const TOTALS_AT = 56;
const LEASTS_AT = 88;
export const FIELD_COLUMNS = 16;

export function encodeHead(head: SegmentHead): Int32Array {
  const words = new Int32Array(HEAD_WORDS);
  const view = new DataView(words.buffer);
  const u32 = (word: number, value: number): void => view.setUint32(word * 4, value, true);
  const f64 = (word: number, value: number): void => view.setFloat64(word * 4, value, true);
  u32(0, SEGMENT_MAGIC);
  u32(1, head.version);
  u32(2, head.documents);
  u32(3, head.terms);
  u32(4, head.leaves);
  u32(5, head.filterWords);
  u32(6, head.pages);
  f64(8, head.leastDocId);
  f64(10, head.greatestDocId);
  f64(12, head.occurrences);
  REGIONS.forEach((name, i) => u32(REGIONS_AT + i, head.regions[name]));
  PACKED_COLUMNS.forEach((_, i) => {
    const { least = 0, width = 0 } = head.columns[i] ?? {};
    view.setUint8(WIDTHS_AT * 4 + i, width);
    view.setInt32((LEASTS_AT + i) * 4, least, true);
  });
  for (let group = 0; group < FIELD_COLUMNS; group++) {
    view.setInt32((LENGTHS_AT + group) * 4, head.lengths[group] ?? -1, true);
    f64(TOTALS_AT + group * 2, head.fieldTotals[group] ?? 0);
  }
  return words;
}

/** Reads the head out of the first page, whose checksum was found right. */
export function decodeHead(page: Uint8Array, file: string): SegmentHead {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const u32 = (word: number): number => view.getUint32(word * 4, true);
  const f64 = (word: number): number => view.getFloat64(word * 4, true);
  if (u32(0) !== SEGMENT_MAGIC) throw corruptSegment(file, 0, 'it begins with other bytes');
  const version = u32(1);
  if (version < OLDEST_VERSION || version > SEGMENT_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `The segment ${file} has version ${version}; this program reads ${OLDEST_VERSION} to ${SEGMENT_VERSION}.`,
      { file, version },
    );
  }
  const groups = Array.from({ length: FIELD_COLUMNS }, (_, group) => group);
  return {
    version,
    documents: u32(2),
    terms: u32(3),
    leaves: u32(4),
    filterWords: u32(5),
    pages: u32(6),
    leastDocId: f64(8),
    greatestDocId: f64(10),
    occurrences: f64(12),
    regions: Object.fromEntries(REGIONS.map((name, i) => [name, u32(REGIONS_AT + i)])) as Record<
      RegionName,
      number
    >,
    columns: placeColumns(
      PACKED_COLUMNS.map((_, i) => ({
        least: view.getInt32((LEASTS_AT + i) * 4, true),
        width: view.getUint8(WIDTHS_AT * 4 + i),
      })),
      version < VERSION_WITH_ROWS ? [] : undefined,
    ),
    lengths: groups.map((group) => view.getInt32((LENGTHS_AT + group) * 4, true)),
    fieldTotals: groups.map((group) => f64(TOTALS_AT + group * 2)),
  };
}

/** Words of impacts for each field group, of long lists and their blocks. */
export function impactWordsOf({ version }: Pick<SegmentHead, 'version'>): number {
  return version < VERSION_WITH_FOUR_PAIRS ? 1 : IMPACT_WORDS;
}

/** Checksum of a page: XXH64 of its payload, with the page's number mixed in so that no page stands for another. */
function pageChecksum(page: Uint8Array, number: number): bigint {
  return hash64(page.subarray(0, PAGE_PAYLOAD_BYTES)) ^ BigInt(number);
}

export function sealPage(page: Uint8Array, number: number): void {
  new DataView(page.buffer, page.byteOffset, page.byteLength).setBigUint64(
    PAGE_PAYLOAD_BYTES,
    pageChecksum(page, number),
    true,
  );
}

/** Throws `CORRUPT` naming file and page where the checksum does not match. */
export function checkPage(page: Uint8Array, number: number, file: string): void {
  const stored = new DataView(page.buffer, page.byteOffset, page.byteLength).getBigUint64(
    PAGE_PAYLOAD_BYTES,
    true,
  );
  if (stored !== pageChecksum(page, number))
    throw corruptSegment(file, number, 'its checksum does not match');
}

export function corruptSegment(file: string, page: number, why: string): PeregrineError {
  return new PeregrineError(
    'CORRUPT',
    `Page ${page} of the index segment ${file} can't be read: ${why}. Rebuild the index from the stored documents.`,
    { file, page, offset: page * PAGE_BYTES },
  );
}
