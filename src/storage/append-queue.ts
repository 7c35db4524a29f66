/** Appends that wait for their write, in order, and the groups in which they are written. */

import type { PeregrineError } from '../base/index.ts';
import { FRAME_HEADER_BYTES, frameBytes, type OpenFrame, writeFrame } from './log-frame.ts';
import { type KernelKind, KernelScratch } from './memtable-memory.ts';
import { copyInto } from './record-block.ts';

/** A payload on its way through a log: one object from the call to the answer, as very many are on their way. */
export interface LogAppend {
  /** Given by the log. */
  seq: number;
  readonly payload: Uint8Array;
  /** So many bytes of it are records, with what stands before them, where that is known. */
  readonly records_bytes?: number | undefined;
  /** Where it may go into the log from where it stands. */
  readonly frame?: OpenFrame | undefined;
  /** It is safe from a power cut, and so is all before it; `group` has it. Must not throw. */
  acknowledge(group: DurableGroup): void;
  /** It is not, and never will be: `IO`, `DISK_FULL`, `READ_ONLY`, `CLOSED`, `TOO_LARGE`. Must not throw. */
  refuse(failure: PeregrineError): void;
}

/** Appends that one write has made durable, in the order of their numbers. */
export interface DurableGroup {
  readonly appends: readonly LogAppend[];
  /** Their frames, side by side, where they are many and small. Good until the last of them is acknowledged. */
  readonly frames: Uint8Array | undefined;
}

/** What a group is written as. */
export interface EncodedGroup {
  readonly bytes: Uint8Array;
  /** {@link DurableGroup.frames} */
  readonly frames: Uint8Array | undefined;
}

const FIRST_GROUP_BYTES: number = 64 * 1024;
/** A larger buffer is not kept for the next group. */
const MAX_KEPT_BYTES: number = 4 * 1024 * 1024;
/** From so many on a group of small frames is sealed by a kernel, in one call. */
const MANY_FRAMES = 4;

export class AppendQueue {
  #pending: LogAppend[] = [];
  #size_bytes = 0;

  get count(): number {
    return this.#pending.length;
  }

  /** Of their payloads. */
  get size_bytes(): number {
    return this.#size_bytes;
  }

  get first(): LogAppend | undefined {
    return this.#pending[0];
  }

  push(append: LogAppend): void {
    this.#pending.push(append);
    this.#size_bytes += append.payload.length;
  }

  /** As many of the first ones as fit `room_bytes`. */
  take(room_bytes: number): readonly LogAppend[] {
    let left_bytes = room_bytes;
    let count = 0;
    for (const { payload } of this.#pending) {
      left_bytes -= frameBytes(payload.length);
      if (left_bytes < 0) break;
      count += 1;
    }
    if (count === this.#pending.length) {
      const all = this.#pending;
      this.#pending = [];
      this.#size_bytes = 0;
      return all;
    }
    const taken = this.#pending.splice(0, count);
    this.#size_bytes -= payloadBytes(taken);
    return taken;
  }

  putBack(group: readonly LogAppend[]): void {
    this.#pending = [...group, ...this.#pending];
    this.#size_bytes += payloadBytes(group);
  }

  /** None of them will be written. */
  fail(failure: PeregrineError): void {
    this.#size_bytes = 0;
    for (const append of this.#pending.splice(0)) append.refuse(failure);
  }
}

function payloadBytes(appends: readonly LogAppend[]): number {
  return appends.reduce((sum, { payload }) => sum + payload.length, 0);
}

/** Groups as the frames of a log, in one buffer that the next group uses again. */
export class GroupEncoder {
  readonly #salt: number;
  readonly #kind: KernelKind;
  #bytes = new Uint8Array(0);
  #scratch: KernelScratch | undefined;

  constructor(salt: number, kind: KernelKind = 'wasm') {
    this.#salt = salt;
    this.#kind = kind;
  }

  encode(
    group: readonly Pick<LogAppend, 'seq' | 'payload' | 'frame'>[],
    generation: number,
    durableSeq: number,
  ): EncodedGroup {
    const [only] = group;
    if (group.length === 1 && only?.frame !== undefined) {
      // A batch that goes alone, as large ones do, goes from where it was built.
      const bytes = only.frame.seal({ generation, seq: only.seq, durableSeq }, this.#salt);
      return { bytes, frames: undefined };
    }
    let size_bytes = 0;
    for (const { payload } of group) size_bytes += frameBytes(payload.length);
    if (group.length >= MANY_FRAMES && size_bytes <= FIRST_GROUP_BYTES && inRow(group)) {
      const bytes = this.#encodeTogether(group, size_bytes, generation, durableSeq);
      return { bytes, frames: bytes };
    }
    if (this.#bytes.length < size_bytes)
      this.#bytes = new Uint8Array(Math.max(size_bytes, FIRST_GROUP_BYTES));
    let offset = 0;
    for (const { seq, payload, frame } of group) {
      const header = { generation, seq, durableSeq };
      // A large one is sealed where it was built: there a kernel hashes it, in a third of the time of a CRC-32.
      if (frame === undefined) writeFrame(this.#bytes, offset, header, payload, this.#salt);
      else this.#bytes.set(frame.seal(header, this.#salt), offset);
      offset += frameBytes(payload.length);
    }
    return { bytes: this.#bytes.subarray(0, size_bytes), frames: undefined };
  }

  /** In one call, and with XXH64: a call for each frame's checksum takes as long as all the rest of an acknowledgement's way. */
  #encodeTogether(
    group: readonly Pick<LogAppend, 'seq' | 'payload'>[],
    size_bytes: number,
    generation: number,
    durableSeq: number,
  ): Uint8Array {
    this.#scratch ??= new KernelScratch([FIRST_GROUP_BYTES], this.#kind);
    const { bytes, words, kernels, areas } = this.#scratch;
    const [begin = 0] = areas;
    let at = begin;
    for (const { payload } of group) {
      words[at >> 2] = payload.length;
      copyInto(bytes, at + FRAME_HEADER_BYTES, payload, 0, payload.length);
      at += frameBytes(payload.length);
    }
    const seq = group[0]?.seq ?? 0;
    kernels.sealFrames(
      begin,
      at,
      generation,
      seq % 2 ** 32,
      Math.floor(seq / 2 ** 32),
      durableSeq % 2 ** 32,
      Math.floor(durableSeq / 2 ** 32),
      this.#salt,
    );
    return bytes.subarray(begin, begin + size_bytes);
  }

  /** What was encoded is written. */
  release(): void {
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = new Uint8Array(0);
  }
}

function inRow(group: readonly Pick<LogAppend, 'seq'>[]): boolean {
  return (group.at(-1)?.seq ?? 0) - (group[0]?.seq ?? 0) === group.length - 1;
}
