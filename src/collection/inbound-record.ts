/**
 * What the link graph says of a document, as a record beside it: indexed with the title record, written anew by each
 * pass over the links. Layout: docs/formats/collection-records.md.
 */

import {
  ByteReader,
  ByteWriter,
  type CollectionId,
  DOC_HASH_BITS,
  type DocId,
  hashOfDocId,
  PeregrineError,
  type Slot,
  slotOfDocId,
  toDocId,
} from '../base/index.ts';
import { type Inbound, type InboundAnchor, NEUTRAL_RANK } from '../document/index.ts';
import { collectionRange, KEY_HEAD_BYTES, KeyReader, KeyWriter } from '../storage/index.ts';
import { MetaKind } from './meta-kinds.ts';

/** What other pages say of a page. */
export interface LinksTo extends Inbound {
  /** Pages that link to it, links that ask not to be followed left out. */
  readonly links: number;
  /** Hosts that they are of. */
  readonly hosts: number;
}

export interface InboundRecord extends LinksTo {
  /** Its share of all rank, where the next pass begins. */
  readonly share: number;
}

const VALUE_VERSION = 1;
const FLAG_OWN_SITE = 1;

export function inboundKey(collection: CollectionId, docId: DocId): Uint8Array {
  const key = new KeyWriter('meta', slotOfDocId(docId), collection).u8(MetaKind.inbound);
  return key.u48(hashOfDocId(docId)).finish();
}

/** All such records of a slot. */
export function inboundRange(
  collection: CollectionId,
  slot: Slot,
): { readonly start: Uint8Array; readonly end: Uint8Array } {
  const start = new KeyWriter('meta', slot, collection).u8(MetaKind.inbound).finish();
  const { end } = collectionRange('meta', slot, collection);
  end[KEY_HEAD_BYTES] = MetaKind.inbound;
  return { start, end };
}

export function docIdOfInboundKey(key: Uint8Array): DocId {
  const reader = new KeyReader(key);
  const { slot } = reader;
  reader.u8();
  return toDocId(slot * 2 ** DOC_HASH_BITS + reader.u48());
}

export function encodeInbound({ rank, share, links, hosts, anchors }: InboundRecord): Uint8Array {
  const to = new ByteWriter(64).u8(VALUE_VERSION).u8(rank).f64(share).varint(links).varint(hosts);
  to.varint(anchors.length);
  for (const { isOwnSite, sites, text } of anchors) {
    to.u8(isOwnSite ? FLAG_OWN_SITE : 0)
      .varint(sites)
      .text(text);
  }
  return to.finish();
}

export function decodeInbound(value: Uint8Array): InboundRecord {
  const from = new ByteReader(value);
  const version = from.u8();
  if (version !== VALUE_VERSION) {
    throw new PeregrineError('UNSUPPORTED_VERSION', `A record of inbound links is of version ${version}.`, {
      version,
    });
  }
  const [rank, share, links, hosts] = [from.u8(), from.f64(), from.varint(), from.varint()];
  const anchors: InboundAnchor[] = [];
  for (let left = from.varint(); left > 0; left--) {
    const isOwnSite = (from.u8() & FLAG_OWN_SITE) !== 0;
    anchors.push({ isOwnSite, sites: from.varint(), text: from.text() });
  }
  return { rank, share, links, hosts, anchors };
}

/** True where a document would be indexed in the same way with either; undefined: nothing is known. */
export function isIndexedAlike(a: Inbound | undefined, b: Inbound | undefined): boolean {
  const neutral: Inbound = { rank: NEUTRAL_RANK, anchors: [] };
  const [left, right] = [a ?? neutral, b ?? neutral];
  return (
    left.rank === right.rank &&
    left.anchors.length === right.anchors.length &&
    left.anchors.every((anchor, i) => {
      const other = right.anchors[i];
      return (
        anchor.text === other?.text && anchor.isOwnSite === other.isOwnSite && anchor.sites === other.sites
      );
    })
  );
}
