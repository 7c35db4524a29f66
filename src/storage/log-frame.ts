/** One entry of a log segment: a header of 28 bytes, the payload, zeros up to a multiple of 8. Layout: docs/formats/log.md. */

import { crc32 } from 'node:zlib';

import { hash64 } from '../base/index.ts';
import { alignUp } from './alignment.ts';
import { FRAME_HEADER_BYTES, FRAME_IS_HASHED } from './kernels/layout.ts';
import { copyInto } from './record-block.ts';

export { FRAME_HEADER_BYTES };
/** The longest payload that a frame may carry. */
export const MAX_PAYLOAD_BYTES: number = 1024 ** 3;
/** Beside the length of one whose checksum is made of XXH64, which takes half of the time that CRC-32 takes. */
const HASHED: number = FRAME_IS_HASHED >>> 0;

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

/** A payload that stands with room around it for all of its frame. */
export interface OpenFrame {
  /** The whole frame. May be asked for again, for another place. */
  seal(header: FrameHeader, salt: number): Uint8Array;
}

/** The length that stands at the beginning of a frame, without what else is said there. */
export function lengthOf(word: number): number {
  return word >= HASHED ? word - HASHED : word;
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
  copyInto(target, offset + FRAME_HEADER_BYTES, payload, 0, payload.length);
  sealFrame(target, offset, header, payload.length, salt);
}

/** The same where the payload stands in its place already. */
export function sealFrame(
  target: Uint8Array,
  offset: number,
  { generation, seq, durableSeq }: FrameHeader,
  payload_bytes: number,
  salt: number,
): void {
  put32(target, offset + AT_LENGTH, payload_bytes);
  put32(target, offset + AT_GENERATION, generation);
  put64(target, offset + AT_SEQ, seq);
  put64(target, offset + AT_DURABLE_SEQ, durableSeq);
  const end = offset + FRAME_HEADER_BYTES + payload_bytes;
  for (let at = end; at < offset + frameBytes(payload_bytes); at++) target[at] = 0;
  // With the length in the checksum's place all that it covers stands in a row, and one call takes it.
  put32(target, offset + AT_CHECKSUM, payload_bytes);
  put32(target, offset + AT_CHECKSUM, crc32(target.subarray(offset + AT_CHECKSUM, end), salt));
}

function put32(target: Uint8Array, at: number, value: number): void {
  target[at] = value & 0xff;
  target[at + 1] = (value >>> 8) & 0xff;
  target[at + 2] = (value >>> 16) & 0xff;
  target[at + 3] = value >>> 24;
}

function put64(target: Uint8Array, at: number, value: number): void {
  put32(target, at, value % 2 ** 32);
  put32(target, at + 4, Math.floor(value / 2 ** 32));
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
  const word = view.getUint32(AT_LENGTH, true);
  const payload_bytes = lengthOf(word);
  if (payload_bytes > MAX_PAYLOAD_BYTES || offset + FRAME_HEADER_BYTES + payload_bytes > segment.length) {
    return undefined;
  }
  const sum = word >= HASHED ? hashOf : checksumOf;
  if (view.getUint32(AT_CHECKSUM, true) !== sum(segment, offset, payload_bytes, salt)) return undefined;
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

/** Both halves of the XXH64 of all of it, with the salt in the checksum's place. */
function hashOf(bytes: Uint8Array, offset: number, payload_bytes: number, salt: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_BYTES);
  const checksum = view.getUint32(AT_CHECKSUM, true);
  view.setUint32(AT_CHECKSUM, salt, true);
  const hash = hash64(bytes.subarray(offset, offset + FRAME_HEADER_BYTES + payload_bytes));
  view.setUint32(AT_CHECKSUM, checksum, true);
  return Number((hash >> 32n) ^ (hash & 0xffff_ffffn));
}
