/** Appends that wait for their write, in order, and the groups in which they are written. */

import type { PeregrineError } from '../base/index.ts';
import { frameBytes, sealFrame, writeFrame } from './log-frame.ts';

/** Called once: when it is durable, or with why it is not and never will be. */
export type AppendSettled = (failure?: PeregrineError) => void;

export interface PendingAppend {
  readonly seq: number;
  readonly payload: Uint8Array;
  readonly settled: AppendSettled;
  /** The payload with room around it for all of a frame, where it has that. */
  readonly frame?: Uint8Array | undefined;
}

const FIRST_GROUP_BYTES: number = 64 * 1024;
/** A larger buffer is not kept for the next group. */
const MAX_KEPT_BYTES: number = 4 * 1024 * 1024;

export class AppendQueue {
  #pending: PendingAppend[] = [];

  get first(): PendingAppend | undefined {
    return this.#pending[0];
  }

  push(append: PendingAppend): void {
    this.#pending.push(append);
  }

  /** As many of the first ones as fit `room_bytes`. */
  take(room_bytes: number): readonly PendingAppend[] {
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
      return all;
    }
    return this.#pending.splice(0, count);
  }

  putBack(group: readonly PendingAppend[]): void {
    this.#pending = [...group, ...this.#pending];
  }

  /** None of them will be written. */
  fail(failure: PeregrineError): void {
    for (const { settled } of this.#pending.splice(0)) settled(failure);
  }
}

/** Groups as the frames of a log, in one buffer that the next group uses again. */
export class GroupEncoder {
  readonly #salt: number;
  #bytes = new Uint8Array(0);

  constructor(salt: number) {
    this.#salt = salt;
  }

  encode(
    group: readonly Pick<PendingAppend, 'seq' | 'payload' | 'frame'>[],
    generation: number,
    durableSeq: number,
  ): Uint8Array {
    const [only] = group;
    if (group.length === 1 && only?.frame !== undefined) {
      // A batch that goes alone, as large ones do, goes from where it was built.
      sealFrame(only.frame, 0, { generation, seq: only.seq, durableSeq }, only.payload.length, this.#salt);
      return only.frame;
    }
    let size_bytes = 0;
    for (const { payload } of group) size_bytes += frameBytes(payload.length);
    if (this.#bytes.length < size_bytes)
      this.#bytes = new Uint8Array(Math.max(size_bytes, FIRST_GROUP_BYTES));
    let offset = 0;
    for (const { seq, payload } of group) {
      writeFrame(this.#bytes, offset, { generation, seq, durableSeq }, payload, this.#salt);
      offset += frameBytes(payload.length);
    }
    return this.#bytes.subarray(0, size_bytes);
  }

  /** What was encoded is written. */
  release(): void {
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = new Uint8Array(0);
  }
}
