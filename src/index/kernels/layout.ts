/** Where things stand in linear memory: byte offsets inside the structures that kernels and program share. */

import type { i32 } from './types.ts';

/** Above every document number: a list that has ended. */
export const END: i32 = 0x7fffffff;
/** Payload of a page in words of four bytes; two more hold the checksum. docs/formats/segment.md. */
export const PAGE_WORDS: i32 = 4094;
export const PAGE_SHIFT: i32 = 14;
export const BLOCK_SHIFT: i32 = 7;
export const BLOCK_POSTINGS: i32 = 128;
export const CHUNK_SHIFT: i32 = 6;
export const CHUNK_BLOCKS: i32 = 64;
/** Words of impacts that are written for each group of a long list and of its blocks. */
export const IMPACT_WORDS: i32 = 2;
/** Field group of menus and of what a site repeats, as text/ numbers it. */
export const MENU_GROUP: i32 = 8;
/** All groups: no mask to check. */
export const EVERY_GROUP: i32 = 0xffff;
/** One byte per frame of 16 KiB, set when the frame is used: the hand of the clock reads it. */
export const REFERENCED: i32 = 1024;
/** Behind the marks of frames: for each four bits, the bytes that bring the lanes they name to the front. */
export const SHUFFLES: i32 = 135168;
/** Behind these: for each byte, eight bytes with the zeros before each of its ones. */
export const ZEROS: i32 = 135424;
/** Behind these: sixteen places of 64 bytes, one a query thread. */
export const THREADS: i32 = 139264;
export const THREAD_BYTES: i32 = 64;
export const MOST_THREADS: i32 = 16;
/** Grows when the thread begins a search, when it ends it and when it holds no page's address between; odd inside. */
export const T_MOMENT: i32 = 0;
/** 1 where the search at hand is no longer wanted. */
export const T_CANCELLED: i32 = 4;
/** Documents in a window of the accumulating search: their sums fit into the first cache. */
export const WINDOW: i32 = 2048;
/** In a window of lists that have few of its documents, so that it holds a block of theirs or two. */
export const WIDE_WINDOW: i32 = 16_384;

// Segment descriptor. Regions are words from the start of the file.
export const SEGMENT_NUMBER: i32 = 0;
export const SEGMENT_TABLE: i32 = 4;
export const SEGMENT_DOCUMENTS: i32 = 8;
/** Address of the resident dictionary top: four words a leaf (hash high, hash low, word, records). */
export const SEGMENT_TOP: i32 = 12;
export const SEGMENT_LEAVES: i32 = 16;
/** Words of impacts for each group, of long lists and their blocks. */
export const SEGMENT_IMPACT_WORDS: i32 = 20;
export const SEGMENT_FILTER: i32 = 48;
export const SEGMENT_FILTER_BLOCKS: i32 = 52;
export const SEGMENT_ZONES: i32 = 60;
export const SEGMENT_POSTINGS: i32 = 64;
export const SEGMENT_POSITIONS: i32 = 68;
/** Sixteen words: column of length codes by field group, or −1 where all are zero. */
export const SEGMENT_LENGTHS: i32 = 80;
/** Packed columns: place, least value, shape. In the order of PACKED_COLUMNS. */
export const SEGMENT_DOC_ID_HIGH: i32 = 144;
export const SEGMENT_DOC_ID_LOW: i32 = 156;
export const SEGMENT_SITE: i32 = 168;
export const SEGMENT_CONTENT: i32 = 180;
export const SEGMENT_DATE: i32 = 192;
export const SEGMENT_RANKS: i32 = 204;
export const SEGMENT_ORDER: i32 = 216;
export const SEGMENT_ZONE_INDEX: i32 = 228;
export const COLUMN_LEAST: i32 = 4;
/** Bits of a value, and behind them, from these bits on, bit of the first value and bits from one value to the next. */
export const COLUMN_SHAPE: i32 = 8;
export const COLUMN_OFFSET_SHIFT: i32 = 8;
export const COLUMN_STRIDE_SHIFT: i32 = 16;
export const COLUMN_BYTES: i32 = 12;
export const SEGMENT_BYTES: i32 = 240;

// Dictionary record.
export const RECORD_BYTES: i32 = 24;
export const RECORD_KIND_SHIFT: i32 = 28;
export const LIST_INLINE: i32 = 1;
export const LIST_SHORT: i32 = 2;
export const LIST_LONG: i32 = 3;
/** On an inline record: the term has no frequency and no position. */
export const RECORD_BARE: i32 = 1 << 27;
/** On any other: documents that have the term in menus and nowhere else, at most so many. */
export const RECORD_MENU_ONLY: i32 = (1 << 28) - 1;

