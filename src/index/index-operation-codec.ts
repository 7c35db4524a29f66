/** Bytes of what a batch carries for the index. Layout: docs/formats/index-operations.md. */

import {
  ByteReader,
  ByteWriter,
  type CollectionId,
  type DocId,
  PeregrineError,
  toCollectionId,
  toDocId,
} from '../base/index.ts';
import type { DerivedPayloads } from '../storage/index.ts';
import type { IndexOperation } from './index-contract.ts';
import {
  OPERATION_COLLECTION,
  OPERATION_DOC_ID,
  OPERATION_IS_PUT,
  OPERATION_STATE,
  OPERATION_VERSION,
  PUT_HEAD_BYTES,
} from './write-kernels/write-layout.ts';

/** Number of the index among derived states. */
export const INDEX_STATE: number = OPERATION_STATE;
const INDEX_OPERATION_VERSION: number = OPERATION_VERSION;

const KINDS = { put: OPERATION_IS_PUT, delete: 2, drop: 3 } as const;

/** The payload of an operation. The frame of the log that it stands in has a checksum. */
export function encodeIndexOperation(operation: IndexOperation): Uint8Array {
  const size = operation.kind === 'put' ? operation.document.length + 24 : 24;
  const out = new ByteWriter(size).u8(INDEX_OPERATION_VERSION);
  const kind = KINDS[operation.kind];
  out.u8(kind).u32(operation.collection);
  if (operation.kind !== 'drop') out.u64(BigInt(operation.docId));
  if (operation.kind === 'put') out.raw(operation.document);
  return out.handOver();
}

const putHead = new Uint8Array(PUT_HEAD_BYTES);
const putHeadView = new DataView(putHead.buffer);

/**
 * What stands before the document in the payload of its put, for who copies the two one behind the other. Good until the
 * next one is asked for.
 */
export function borrowPutHead(collection: CollectionId, docId: DocId): Uint8Array {
  putHead[0] = INDEX_OPERATION_VERSION;
  putHead[1] = KINDS.put;
  putHeadView.setUint32(2, collection, true);
  // The lower 32 bits.
  putHeadView.setUint32(6, docId, true);
  putHeadView.setUint32(10, Math.floor(docId / 2 ** 32), true);
  return putHead;
}

/** The collection that the next of some payloads is a put into; undefined where it is none, or of a version that is not this one. */
export function nextCollection({ bytes, at }: DerivedPayloads): CollectionId | undefined {
  if (bytes[at] !== OPERATION_STATE) return undefined;
  let head = at + 1;
  while ((bytes[head] ?? 0) > 127) head += 1;
  head += 1;
  if (bytes[head] !== OPERATION_VERSION || bytes[head + 1] !== KINDS.put) return undefined;
  let collection = 0;
  for (let place = head + OPERATION_DOC_ID - 1; place >= head + OPERATION_COLLECTION; place--) {
    collection = collection * 256 + (bytes[place] ?? 0);
  }
  return toCollectionId(collection);
}

/** `CORRUPT` or `UNSUPPORTED_VERSION`. The document of a put is a view into `bytes`. */
export function decodeIndexOperation(bytes: Uint8Array): IndexOperation {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== INDEX_OPERATION_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `This index operation has version ${version}; this program reads version ${INDEX_OPERATION_VERSION}.`,
      { version },
    );
  }
  const kind = reader.u8();
  const collection = toCollectionId(reader.u32());
  if (kind === KINDS.drop) return { kind: 'drop', collection };
  if (kind !== KINDS.put && kind !== KINDS.delete) {
    throw new PeregrineError('CORRUPT', `There is no index operation of kind ${kind}.`, { kind });
  }
  const docId = toDocId(Number(reader.u64()));
  if (kind === KINDS.delete) return { kind: 'delete', collection, docId };
  return { kind: 'put', collection, docId, document: reader.raw(reader.remaining) };
}
