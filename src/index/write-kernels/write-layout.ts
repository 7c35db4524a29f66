/** Where things stand in linear memory while a segment is written: byte offsets inside structures. */

import type { i32 } from '../kernels/types.ts';

// A buffer that grows: its address, its words, those that are used.
export const B_ADDRESS: i32 = 0;
export const B_WORDS: i32 = 4;
export const B_USED: i32 = 8;
export const BUFFER_BYTES: i32 = 16;

/** Occurrence of an inverted document: its distance from the position behind the one before, or from 0, with the field group above. */
export const POSITION_BITS: i32 = 20;
export const POSITION_MASK: i32 = (1 << POSITION_BITS) - 1;
/** Positions and zones of a document stand below. As MAX_POSITIONS in text/. */
export const POSITION_LIMIT: i32 = 1000000;

// Operation of the index as a batch carries it: docs/formats/index-operations.md.
/** Number of the index among derived states; one byte as a varint. */
export const OPERATION_STATE: i32 = 1;
export const OPERATION_VERSION: i32 = 1;
/** The kind of a put. */
export const OPERATION_IS_PUT: i32 = 1;
export const OPERATION_COLLECTION: i32 = 2;
export const OPERATION_DOC_ID: i32 = 6;
/** What stands before the document of a put. */
export const PUT_HEAD_BYTES: i32 = 14;

// Documents that wait to be inverted: buffers of their rows and of their columns, both further below.
export const P_ROWS: i32 = 0;
export const P_COLUMNS: i32 = 16;
/** Open table by docId: two words a place, number of the newest row + 1 (0 where there is none) and the lower half of the docId. */
export const P_PLACES: i32 = 32;
export const WAITING_BUFFERS: i32 = 3;
/** Documents of the table, and those of them whose newest row is a deletion. */
export const P_DOCUMENTS: i32 = 48;
export const P_DELETED: i32 = 52;
export const WAITING_BYTES: i32 = 56;

// Writer of lists: what it has written and not handed out, then the term and the block that are being written.
export const W_POSTINGS: i32 = 0;
export const W_POSITIONS: i32 = 16;
/** Six words a term: hash high and low, documents, place, extra, kind. */
export const W_RECORDS: i32 = 32;
/** Distances between positions of the block, each less one. */
export const W_GAPS: i32 = 48;
/** Two words a block table of the list: its last document, its place. */
export const W_TABLES: i32 = 64;
/** Bits of the documents of the term at hand. */
export const W_BITS: i32 = 80;
/** Buffers in a row from the writer's beginning. */
export const WRITER_BUFFERS: i32 = 6;
/** Word of the file at which the buffer of postings begins, and the one at which their region does. */
export const W_STREAM: i32 = 172;
export const W_REGION: i32 = 176;
/** Words of positions that were handed out. */
export const W_DRAINED: i32 = 180;
export const W_TERMS: i32 = 184;
export const W_OCCURRENCES: i32 = 96;
export const W_TERM_OCCURRENCES: i32 = 104;
export const W_HIGH: i32 = 112;
export const W_LOW: i32 = 116;
export const W_DF: i32 = 120;
/** Last document of the blocks written, −1 before the first. */
export const W_LAST: i32 = 124;
export const W_LIST_MASK: i32 = 128;
export const W_BLOCKS: i32 = 132;
/** Blocks that wait for their table, and the words of their impacts. */
export const W_TABLE_BLOCKS: i32 = 136;
export const W_TABLE_IMPACTS: i32 = 140;
export const W_COUNT: i32 = 144;
export const W_MASK: i32 = 148;
/** Lower bits of the block's distances between positions, once they are packed. */
export const W_POSITION_WIDTH: i32 = 152;
/** Found by measuring a block: bits of its documents, one occurrence taken off each frequency, words of its packed form. */
export const W_DOCUMENT_WIDTH: i32 = 156;
export const W_LESS_ONE: i32 = 160;
export const W_BLOCK_WORDS: i32 = 164;
/** Documents of the term's blocks so far that have it in menus and nowhere else. */
export const W_MENU_ONLY: i32 = 168;
/** Documents of the segment. */
export const W_DOCUMENTS: i32 = 188;
/** Sixteen words: address of the length codes of each field group, or 0. */
export const W_LENGTHS: i32 = 192;
/** 1 where the documents of the term stand as bits, once its list is a long one. */
export const W_HAS_BITS: i32 = 256;
/** Sixteen words: bits of the frequencies of each group, in the order of the mask. */
export const W_WIDTHS: i32 = 320;
/** Sixty-four words each: of the blocks that wait for their table. */
export const W_TABLE_LASTS: i32 = 448;
export const W_TABLE_WORDS: i32 = 704;
export const W_TABLE_POSITIONS: i32 = 960;
export const W_TABLE_MASKS: i32 = 1216;
export const W_DOCS: i32 = 5632;
export const W_DOC_GAPS: i32 = 6144;
/** Sixteen arrays of 128 words, by group. */
export const W_FREQUENCIES: i32 = 6656;
/** Two words for each of sixteen groups: impacts of the list, by group. */
export const W_LIST_IMPACTS: i32 = 14848;
/** The same of the block, in the order of the mask; one word for each group where the list is short. */
export const W_IMPACTS: i32 = 14976;
/** Up to 64 × 32 words. */
export const W_TABLE_IMPACT_WORDS: i32 = 15104;
/** A word for each code of a frequency: code of the shortest length that comes with it, and one; 0 where none does. */
export const W_SHORTEST: i32 = 23296;
/** Up to 256 pairs: code of a frequency, code of a length. */
export const W_POINTS: i32 = 24320;
export const POINT_BYTES: i32 = 8;
export const WRITER_BYTES: i32 = 26368;