/** In the head of a long list, beside the mask of its groups: its documents stand as bits. */
export const LIST_HAS_BITS: i32 = 1 << 16;

// Cursor over one posting list.
export const C_SEGMENT: i32 = 0;
export const C_KIND: i32 = 4;
export const C_DF: i32 = 8;
/** Current document, −1 before the first, END after the last. */
export const C_DOC: i32 = 12;
/** Postings in the decoded block, place of the current one. */
export const C_COUNT: i32 = 16;
export const C_INDEX: i32 = 20;
/** Last document of the decoded block, −1 without one. */
export const C_BLOCK_LAST: i32 = 24;
export const C_BLOCKS: i32 = 28;
export const C_CHUNKS: i32 = 32;
/** Word of the chunk table: last documents, then places. */
export const C_CHUNK_TABLE: i32 = 36;
export const C_CHUNK: i32 = 40;
export const C_CHUNK_FIRST: i32 = 44;
export const C_CHUNK_LAST: i32 = 48;
export const C_CHUNK_COUNT: i32 = 52;
/** Block of the chunk at which searches begin. */
export const C_HINT: i32 = 56;
export const C_MASK: i32 = 60;
export const C_FREQUENCY_WORD: i32 = 64;
/** Four words: a byte of bit width for each group of the block, in group order. */
export const C_WIDTHS: i32 = 68;
export const C_LESS_ONE: i32 = 84;
/** Lower bits of a distance between positions. */
export const C_POSITION_WIDTH: i32 = 88;
export const C_POSITION_WORD: i32 = 92;
export const C_FREQUENCIES_READY: i32 = 96;
export const C_STARTS_READY: i32 = 100;
/** What stands at C_SCORES: 0 nothing, 1 scores, 2 weighed frequencies, of which scores can be made. */
export const C_SCORES_READY: i32 = 104;
export const C_INLINE_POSITION: i32 = 108;
export const C_IS_SCORED: i32 = 112;
/** Whether C_BLOCK_BOUNDS holds the bounds of the loaded chunk. */
export const C_BOUNDS_READY: i32 = 116;
export const C_ALPHA: i32 = 120;
export const C_BETA: i32 = 128;
/** Upper bounds of what the list adds to a score: anywhere, in the current window. */
export const C_BOUND: i32 = 136;
export const C_WINDOW_BOUND: i32 = 144;
/** Block within the whole list, for reading in order. */
export const C_ORDINAL: i32 = 152;
/** 1 where every match stands in the list: the cursor's places are in C_MATCHES. */
export const C_IS_CORE: i32 = 156;
export const C_DOCS: i32 = 160;
/** 129 words: number of occurrences before each posting of the block. */
export const C_STARTS: i32 = 672;
/** Word of the upper parts of positions up to which was counted, −1 before the first, and the parts that end before it. */
export const C_UPPER_WORD: i32 = 1188;
export const C_UPPER_BEFORE: i32 = 1192;
/** Sixteen arrays of 128 words, by group. */
export const C_FREQUENCIES: i32 = 1200;
export const C_SCORES: i32 = 9392;
export const C_LAST_DOCS: i32 = 10416;
export const C_BLOCK_WORDS: i32 = 10672;
export const C_POSITION_WORDS: i32 = 10928;
export const C_BLOCK_BOUNDS: i32 = 11184;
/** Word of the bits of the list's documents, one for each of the segment; 0 where these stand in its blocks. */
export const C_BITS: i32 = 11696;
/** 128 words: places in the block of the documents that all lists of a conjunction have. */
export const C_MATCHES: i32 = 11712;
/** Running sums of distances between positions: the first occurrence summed and the one behind the last, then they. */
export const C_SUMS_FIRST: i32 = 12480;
export const C_SUMS_PAST: i32 = 12484;
/** Occurrence behind those read last, −1 for none, and where its upper part begins: word, bit. */
export const C_NEXT: i32 = 12488;
export const C_NEXT_WORD: i32 = 12492;
export const C_NEXT_BIT: i32 = 12496;
/** Zero, then the sums, room for eight more behind them. */
export const C_SUMS_BASE: i32 = 12500;
export const C_SUMS: i32 = 12504;
export const WINDOW_SUMS: i32 = 64;
/** Room for the steps of unpacking them. */
export const C_ZEROS: i32 = 12792;
/** Twice room for as many positions, and eight more: where those of a phrase are found. */
export const C_FOUND: i32 = 13080;
export const FOUND_BYTES: i32 = 288;
/** Stands behind sums of which four are read at a time: above every position, far enough to be shifted. */
export const AFTER_SUMS: i32 = 0x40000000;
/** Words behind positions that are written, too. */
export const BEHIND_POSITIONS: i32 = 8;
/** Where the sums stand: at C_SUMS, or at C_WIDE_SUMS, which is an address; 0: there is no such room. */
export const C_SUMS_AT: i32 = 13656;
export const C_WIDE_SUMS: i32 = 13660;
/** No power of two: the same arrays of two cursors would contend for the same lines of the cache. */
export const CURSOR_BYTES: i32 = 13664;

