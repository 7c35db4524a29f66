/**
 * Where postings are filed: each part has a list of chunks, so that nothing is copied when it grows, little is left over, and
 * what one part has given back is another's. No posting crosses a chunk.
 */

import { grow, load32, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { reserve, take } from './buffers.ts';
import {
  B_ADDRESS,
  BUFFER_BYTES,
  F_HEAD,
  F_LINK,
  F_NEXT,
  I_FREE_CHUNKS,
  I_PIECES,
  LINK_BYTES,
  P_AT,
  P_END,
  P_FIRST,
  PART_SHIFT,
} from './write-layout.ts';

const CHUNK_BYTES: i32 = 4096;
/** What is asked for at a time. */
const PIECE_BYTES: i32 = 1 << 16;

/** Opens another chunk for a part that has no room for `size` bytes; returns its address. */
export function openChunk(inversion: i32, part: i32, size: i32): i32 {
  const isLong: boolean = size + LINK_BYTES > CHUNK_BYTES;
  const room: i32 = isLong ? size + LINK_BYTES : CHUNK_BYTES;
  const chunk: i32 = isLong ? newPiece(inversion, room) : freeChunk(inversion);
  linkTo(part, chunk);
  store32(part + P_END, chunk + room - LINK_BYTES);
  return chunk;
}

/** Ends a part's list; returns its first chunk, 0 where it has none. The part can be filed anew. */
export function closePart(part: i32): i32 {
  linkTo(part, 0);
  const first: i32 = load32(part + P_FIRST);
  for (let at: i32 = 0; at < 1 << PART_SHIFT; at += 4) store32(part + at, 0);
  return first;
}

/** Gives a chunk back that holds nothing any more; of a long one, the first bytes. */
export function giveBack(inversion: i32, chunk: i32): void {
  store32(chunk, load32(inversion + I_FREE_CHUNKS));
  store32(inversion + I_FREE_CHUNKS, chunk);
}

/** Makes `chunk` the one behind the part's last. */
function linkTo(part: i32, chunk: i32): void {
  const at: i32 = load32(part + P_AT);
  if (at === 0) {
    store32(part + P_FIRST, chunk);
  } else {
    store32(at + F_HEAD, F_LINK);
    store32(at + F_NEXT, chunk);
  }
}

function freeChunk(inversion: i32): i32 {
  if (load32(inversion + I_FREE_CHUNKS) === 0) {
    const piece: i32 = newPiece(inversion, PIECE_BYTES);
    for (let at: i32 = PIECE_BYTES - CHUNK_BYTES; at >= 0; at -= CHUNK_BYTES) giveBack(inversion, piece + at);
  }
  const chunk: i32 = load32(inversion + I_FREE_CHUNKS);
  store32(inversion + I_FREE_CHUNKS, load32(chunk));
  return chunk;
}

/** Address of bytes that are the inversion's until it is closed. */
function newPiece(inversion: i32, size: i32): i32 {
  const buffer: i32 = reserve(inversion + I_PIECES, BUFFER_BYTES >> 2);
  for (let at: i32 = 0; at < BUFFER_BYTES; at += 4) store32(buffer + at, 0);
  grow(buffer, (size + 3) >> 2);
  take(inversion + I_PIECES, BUFFER_BYTES >> 2);
  return load32(buffer + B_ADDRESS);
}
