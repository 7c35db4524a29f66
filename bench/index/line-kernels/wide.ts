/** What takes 64 bits or 128 at a time, for WebAssembly alone: assembly/wide.ts. Benches run no twin of these kernels. */

import type { i32 } from '../../../src/document/kernels/types.ts';

/** XXH64 of `size` bytes, written to `to`. */
export declare function writeHash(address: i32, size: i32, to: i32): void;
/** The id of a document by its number: well-mixed bits, the same as in the driver of Lucene. */
export declare function documentId(number: i32): number;