// Room for running sums of many documents: a zero in the word before, the sums and eight more, room for unpacking them.
export const WIDE_SUMS: i32 = 16;
export const MOST_SUMS: i32 = 1024;
export const WIDE_ZEROS: i32 = 4144;
/** So many are unpacked at a time at most. */
export const UNPACKED_SUMS: i32 = 512;
export const WIDE_BYTES: i32 = 6224;
/** Lists of a query that have it, at most. */
export const MOST_WIDE: i32 = 16;

// Clause node.
export const N_KIND: i32 = 0;
export const N_COUNT: i32 = 4;
/** Cursor (term, filter), array of (cursor, offset) (phrase) or array of nodes (any). */
export const N_ITEMS: i32 = 8;
export const N_GROUPS: i32 = 12;
export const N_COST: i32 = 16;
export const NODE_BYTES: i32 = 24;
export const NODE_TERM: i32 = 0;
export const NODE_FILTER: i32 = 1;
export const NODE_PHRASE: i32 = 2;
export const NODE_ANY: i32 = 3;
/** All of its items. */
export const NODE_ALL: i32 = 4;
/** Not its only item. */
export const NODE_NOT: i32 = 5;
/** Two cursors whose positions are at most N_GROUPS apart, in any order. */
export const NODE_NEAR: i32 = 6;

// Query program.
export const P_SLOTS: i32 = 0;
/** Slot: hash high, hash low. Cursor `i` belongs to slot `i`. */
export const P_SLOT_TABLE: i32 = 4;
export const P_CURSORS: i32 = 8;
/** Cursors that score come first. */
export const P_SCORED: i32 = 12;
export const P_REQUIRED: i32 = 16;
export const P_REQUIRED_TABLE: i32 = 20;
export const P_EXCLUDED: i32 = 24;
export const P_EXCLUDED_TABLE: i32 = 28;
export const P_HEAP: i32 = 32;
export const P_HEAP_LIMIT: i32 = 36;
export const P_NORMS: i32 = 40;
export const P_ACCUMULATOR: i32 = 44;
/** Zero between windows: a byte a document, or a bit where documents are but counted. */
export const P_WINDOW_MARKS: i32 = 48;
export const P_ORDER: i32 = 52;
export const P_K1: i32 = 56;
export const P_EXHAUSTIVE: i32 = 64;
/** Results. */
export const P_HEAP_COUNT: i32 = 68;
export const P_MATCHES: i32 = 72;
export const P_PRUNED: i32 = 80;
export const P_PARTIAL: i32 = 84;
export const P_BLOCKS_READ: i32 = 88;
export const P_POSITIONS_READ: i32 = 92;
/** Address of bits, one a document of the segment, in which all matches are marked; 0: none wanted. */
export const P_COLLECT: i32 = 96;
/** Cursors of the lists that every match stands in, rarest first, and their number; found when a segment is begun. */
export const P_CORE: i32 = 100;
export const P_CORE_COUNT: i32 = 104;
/** Cursors of lists besides these that every match stands in, whose documents stand as bits and need no more than be there. */
export const P_PLAIN: i32 = 132;
export const P_PLAIN_COUNT: i32 = 136;
/** Clauses that such a document is still to be asked about, and their number. */
export const P_RESIDUE: i32 = 108;
export const P_RESIDUE_COUNT: i32 = 112;
/** Room for one block's survivors: documents, scores, places of those that are kept. */
export const P_SURVIVORS: i32 = 116;
export const SURVIVOR_SCORES: i32 = 576;
export const SURVIVOR_PLACES: i32 = 1600;
export const SURVIVOR_BYTES: i32 = 2176;
/** Room for the results, best first. */
export const P_RESULTS: i32 = 120;
/** Address of the best threshold of all threads that search parts of the segments, an f64; 0: no others. */
export const P_SHARED: i32 = 124;
/** Program of the second stage where that looks at all matches; 0: only the first. */
export const P_RESCORING: i32 = 128;
export const PROGRAM_BYTES: i32 = 144;

