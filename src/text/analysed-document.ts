/** The analysed document: all that the index needs of it. What a batch carries; docs/formats/analysed-document.md. */

import type { DocumentField } from './document-fields.ts';

/**
 * Positions number the document's tokens from 0 in reading order: title, then body, then the fields beside the text
 * (URL words, meta, anchors). Zones partition the positions; a gap of {@link ZONE_GAP} positions stands between
 * zones, so that no phrase crosses one.
 */
export interface AnalysedDocument {
  /** Distinct term hashes (see text/term-hash), ascending as unsigned integers. */
  readonly termHashes: BigUint64Array;
  /** Term `i` occurs at `positions[positionStarts[i] … positionStarts[i + 1])`, ascending. One longer than the terms. */
  readonly positionStarts: Uint32Array;
  readonly positions: Uint32Array;
  /** Start position of each zone, ascending; a zone ends where the next begins. */
  readonly zoneStarts: Uint32Array;
  /** Field group of each zone. */
  readonly zoneGroups: Uint8Array;
  /** Tokens of each field group, by group number. */
  readonly fieldLengths: Uint32Array;
  /** Hashes of terms without positions: site, language, file type, … (see text/term-hash). Ascending. */
  readonly filterHashes: BigUint64Array;
  /** Columns for ranking, filtering, sorting. */
  readonly columns: DocumentColumns;
  /** What it can be filtered, sorted, counted and grouped by besides; none where absent. */
  readonly fields?: readonly DocumentField[];
  /** The letters of its words, for the side dictionary; none where absent. */
  readonly words?: TermWords;
  /** The lists of positions as they stand in its bytes, where who found them has written them already. */
  readonly lists?: Uint8Array;
}

/** Words of terms, in the order of the term hashes. */
export interface TermWords {
  /** Bytes of each term's word; 0 where the term is no word of the text, or none to suggest. */
  readonly lengths: Uint8Array;
  /** The words, UTF-8, one after the other. */
  readonly bytes: Uint8Array;
}

export interface DocumentColumns {
  /** Upper 32 bits of the hash of the registrable domain's host: groups results by site. */
  readonly siteHash: number;
  /** Number in text/languages; 0 = unknown. */
  readonly language: number;
  /** Minutes since 1970 when the page says it was published or changed; 0 = unknown. */
  readonly date_min: number;
  /** 0 … 255: rank from links and depth; 128 = unknown. */
  readonly rank: number;
  /** Links from the start page; 255 = unknown or more. */
  readonly depth: number;
  /** Upper 32 bits of the hash of the main text: equal text, equal number. */
  readonly contentHash: number;
}

/** Positions left free between two zones. */
export const ZONE_GAP = 16;
/** Tokens of a document beyond this are not indexed (and counted as truncated). */
export const MAX_POSITIONS = 1_000_000;