// Inversion of documents.
/** Address of the documents' rows, see below. */
export const I_DOCUMENT_TABLE: i32 = 0;
/** Terms of the part at hand. */
export const I_TERM_COUNT: i32 = 4;
/** Postings are filed in parts by so many of the uppermost bits of their terms' hashes. */
export const I_PART_BITS: i32 = 8;
/** The parts that are filed at a time, one behind the other, see below. */
export const I_PARTS: i32 = 12;
/** Where encoding goes on: term in the order of hashes, its first posting, its first occurrence. */
export const I_RANK: i32 = 16;
export const I_POSTING: i32 = 20;
export const I_OCCURRENCE: i32 = 24;
/** The first of the parts that are filed at a time, and the one behind their last. */
export const I_FIRST_PART: i32 = 28;
export const I_PAST_PART: i32 = 160;
/** Open table: number of a term + 1 by hash. */
export const I_TABLE: i32 = 32;
export const I_TERMS: i32 = 48;
/** A byte a position: its field group. */
export const I_GROUPS: i32 = 64;
/** Numbers of terms in the order of their hashes; two words each while they are sorted. */
export const I_ORDER: i32 = 80;
export const I_SORTING: i32 = 96;
/** Two words a posting, terms in the order of their hashes: document, occurrences. */
export const I_POSTINGS: i32 = 112;
export const I_OCCURRENCES: i32 = 128;
/** Buffers that chunks of filed postings are cut from, each described here. */
export const I_PIECES: i32 = 144;
/** Nobody reads it: see file-postings.ts. */
export const I_TOUCHED: i32 = 164;
/** The first chunk that is free, which begins with the address of the next; 0 where none is. */
export const I_FREE_CHUNKS: i32 = 168;
/** The first of the buffers, and how many there are. */
export const I_BUFFERS: i32 = 32;
export const INVERSION_BUFFERS: i32 = 8;
export const INVERSION_BYTES: i32 = 172;

// Part that is being filed: where its next posting goes, as far as its chunk reaches, its first chunk, the document that was filed last.
export const P_AT: i32 = 0;
export const P_END: i32 = 4;
export const P_FIRST: i32 = 8;
export const P_DOCUMENT: i32 = 12;
export const PART_SHIFT: i32 = 4;

