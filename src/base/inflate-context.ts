/**
 * Unpacks zlib streams with one context, kept from stream to stream. The runtime's `inflateSync` makes a stream of
 * JavaScript and a context for each call: more than a page of some kilobytes takes to be unpacked.
 */

import { constants, createInflate } from 'node:zlib';
import { type CodecContext, contextOf } from './codec-context.ts';

interface Kept extends CodecContext {
  /** What the stream that the handle is of has failed with. */
  readonly stream: { readonly errored: Error | null };
}

/** How many bytes a stream had, packed and unpacked. */
export interface Inflated {
  readonly taken: number;
  readonly written: number;
}

/** Undefined: none is open. `null`: there can be none. */
let kept: Kept | null | undefined;

/**
 * Unpacks the zlib stream (RFC 1950) with which `packed` begins into `to`. Where all of `to` is written there may be more.
 * Undefined where the runtime has no such context: then its own calls are to be asked. Throws the error of zlib for what is
 * damaged or breaks off.
 */
export function inflateInto(packed: Uint8Array, to: Uint8Array): Inflated | undefined {
  kept ??= openContext();
  if (kept === null) return undefined;
  const { handle, state, stream } = kept;
  handle.reset();
  handle.writeSync(constants.Z_FINISH, packed, 0, packed.length, to, 0, to.length);
  if (stream.errored !== null) {
    // It ends with its first error.
    kept = undefined;
    throw stream.errored;
  }
  const [left = 0, untaken = 0] = state;
  return { taken: packed.length - untaken, written: to.length - left };
}

function openContext(): Kept | null {
  const stream = createInflate();
  // An error is thrown to who asked; nobody else waits for it.
  stream.on('error', () => undefined);
  const context = contextOf(stream);
  return context === null ? null : { ...context, stream };
}