// Heap entry.
export const H_SCORE: i32 = 0;
export const H_SEGMENT: i32 = 8;
export const H_DOC: i32 = 12;
/** Upper half of the docId, −1 while nothing asked for it. */
export const H_ID_HIGH: i32 = 16;
export const HEAP_ENTRY_BYTES: i32 = 24;

// Result: what is told of one of the best documents.
export const R_SCORE: i32 = 0;
export const R_DOC_ID_HIGH: i32 = 8;
export const R_DOC_ID_LOW: i32 = 12;
/** Place of its segment in the list that was searched, number of the document in it. */
export const R_SEGMENT: i32 = 16;
export const R_DOC: i32 = 20;
export const R_SITE: i32 = 24;
export const R_CONTENT: i32 = 28;
export const R_RANKS: i32 = 32;
export const RESULT_BYTES: i32 = 40;

/** Norm tables: sixteen groups × 256 length codes, then the values of 256 frequency codes; f64 each. */
export const NORM_FREQUENCY_VALUES: i32 = 32768;
export const NORM_BYTES: i32 = 34816;

// Field: a column of values in the pages of a segment, and where a walk through its rows stands.
export const F_SEGMENT: i32 = 0;
/** Documents of the segment, and rows: those with a value. */
export const F_DOCUMENTS: i32 = 4;
export const F_ROWS: i32 = 8;
/** How it is said which documents these are, the word at which that stands, bits of a document's number in a list. */
export const F_PRESENCE: i32 = 12;
export const F_PRESENCE_WORD: i32 = 16;
export const F_PRESENCE_WIDTH: i32 = 20;
/** Place of each row's first value, one more than rows; a width of 0: each has one. */
export const F_STARTS: i32 = 24;
export const F_START_WIDTH: i32 = 28;
/** Places of the values in the dictionary, ascending within a row. */
export const F_ORDINALS: i32 = 32;
export const F_ORDINAL_WIDTH: i32 = 36;
/** Greatest place of the dictionary. */
export const F_LAST: i32 = 40;
/** 1 where a sort goes from the greatest value to the least. */
export const F_DESCENDING: i32 = 44;
/** Values in all. */
export const F_VALUES: i32 = 48;
/** The walk: 32 documents, and the rows before them; of a list the row at which it stands, and its document. */
export const F_GROUP: i32 = 52;
export const F_ROW: i32 = 56;
export const F_LISTED: i32 = 60;
/** The values that are unpacked: the first, the one behind the last. */
export const F_READ_FIRST: i32 = 64;
export const F_READ_PAST: i32 = 68;
/** Room for 34 numbers, and for 32. */
export const F_STARTS_READ: i32 = 72;
export const F_NUMBERS: i32 = 208;
/** How many runs of places are accepted, and, where these are few, the first and past of each. */
export const F_RUNS: i32 = 336;
export const F_RUN_PLACES: i32 = 340;
export const MOST_RUNS: i32 = 4;
export const FIELD_BYTES: i32 = 376;
export const PRESENT_EVERY: i32 = 0;
export const PRESENT_BITS: i32 = 1;
export const PRESENT_LIST: i32 = 2;

// Sort of the documents of a segment by fields.
export const S_SEGMENT: i32 = 0;
export const S_DOCUMENTS: i32 = 4;
/** Bits of the documents that are sorted. */
export const S_MATCHES: i32 = 8;
export const S_KEYS: i32 = 12;
export const S_FIELDS: i32 = 16;
export const S_LIMIT: i32 = 20;
/** Entries, and behind the last of them room for one more. */
export const S_ENTRIES: i32 = 24;
/** An entry that all are to come after, or 0. */
export const S_AFTER: i32 = 28;
/** Result: entries, the last in order first of all, 1 where time was over. */
export const S_COUNT: i32 = 32;
export const S_PARTIAL: i32 = 36;
export const SORT_BYTES: i32 = 40;

// Entry of a sort: then a rank for each key.
export const E_DOC: i32 = 0;
export const E_ID_HIGH: i32 = 4;
export const E_ID_LOW: i32 = 8;
export const E_RANKS: i32 = 12;
/** Above every rank: documents without the field. */
export const MISSING: i32 = 0x7fffffff;
