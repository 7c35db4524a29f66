/**
 * Documents out of the batch that they came in, where they stand: checked whole before anything is made of them, many in one
 * call. Layouts: docs/formats/log.md (the payloads of a batch), docs/formats/index-operations.md.
 */

import { isHashOf, load8, loadUnaligned } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { CHECKSUM_BYTES, checkDocument } from './document-reader.ts';
import { addRow } from './waiting-rows.ts';
import {
  OPERATION_COLLECTION,
  OPERATION_DOC_ID,
  OPERATION_IS_PUT,
  OPERATION_STATE,
  OPERATION_VERSION,
  PUT_HEAD_BYTES,
} from './write-layout.ts';

/** Of the upper half of a docId, which is below 2⁵³. */
const HIGH_BITS: i32 = 21;

let admitted: i32 = 0;
let payload: i32 = 0;

/** Where the payload begins that was not admitted. */
export function admittedTo(): i32 {
  return admitted;
}

/** Adds a document to those that wait; returns 1, or 0 where it can't be inverted blindly. The values of its fields are the caller's to check. */
export function admitDocument(waiting: i32, address: i32, size: i32, low: i32, high: i32): i32 {
  if (isSound(address, size) === 0) return 0;
  addRow(waiting, size, low, high);
  return 1;
}

/**
 * Adds the documents of payloads, from `from` to `past`, as long as they are puts of such documents into one collection, at most
 * `most`; returns how many.
 */
export function admitPuts(waiting: i32, from: i32, past: i32, collection: i32, most: i32): i32 {
  let count: i32 = 0;
  admitted = from;
  while (count < most && admitted < past) {
    const length: i32 = payloadLength(admitted, past);
    const document: i32 = payload + PUT_HEAD_BYTES;
    const size: i32 = length - PUT_HEAD_BYTES;
    if (size <= 0 || size > past - document || isPutInto(payload, collection) === 0) break;
    const high: i32 = loadUnaligned(payload + OPERATION_DOC_ID + 4);
    if (high >>> HIGH_BITS !== 0 || isSound(document, size) === 0) break;
    addRow(waiting, size, loadUnaligned(payload + OPERATION_DOC_ID), high);
    count++;
    admitted = document + size;
  }
  return count;
}

/** 1 where a document can be inverted blindly, but for the values of its fields; its checksum is looked at, too. */
function isSound(address: i32, size: i32): i32 {
  if (size < CHECKSUM_BYTES) return 0;
  const body: i32 = size - CHECKSUM_BYTES;
  return isHashOf(address, body, address + body) === 1 ? checkDocument(address, size) : 0;
}

/** Of the payload whose state stands at `address`; notes where it begins. −1 where it is of another state, or cut off. */
function payloadLength(address: i32, past: i32): i32 {
  payload = address + 1;
  if (load8(address) !== OPERATION_STATE) return -1;
  let length: i32 = 0;
  for (let shift: i32 = 0; shift < 28; shift += 7) {
    if (payload >= past) return -1;
    const byte: i32 = load8(payload++);
    length = length | ((byte & 127) << shift);
    if (byte < 128) return length;
  }
  return -1;
}

function isPutInto(operation: i32, collection: i32): i32 {
  if (load8(operation) !== OPERATION_VERSION || load8(operation + 1) !== OPERATION_IS_PUT) return 0;
  return loadUnaligned(operation + OPERATION_COLLECTION) === collection ? 1 : 0;
}
