/**
 * Documents out of the batch that they came in, where they stand: checked whole before anything is made of them, many in one
 * call. Layouts: docs/formats/log.md (the payloads of a batch), docs/formats/index-operations.md.
 */

import { isHashOf, load8, loadUnaligned, store32 } from '../kernels/memory.ts';
import type { i32 } from '../kernels/types.ts';
import { CHECKSUM_BYTES, checkDocument, fieldsAddress, fieldsSize } from './document-reader.ts';
import {
  ADMITTED_BYTES,
  ADMITTED_DOCUMENT,
  ADMITTED_FIELDS,
  ADMITTED_FIELDS_SIZE,
  ADMITTED_HIGH,
  ADMITTED_LOW,
  ADMITTED_SIZE,
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

/** 1 where a document can be inverted blindly, but for the values of its fields; its checksum is looked at, too. */
export function admitDocument(address: i32, size: i32): i32 {
  if (size < CHECKSUM_BYTES) return 0;
  const body: i32 = size - CHECKSUM_BYTES;
  return isHashOf(address, body, address + body) === 1 ? checkDocument(address, size) : 0;
}

/**
 * Takes payloads, from `from` to `past`, as long as they are puts of such documents into one collection, at most `most`, and
 * writes a row for each; returns how many.
 */
export function admitPuts(from: i32, past: i32, collection: i32, rows: i32, most: i32): i32 {
  let count: i32 = 0;
  admitted = from;
  while (count < most && admitted < past) {
    const length: i32 = payloadLength(admitted, past);
    const document: i32 = payload + PUT_HEAD_BYTES;
    const size: i32 = length - PUT_HEAD_BYTES;
    if (size <= 0 || size > past - document || isPutInto(payload, collection) === 0) break;
    const high: i32 = loadUnaligned(payload + OPERATION_DOC_ID + 4);
    if (high >>> HIGH_BITS !== 0 || admitDocument(document, size) === 0) break;
    const row: i32 = rows + count * ADMITTED_BYTES;
    store32(row + ADMITTED_LOW, loadUnaligned(payload + OPERATION_DOC_ID));
    store32(row + ADMITTED_HIGH, high);
    store32(row + ADMITTED_DOCUMENT, document);
    store32(row + ADMITTED_SIZE, size);
    store32(row + ADMITTED_FIELDS, fieldsAddress());
    store32(row + ADMITTED_FIELDS_SIZE, fieldsAddress() === 0 ? 0 : fieldsSize());
    count++;
    admitted = document + size;
  }
  return count;
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
