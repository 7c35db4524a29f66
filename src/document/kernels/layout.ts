/** Byte offsets of what the analysis of a document holds in its linear memory: state, two tables of words, the document. */

import type { i32 } from './types.ts';

/** Words of state. Where a document's areas begin, each as large as {@link S_TERM_LIMIT} and its like say. */
export const S_TEXT: i32 = 0;
/** Posted words: number and position, in turn. */
export const S_POSTINGS: i32 = 4;
/** By number of the word: how often it stands there, where its terms begin. */
export const S_WORDS: i32 = 8;
/** Ids of the terms, word by word. */
export const S_TERMS: i32 = 12;
/** By id of the term: {@link TERM_BYTES}. */
export const S_IDS: i32 = 16;
/** Ids by hash: open addressing, at most half full. */
export const S_PLACES: i32 = 20;
/** UTF-8 of words to suggest. */
export const S_LETTERS: i32 = 24;
/** Items that the areas hold. */
export const S_POSTING_COUNT: i32 = 28;
export const S_WORD_COUNT: i32 = 32;
export const S_TERM_COUNT: i32 = 36;
export const S_ID_COUNT: i32 = 40;
export const S_PLACE_MASK: i32 = 44;
export const S_LETTER_COUNT: i32 = 48;
/** Items that they have room for. */
export const S_POSTING_LIMIT: i32 = 52;
export const S_TERM_LIMIT: i32 = 56;
export const S_LETTER_LIMIT: i32 = 60;
/** Number of the document, to tell whose a word's number is. */
export const S_DOCUMENT: i32 = 64;
/** Position of the next word. */
export const S_POSITION: i32 = 68;
/** Position at which a document is full. */
export const S_LAST_POSITION: i32 = 72;
/** The table of words that is filled; the other one is asked first by the program around. */
export const S_TABLE: i32 = 76;
/** What {@link scan} says: where it goes on, and what it has met; units are counted from the start of the text. */
export const S_AT: i32 = 80;
export const S_START: i32 = 84;
export const S_END: i32 = 88;
export const S_HASH: i32 = 92;
/** Where the run ends that is read in pairs; 0 outside of one. */
export const S_RUN_END: i32 = 96;
/** Where the sorted document stands. */
export const S_HASHES: i32 = 100;
export const S_PLACE_OF: i32 = 104;
export const S_POSITION_STARTS: i32 = 108;
export const S_POSITIONS: i32 = 112;
export const S_LENGTHS: i32 = 116;
export const S_LETTERS_OUT: i32 = 120;
export const S_ORDER: i32 = 124;
export const S_BUCKETS: i32 = 128;
/** Positions of all terms together. */
export const S_POSITION_COUNT: i32 = 132;

/** Reading for the fingerprint: where it goes on, bytes written to S_FOLDED, words, of the open one its hash, of those before theirs. */
export const S_FOLDED: i32 = 136;
export const S_FOLD_AT: i32 = 140;
export const S_FOLD_USED: i32 = 144;
export const S_FOLD_WORDS: i32 = 148;
export const S_FOLD_IS_OPEN: i32 = 152;
export const S_FOLD_HASH: i32 = 156;
export const S_FOLD_LAST: i32 = 160;
export const S_FOLD_BEFORE: i32 = 164;
/** One less than the slots of SEEN that are in use, a power of two; whether 0 was met, which no slot holds. */
export const S_SEEN_MASK: i32 = 168;
export const S_SEEN_ZERO: i32 = 172;
/** Distinct shingles, those of them whose votes are still in narrow counters, and what they come to. */
export const S_SHINGLES: i32 = 176;
export const S_PENDING: i32 = 180;
export const S_LOW: i32 = 184;
export const S_HIGH: i32 = 188;
/** The lists of positions as they stand in an analysed document. */
export const S_LISTS: i32 = 192;
/** For each of 64 bits a narrow counter, a byte; then a word for each. */
export const VOTES: i32 = 256;
export const VOTE_COUNTS: i32 = 320;
export const VOTES_END: i32 = 576;

/** Words of the text that were read and are not posted yet, {@link MAX_BATCH} at most: where each begins and ends, and its hash. */
export const BATCH: i32 = 576;
export const BATCH_BYTES: i32 = 12;
export const MAX_BATCH: i32 = 16;
/** What was read ahead of them, so that it is read. */
export const S_AHEAD: i32 = 196;

/** By UTF-16 unit, what it is to the scan; filled by the program around as units are met. */
export const KINDS: i32 = 1024;
export const KINDS_BYTES: i32 = 65536;

/** Bits of kinds. A unit that was not looked at yet has none. */
export const UNSEEN: i32 = 0;
/** A letter or digit of one unit. */
export const OF_WORD: i32 = 1;
/** A digit is {@link OF_WORD} too. */
export const DIGIT: i32 = 3;
/** Parts words, whatever stands around it. */
export const PARTS: i32 = 4;
/** Parts words but for some: full stop, comma, apostrophes, `+`, `#`, `·`. */
export const SIGN: i32 = 8;
/** A Chinese or Japanese letter of one unit on which nothing hangs. */
export const PAIRED: i32 = 16;
/** To be looked at with what is around it. */
export const DEPENDS: i32 = 32;

