/** One entry of a log segment: a header of 28 bytes, the payload, zeros up to a multiple of 8. Layout: docs/formats/log.md. */

import { crc32 } from 'node:zlib';

import { alignUp } from './alignment.ts';

export const FRAME_HEADER_BYTES = 28;
/** The longest payload that a frame may carry. */
export const MAX_PAYLOAD_BYTES: number = 1024 ** 3;

const AT_LENGTH = 0;
const AT_CHECKSUM = 4;
/** Where in a frame its generation stands. */
export const FRAME_GENERATION_AT = 8;
const AT_GENERATION = FRAME_GENERATION_AT;
const AT_SEQ = 12;
const AT_DURABLE_SEQ = 20;

export interface FrameHeader {
  /** Number of the segment's life: tells this frame from those that a recycled file held before. */
  readonly generation: number;
  readonly seq: number;
  /** The highest sequence known to be durable when this frame was written. */
  readonly durableSeq: number;
}

export interface Frame extends FrameHeader {
  /** Where it begins in its file. */
  readonly offset: number;
  readonly payload_bytes: number;
}

/** Bytes that a frame with such a payload takes in its segment. */
export function frameBytes(payload_bytes: number): number {
  return alignUp(FRAME_HEADER_BYTES + payload_bytes);
}

/** Writes a frame into `target` at `offset`. `salt` keeps foreign bytes from ever looking like a frame. */
export function writeFrame(
  target: Uint8Array,
  offset: number,
  header: FrameHeader,
  payload: Uint8Array,
  salt: number,
): void {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  view.setUint32(offset + AT_LENGTH, payload.length, true);
  view.setUint32(offset + AT_GENERATION, header.generation, true);
  view.setBigUint64(offset + AT_SEQ, BigInt(header.seq), true);
  view.setBigUint64(offset + AT_DURABLE_SEQ, BigInt(header.durableSeq), true);
  target.set(payload, offset + FRAME_HEADER_BYTES);
  target.fill(0, offset + FRAME_HEADER_BYTES + payload.length, offset + frameBytes(payload.length));
  view.setUint32(offset + AT_CHECKSUM, checksumOf(target, offset, payload.length, salt), true);
}

/**
 * The frame at `offset` of a segment's bytes, or undefined when what stands there is none: of another generation
 * (where `generation` is given), longer than the segment, or with a wrong checksum.
 */
export function readFrame(
  segment: Uint8Array,
  offset: number,
  salt: number,
  generation?: number,
): Frame | undefined {
  if (offset + FRAME_HEADER_BYTES > segment.length) return undefined;
  const view = new DataView(segment.buffer, segment.byteOffset + offset, FRAME_HEADER_BYTES);
  const found = view.getUint32(AT_GENERATION, true);
  if (generation === undefined ? found === 0 : found !== generation) return undefined;
  const payload_bytes = view.getUint32(AT_LENGTH, true);
  if (payload_bytes > MAX_PAYLOAD_BYTES || offset + FRAME_HEADER_BYTES + payload_bytes > segment.length) {
    return undefined;
  }
  if (view.getUint32(AT_CHECKSUM, true) !== checksumOf(segment, offset, payload_bytes, salt))
    return undefined;
  const seq = Number(view.getBigUint64(AT_SEQ, true));
  const durableSeq = Number(view.getBigUint64(AT_DURABLE_SEQ, true));
  return { offset, payload_bytes, generation: found, seq, durableSeq };
}

/** CRC-32 of everything but the checksum itself, begun with the salt. */
function checksumOf(bytes: Uint8Array, offset: number, payload_bytes: number, salt: number): number {
  const length = bytes.subarray(offset + AT_LENGTH, offset + AT_CHECKSUM);
  const rest = bytes.subarray(offset + AT_GENERATION, offset + FRAME_HEADER_BYTES + payload_bytes);
  return crc32(rest, crc32(length, salt));
}
