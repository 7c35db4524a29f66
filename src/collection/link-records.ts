/**
 * The link graph as records: for every link of a document, one record with its target's owner. Layout:
 * docs/formats/collection-records.md.
 */

import {
  ByteReader,
  ByteWriter,
  type CollectionId,
  type DocId,
  docIdOfSlot,
  hashOfDocId,
  hashString32,
  hashString64,
  PeregrineError,
  slotOfDocId,
  toDocId,
  toSlot,
} from '../base/index.ts';
import { domainSlot, hostOf, normaliseUrl } from '../crawl/index.ts';
import type { Link } from '../document/index.ts';
import { KeyReader, KeyWriter, type RecordOperation } from '../storage/index.ts';

/** Links of one document that enter the link graph; the rest stays in its title record only. */
export const MAX_GRAPH_LINKS = 2_000;
/** 2 knows whose the source is; 1 is read as without. */
const VALUE_VERSION = 2;
/** Slot, collection, hash of the target's host, hash of the target. */
const LINK_TARGET_BYTES = 18;
const FLAG_NOFOLLOW = 1;
const FLAG_MENU = 2;

export interface LinkRecord {
  readonly text: string;
  readonly nofollow: boolean;
  readonly inMenu: boolean;
  /** Upper 32 bits of the hash of the source's host; 0 where it is not known. */
  readonly sourceHost: number;
  /** Slot of the source's registrable domain. */
  readonly sourceSlot: number;
}

/** A page that links: its document, and whose it is. */
export interface LinkSource {
  readonly docId: DocId;
  readonly url: string;
}

/** Key of the link from `source` to `targetUrl`: all links to a URL, and to a host, lie side by side. */
export function linkKey(collection: CollectionId, targetUrl: string, source: DocId): Uint8Array {
  const host = hostOf(targetUrl);
  return new KeyWriter('links', host.slot, collection)
    .u32(hashString32(host.key))
    .u64(hashString64(targetUrl))
    .u16(slotOfDocId(source))
    .u48(hashOfDocId(source))
    .finish();
}

/** Keys of all links to a URL. */
export function linkRange(
  collection: CollectionId,
  targetUrl: string,
): { start: Uint8Array; end: Uint8Array } {
  const start = linkKey(collection, targetUrl, toDocId(0));
  const end = start.slice();
  start.fill(0, LINK_TARGET_BYTES);
  end.fill(0xff, LINK_TARGET_BYTES);
  return { start, end };
}

/** The document that the link of a key stands in. */
export function sourceOfLinkKey(key: Uint8Array): DocId {
  const reader = new KeyReader(key);
  reader.u32();
  reader.u64();
  return docIdOfSlot(toSlot(reader.u16()), reader.u48());
}

export function encodeLink(link: LinkRecord): Uint8Array {
  const flags = (link.nofollow ? FLAG_NOFOLLOW : 0) | (link.inMenu ? FLAG_MENU : 0);
  const to = new ByteWriter(12 + link.text.length).u8(VALUE_VERSION).u8(flags);
  return to.u32(link.sourceHost).u16(link.sourceSlot).text(link.text).finish();
}

export function decodeLink(value: Uint8Array): LinkRecord {
  const reader = new ByteReader(value);
  const version = reader.u8();
  if (version < 1 || version > VALUE_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `A link record is of version ${version}; this program knows ${VALUE_VERSION}.`,
    );
  }
  const flags = reader.u8();
  const [sourceHost, sourceSlot] = version === 1 ? [0, 0] : [reader.u32(), reader.u16()];
  return {
    nofollow: (flags & FLAG_NOFOLLOW) !== 0,
    inMenu: (flags & FLAG_MENU) !== 0,
    sourceHost,
    sourceSlot,
    text: reader.text(),
  };
}

/** What a document's change of links asks of the graph: puts for those it has, deletions for those it had. */
export function linkOperations(
  collection: CollectionId,
  { docId, url: sourceUrl }: LinkSource,
  before: readonly Link[],
  after: readonly Link[],
): RecordOperation[] {
  const wanted = graphLinks(after);
  const operations: RecordOperation[] = [];
  const { host } = new URL(sourceUrl);
  const source = { sourceHost: hashString32(host), sourceSlot: domainSlot(sourceUrl) };
  for (const [url, { text, nofollow, inMenu }] of wanted) {
    const value = encodeLink({ text, nofollow, inMenu, ...source });
    operations.push({ database: 'links', key: linkKey(collection, url, docId), value });
  }
  for (const url of graphLinks(before).keys()) {
    if (wanted.has(url)) continue;
    operations.push({ database: 'links', key: linkKey(collection, url, docId), value: undefined });
  }
  return operations;
}

/** The first link to each target; a link in the main text wins over one in a menu. */
function graphLinks(links: readonly Link[]): Map<string, Link> {
  const first = new Map<string, Link>();
  for (const link of links) {
    // Only what a crawler could fetch is part of the graph.
    const target = normaliseUrl(link.url);
    if (!target.ok) continue;
    const known = first.get(target.url);
    if (known === undefined && first.size < MAX_GRAPH_LINKS) first.set(target.url, link);
    else if (known?.inMenu === true && !link.inMenu) first.set(target.url, link);
  }
  return first;
}
