/**
 * From URL to document id. The URL's hash proposes an id; where another URL holds it, the next ids of the slot are
 * tried in turn. The title record's URL decides. A deletion in the middle of such a chain leaves a marker (an empty
 * value), so that the chain stays whole.
 */

import {
  type CollectionId,
  type DocId,
  docIdOfHash,
  hashOfDocId,
  hashString64,
  PeregrineError,
  probeDocId,
  slotOfDocId,
} from '../base/index.ts';
import { KeyWriter, type RecordOperation } from '../storage/index.ts';

/** Ids tried for one URL before it is refused. */
export const MAX_PROBES = 64;

/** What a chain needs of a store, inside or outside of a sequenced build. */
export type TitleRead = (key: Uint8Array) => Promise<Uint8Array | undefined>;
/** The URL that a title record is of. */
export type UrlOfRecord = (record: Uint8Array) => string;

export interface ChainPlace {
  readonly docId: DocId;
  /** The title record that stands there, of this very URL; undefined where the URL has none yet. */
  readonly record: Uint8Array | undefined;
}

export function titleKey(collection: CollectionId, docId: DocId): Uint8Array {
  return new KeyWriter('titles', slotOfDocId(docId), collection).u48(hashOfDocId(docId)).finish();
}

export function proposedDocId(url: string): DocId {
  return docIdOfHash(hashString64(url));
}

const isMarker = (record: Uint8Array): boolean => record.length === 0;

/** The place of `url`: where it stands, or the first free place of its chain. `DOC_ID_EXHAUSTED` after 64 probes. */
export async function findPlace(
  collection: CollectionId,
  url: string,
  read: TitleRead,
  urlOf: UrlOfRecord,
): Promise<ChainPlace> {
  const first = proposedDocId(url);
  let free: DocId | undefined;
  for (let n = 0; n < MAX_PROBES; n++) {
    const docId = probeDocId(first, n);
    const record = await read(titleKey(collection, docId));
    if (record === undefined) return { docId: free ?? docId, record: undefined };
    if (isMarker(record)) free ??= docId;
    else if (urlOf(record) === url) return { docId, record };
  }
  if (free !== undefined) return { docId: free, record: undefined };
  throw new PeregrineError(
    'DOC_ID_EXHAUSTED',
    `The document ids around the hash of this URL are all taken by other URLs (${MAX_PROBES} tried).`,
    { url },
  );
}

/** Removes the record at `docId`: a marker where the chain goes on behind it, else a tombstone. */
export async function removalOf(
  collection: CollectionId,
  docId: DocId,
  read: TitleRead,
): Promise<RecordOperation> {
  const next = await read(titleKey(collection, probeDocId(docId, 1)));
  const value = next === undefined ? undefined : new Uint8Array(0);
  return { database: 'titles', key: titleKey(collection, docId), value };
}
