/** What takes 64 bits or 128 at a time, for WebAssembly alone: assembly/wide.ts. Benches run no twin of these kernels. */

import type { i32 } from '../../../src/document/kernels/types.ts';

/** Hashes the word at `at`, which a space, a tab or the line's end ends; its halves to {@link lowHash} and {@link highHash}. Returns its bytes. */
export declare function hashWord(at: i32): i32;
export declare function lowHash(): i32;
export declare function highHash(): i32;
/** XXH64 of `size` bytes, written to `to`. */
export declare function writeHash(address: i32, size: i32, to: i32): void;
/** The id of a document by its number: well-mixed bits, the same as in the driver of Lucene. */
export declare function documentId(number: i32): number;