/** By UTF-16 unit of a text as it is, two bytes: what it becomes in NFKC and lower case, {@link FOLD_UNSEEN} and so on. */
export const FOLDS: i32 = KINDS + KINDS_BYTES;
export const FOLDS_BYTES: i32 = 131072;
/** By UTF-16 unit of a text that is folded, a byte: {@link FOLD_UNSEEN} and so on. */
export const FOLDED_KINDS: i32 = FOLDS + FOLDS_BYTES;
export const FOLDED_KINDS_BYTES: i32 = 65536;
/** Shingles that were met: open addressing, four fifths full at most. */
export const SEEN: i32 = FOLDED_KINDS + FOLDED_KINDS_BYTES;
export const SEEN_BYTES: i32 = 262144;

/** Was not looked at yet. */
export const FOLD_UNSEEN: i32 = 0;
/** Is no part of a word. */
export const FOLD_PARTS: i32 = 1;
/** What it becomes hangs on its neighbours; whether it is part of a word, where the text is folded. */
export const FOLD_DEPENDS: i32 = 2;
/** Is part of a word of a folded text. */
export const FOLD_OF_WORD: i32 = 3;
/** Shingles that are looked at; more would not move a bit. */
export const MAX_SHINGLES: i32 = 20000;

/** Answers of {@link scan}. */
export const ENDED: i32 = 0;
/** The unit at S_START was not looked at yet. */
export const MET_UNIT: i32 = 1;
/** What stands at S_AT is to be read by the rules. */
export const MET_RULES: i32 = 2;
/** The word from S_START to S_END with S_HASH is in the table of words not yet. */
export const MET_WORD: i32 = 3;
/** The document has as many words as it may. */
export const FULL: i32 = 4;
/** The areas of the document are to be made larger. */
export const NO_ROOM: i32 = 5;

/** What a word adds at most: terms, and bytes of letters. */
export const MAX_WORD_TERMS: i32 = 32;
export const MAX_WORD_LETTERS: i32 = 128;

/** A table of words: how much of pool and letters is used, and how many words there are; then slots, pool, letters. */
export const POOL_USED: i32 = 0;
export const LETTERS_USED: i32 = 4;
export const WORDS_USED: i32 = 8;
export const SLOTS_AT: i32 = 64;
/** Place in the pool, and above it what the hash of the units with the language begins with: three quarters are taken at most. */
export const SLOT_COUNT: i32 = 131072;
export const SLOT_MASK: i32 = SLOT_COUNT - 1;
export const PLACE_BITS: i32 = 20;
/** Numbers of the pool: some 70,000 words. */
export const POOL_AT: i32 = SLOTS_AT + SLOT_COUNT * 4;
export const POOL_LENGTH: i32 = 1048576;
/** Numbers that a processor loads at once: what is read whenever a word is met lies in one such line. */
export const LINE: i32 = 16;
/** Bytes of what can be suggested of them. */
export const WORD_LETTERS_AT: i32 = POOL_AT + POOL_LENGTH * 4;
export const WORD_LETTERS_LENGTH: i32 = 786432;
export const TABLE_BYTES: i32 = WORD_LETTERS_AT + WORD_LETTERS_LENGTH;
export const FIRST_TABLE: i32 = SEEN + SEEN_BYTES;
export const SECOND_TABLE: i32 = FIRST_TABLE + TABLE_BYTES;
/** Where the areas of a document begin. */
export const DOCUMENT_AT: i32 = SECOND_TABLE + TABLE_BYTES;

/**
 * Where the parts of a word stand in the pool, in numbers from its place; then its units, two to a number, which are looked
 * at whenever the word is met, and behind them its terms, the surface form first, which are read once a document. Letters
 * are a place among those of the table.
 */
export const OWNER: i32 = 0;
/** How many terms it has, how many of them, the last ones, are parts of a name, which count once in a document; its letters. */
export const COUNTS: i32 = 1;
export const LETTERS: i32 = 2;
/** Its number among the words of the document of the owner. */
export const NUMBER: i32 = 3;
/** Number of its units and of the language. */
export const KEY: i32 = 4;
export const UNITS: i32 = 5;
/** Where the second and the third of the counts begin, of eight bits each. */
export const NAME_PARTS_SHIFT: i32 = 8;
export const LETTER_COUNT_SHIFT: i32 = 16;
export const COUNT_MASK: i32 = 255;
/** Of each term: low and high half of its hash. */
export const TERM_LENGTH: i32 = 2;
/** Bits of a key that hold the number of units. */
export const LENGTH_BITS: i32 = 8;
/** Longer words are mostly made up by machines and don't come again. */
export const MAX_REMEMBERED_LENGTH: i32 = 40;

/** A term of the document: low and high half of its hash, place and number of its letters. */
export const TERM_BYTES: i32 = 16;
export const TERM_HIGH: i32 = 4;
export const TERM_LETTERS: i32 = 8;
export const TERM_LETTER_COUNT: i32 = 12;
export const FIRST_PLACES: i32 = 4096;
