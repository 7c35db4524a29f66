/**
 * What the runtime's synchronous calls of zlib and zstd do with a stream, without a stream of JavaScript for each call.
 * Nobody promises it, so nothing is taken for granted of it: where a stream has nothing of the kind, its calls do the work.
 */

export interface CodecHandle {
  reset(): void;
  writeSync(
    flush: number,
    from: Uint8Array,
    fromOffset: number,
    fromLength: number,
    to: Uint8Array,
    toOffset: number,
    toLength: number,
  ): void;
}

export interface CodecContext {
  readonly handle: CodecHandle;
  /** After a write: bytes of room that are left, and bytes that were not taken. */
  readonly state: Uint32Array;
}

/** The context of a stream of `node:zlib`; `null` where it has none that is known. */
export function contextOf(stream: object): CodecContext | null {
  const { _handle: handle, _writeState: state } = stream as {
    readonly _handle?: Partial<CodecHandle>;
    readonly _writeState?: unknown;
  };
  const isKnown = typeof handle?.writeSync === 'function' && typeof handle.reset === 'function';
  return isKnown && state instanceof Uint32Array ? { handle: handle as CodecHandle, state } : null;
}
