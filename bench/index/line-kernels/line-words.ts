/** The words of a line, found, counted and put in order, for WebAssembly alone: assembly/line-words.ts. Benches run no twin of these kernels. */

import type { i32 } from '../../../src/document/kernels/types.ts';

/** Bytes of scratch for a line of at most `most` words. */
export declare function wordBytes(most: i32): i32;
/** Begins a line of at most `most` words; works in what stands at `at`. */
export declare function openWords(at: i32, most: i32): void;
/** Reads the words from `at` to the next tab, and returns where that stands. */
export declare function readWords(at: i32): i32;
/** How many words were read. */
export declare function wordsRead(): i32;
/** Behind all {@link readWords}: the words from the one of number `first` to the one before `past` stand at `position` and what follows. */
export declare function placeWords(first: i32, past: i32, position: i32): void;
/** Behind all {@link placeWords}: writes the hashes of different words in ascending order; returns the address behind. */
export declare function writeTerms(to: i32): i32;
/** Behind {@link writeTerms}: for each word how often it is there, then each position less what it is at least; returns the address behind. */
export declare function writeLists(to: i32): i32;