// Row of a document: what of it is to be filed next and where that ends, each an address.
/** Hash of a term. */
export const D_TERM: i32 = 0;
export const D_TERMS_END: i32 = 4;
/** Places of the term. */
export const D_POSTING: i32 = 8;
/** Length of the term's word, 0 where none has one, and the word. */
export const D_LENGTH: i32 = 12;
export const D_LETTER: i32 = 16;
export const D_FILTER: i32 = 20;
export const D_FILTERS_END: i32 = 24;
/** Before them stands, as before all sections, how many bytes they take. */
export const D_ZONES: i32 = 28;
/** Start of the last zone, with its field group above, as an occurrence has it. */
export const D_LAST_ZONE: i32 = 32;
/** What the row is: a sum of those below. */
export const D_STATE: i32 = 36;
/** Bytes of the document. */
export const D_SIZE: i32 = 40;
/** Address and bytes of its fields; 0 where it has none. */
export const D_FIELDS: i32 = 44;
export const D_FIELDS_SIZE: i32 = 48;
/** Its docId. */
export const D_LOW: i32 = 52;
export const D_HIGH: i32 = 56;
/** Word of the buffer of columns at which its own stand. */
export const D_COLUMNS: i32 = 60;
/** A line of the processor's cache. */
export const DOCUMENT_SHIFT: i32 = 6;
/** In D_STATE: the document came again later; it came before; it is to go. */
export const IS_OLD: i32 = 1;
export const IS_AGAIN: i32 = 2;
export const IS_DELETION: i32 = 4;

// Posting as it is filed: a head, the hash of its term (its lower half then the term's number, −1 where it does not count). Then
// follow the document, where the head does not say it, address and bytes of the term's word, where it has one, and the occurrences.
export const F_HEAD: i32 = 0;
export const F_LOW: i32 = 4;
export const F_HIGH: i32 = 8;
export const FILED_BYTES: i32 = 12;
/** In the head: the number of occurrences, a word each. */
export const F_COUNT: i32 = POSITION_MASK;
/** How far the document is from the one of the part's posting before, where that is less than so much. */
export const F_DISTANCE_SHIFT: i32 = 24;
export const F_FAR: i32 = 127;
/** There is a word. */
export const F_HAS_WORD: i32 = 1 << 31;
/** Instead of a head: the address at which the next chunk begins follows, 0 behind the last. */
export const F_LINK: i32 = -1;
export const F_NEXT: i32 = 4;
export const LINK_BYTES: i32 = 8;

// Term of an inversion.
export const T_LOW: i32 = 0;
export const T_HIGH: i32 = 4;
/** First the number, then the next place: of postings, of occurrences. */
export const T_POSTINGS: i32 = 8;
export const T_OCCURRENCES: i32 = 12;
/** Document that had it last + 1. */
export const T_DOCUMENT: i32 = 16;
/** Address and bytes of its word; 0 where it is none. */
export const T_LETTERS: i32 = 20;
export const T_LETTER_COUNT: i32 = 24;
export const TERM_SHIFT: i32 = 5;

// Columns of a document, in words; zones follow, start × 16 + field group each.
export const ROW_SITE: i32 = 0;
export const ROW_CONTENT: i32 = 1;
export const ROW_DATE: i32 = 2;
export const ROW_RANKS: i32 = 3;
/** Sixteen bytes: codes of the lengths of field groups. */
export const ROW_LENGTHS: i32 = 4;
export const ROW_ZONES: i32 = 8;
export const ROW_WORDS: i32 = 9;

// Merge of segments.
export const M_SOURCES: i32 = 0;
/** Source whose list is being copied, −1 between terms. */
export const M_CURRENT: i32 = 4;
/** Address of the cursor that reads. */
export const M_CURSOR: i32 = 8;
/** Distances between the positions of the block that is copied. */
export const M_POSITIONS: i32 = 16;
/** Address of the sources. */
export const M_TABLE: i32 = 32;
export const MERGE_BYTES: i32 = 64;
/** Source: segment, numbers of its documents (address), leaf, record in the leaf, records of the leaf, word of the leaf, then the record. */
export const S_SEGMENT: i32 = 0;
export const S_NUMBERS: i32 = 4;
export const S_LEAF: i32 = 8;
export const S_PLACE: i32 = 12;
export const S_RECORDS: i32 = 16;
export const S_WORD: i32 = 20;
export const S_RECORD: i32 = 24;
export const S_IS_DONE: i32 = 48;
export const SOURCE_SHIFT: i32 = 6;

// Tables that steps of 128 bits look up, behind those of kernels/layout.ts.
/** By whether each of eight bytes goes on: which of them make four numbers of one byte or two, a word each. */
export const WIDENINGS: i32 = 140288;
/** By the same: what the first, the first two, three and four numbers take, four bits each; 0 where one is longer. */
export const RUN_SIZES: i32 = 144384;
