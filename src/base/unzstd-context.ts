/**
 * Takes frames of zstd apart with one context, kept from frame to frame. The runtime's `zstdDecompressSync` makes a stream of
 * JavaScript, a context of 160 KB and a buffer for each call: a third to a half of the time of a page of 16 KB.
 */

import { constants, createZstdDecompress } from 'node:zlib';
import { type CodecContext, contextOf } from './codec-context.ts';

interface Kept extends CodecContext {
  /** What the stream that the handle is of has failed with. */
  readonly stream: { readonly errored: Error | null };
}

/** Undefined: none is open. `null`: there can be none. */
let kept: Kept | null | undefined;

/**
 * Whether `frame` is one frame that fills `to` exactly, which it does then. False where it is anything else, damaged, or where
 * the runtime has no such context: then its own calls are to be asked, which say what is wrong. For bytes whose checksum is
 * right: of others a frame without its end may pass.
 */
export function unzstdInto(frame: Uint8Array, to: Uint8Array): boolean {
  if (frame.length === 0 || to.length === 0) return false;
  kept ??= openContext();
  if (kept === null) return false;
  const { handle, state, stream } = kept;
  handle.writeSync(constants.ZSTD_e_end, frame, 0, frame.length, to, 0, to.length);
  const [left = 0, untaken = 0] = state;
  if (stream.errored === null && left === 0 && untaken === 0) return true;
  // In the middle of a frame it would take the next one for its rest.
  kept = undefined;
  return false;
}

function openContext(): Kept | null {
  const stream = createZstdDecompress();
  // An error is answered to who asked; nobody else waits for it.
  stream.on('error', () => undefined);
  const context = contextOf(stream);
  return context === null ? null : { ...context, stream };
}
