/** What the second stage of ranking shares with its kernels: where things stand in linear memory, and the numbers of its features. */

import type { f64, i32 } from './types.ts';

/** Field group of titles, as text/ numbers it. */
export const TITLE_GROUP: i32 = 1;
/** Occurrences of one term that closeness looks at: the first so many. */
export const MOST_POSITIONS: i32 = 4096;
/** Tokens at the beginning of the text that are early. */
export const EARLY_TOKENS: i32 = 16;
export const WINDOW_TOKENS: i32 = 64;
export const NEAR_TOKENS: i32 = 8;
/** Distance in tokens from which two words count nothing for each other. */
export const APART_TOKENS: i32 = 64;
/** Occurrences of a pair, and of the whole query in order, at which the bonus is half of what it can be. */
export const PAIR_SATURATION: f64 = 1.2;
export const PHRASE_SATURATION: f64 = 0.5;
/** Share of neighbours in order; the rest is for any order nearby. */
export const ORDERED_SHARE: f64 = 0.75;

// Program of the second stage.
export const Q_TERMS: i32 = 0;
/** Pairs of the upper and the lower half of each term's hash, and a cursor for each. */
export const Q_HASHES: i32 = 4;
export const Q_CURSORS: i32 = 8;
/** Segment in which the cursors stand, and the document at which they do. */
export const Q_SEGMENT: i32 = 12;
export const Q_DOC: i32 = 16;
/** By term: f64 of its idf times its weight; its place in the query. */
export const Q_MASSES: i32 = 20;
export const Q_PLACES: i32 = 24;
/** Numbers of the terms whose closeness to each other is looked at. */
export const Q_CLOSE: i32 = 28;
export const Q_CLOSE_COUNT: i32 = 32;
export const Q_TABLES: i32 = 36;
/** Room for the positions of each term, and for those of a phrase behind. */
export const Q_POSITIONS: i32 = 40;
/** By term, of the document at hand: end of its positions, occurrences outside menus, in the title; a place that moves. */
export const Q_ENDS: i32 = 44;
export const Q_FREQUENCIES: i32 = 48;
export const Q_TITLES: i32 = 52;
export const Q_HEADS: i32 = 56;
/** Documents that wait for the second stage. */
export const Q_CANDIDATES: i32 = 60;
/** 1 where those whose bound is too little are left out. */
export const Q_IS_BOUNDED: i32 = 64;
/** Results: documents that waited, and those of them whose positions were looked at. */
export const Q_LOOKED: i32 = 68;
export const Q_RESCORED: i32 = 72;
/** f64 each: mass of all terms, of all pairs that are looked at, of a term on average. */
export const Q_TOTAL: i32 = 80;
export const Q_POSSIBLE: i32 = 88;
export const Q_MEAN: i32 = 96;
/** Factors of the features, in their order. */
export const Q_PHRASE: i32 = 104;
export const Q_PAIRS: i32 = 112;
export const Q_CLOSENESS: i32 = 120;
export const Q_TITLE: i32 = 128;
export const Q_EARLY: i32 = 136;
export const Q_WINDOW: i32 = 144;
export const Q_RANK: i32 = 152;
/** What all features together can be at most; the score that the best are known to reach. */
export const Q_MOST: i32 = 160;
export const Q_FLOOR: i32 = 168;
/** Results: the seven features of the document that was looked at last. */
export const Q_FEATURES: i32 = 176;
export const FEATURES: i32 = 7;
export const RESCORING_BYTES: i32 = 232;

// Tables, f64 each.
/** Lengths that the codes of field lengths stand for. */
export const QT_MAGNITUDES: i32 = 0;
/** What an occurrence counts by its distance from the nearest one of the other word. */
export const QT_CLOSENESS: i32 = 2048;
/** Greatest shares of the features by a number of occurrences; the last is for that and all above. */
export const MOST_BOUNDED: i32 = 63;
export const QT_PHRASE: i32 = 2560;
export const QT_PAIR: i32 = 3072;
export const QT_SATURATED: i32 = 3584;
export const QT_BYTES: i32 = 4096;

/** Documents, then their scores by the first stage. */
export const MOST_CANDIDATES: i32 = 128;
export const CANDIDATE_SCORES: i32 = 512;
export const CANDIDATES_BYTES: i32 = 1536;
/** A window of positions more than are looked at, and what stands behind them. */
export const POSITIONS_BYTES: i32 = 16_672;
