/**
 * The link graph as records: for every link of a document, one record with its target's owner. Layout:
 * docs/formats/collection-records.md.
 */

import {
  ByteWriter,
  type CollectionId,
  type DocId,
  docIdOfSlot,
  hashOfDocId,
  hashString64,
  PeregrineError,
  type Slot,
  slotOfDocId,
  toDocId,
  toSlot,
} from '../base/index.ts';
import { hostOf, normaliseUrl } from '../crawl/index.ts';
import type { Link } from '../document/index.ts';
import { KeyWriter } from '../storage/index.ts';

/** Links of one document that enter the link graph; the rest stays in its title record only. */
export const MAX_GRAPH_LINKS = 2_000;
/** 2 knows whose the source is; 1 is read as without. */
const VALUE_VERSION = 2;
/** Slot, collection, hash of the target's host, hash of the target. */
export const LINK_TARGET_BYTES = 18;
const AT_SLOT = 0;
const AT_HOST = 6;
const AT_TARGET = 10;
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
  const key = new KeyWriter('links', toSlot(0), collection)
    .u32(0)
    .u64(0n)
    .u16(slotOfDocId(source))
    .u48(hashOfDocId(source))
    .finish();
  aimKey(new DataView(key.buffer), targetUrl);
  return key;
}

/** Has a key lead to another target; returns who owns that. */
function aimKey(key: DataView, targetUrl: string): Slot {
  const { slot, hash32 } = hostOf(targetUrl);
  key.setUint16(AT_SLOT, slot);
  key.setUint32(AT_HOST, hash32);
  key.setBigUint64(AT_TARGET, hashString64(targetUrl));
  return slot;
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
  let source = 0;
  // 16 bits of slot; of the 48 bits behind them 41 are used.
  for (let at = LINK_TARGET_BYTES + 2; at < LINK_TARGET_BYTES + 8; at++)
    source = source * 256 + (key[at] as number);
  const slot = ((key[LINK_TARGET_BYTES] as number) << 8) | (key[LINK_TARGET_BYTES + 1] as number);
  return docIdOfSlot(slot as Slot, source);
}

export function encodeLink(link: LinkRecord): Uint8Array {
  return writeLink(new ByteWriter(12 + link.text.length), link, link).finish();
}

function writeLink(
  to: ByteWriter,
  { nofollow, inMenu, text }: Pick<LinkRecord, 'nofollow' | 'inMenu' | 'text'>,
  { sourceHost, sourceSlot }: Pick<LinkRecord, 'sourceHost' | 'sourceSlot'>,
): ByteWriter {
  const flags = (nofollow ? FLAG_NOFOLLOW : 0) | (inMenu ? FLAG_MENU : 0);
  return to.u8(VALUE_VERSION).u8(flags).u32(sourceHost).u16(sourceSlot).text(text);
}

/** `UNSUPPORTED_VERSION`, `CORRUPT`. */
export function decodeLink(value: Uint8Array): LinkRecord {
  const { nofollow, inMenu, sourceHost, sourceSlot, text } = new LinkReader().read(value, 0, value.length);
  return { nofollow, inMenu, sourceHost, sourceSlot, text };
}

/** Reads link after link without an object for each; its text becomes one only where somebody asks. */
export class LinkReader implements LinkRecord {
  nofollow = false;
  inMenu = false;
  sourceHost = 0;
  sourceSlot = 0;
  bytes: Uint8Array = new Uint8Array(0);
  /** Where in {@link bytes} the text begins and ends. */
  textFrom = 0;
  textTo = 0;

  /** `UNSUPPORTED_VERSION`, `CORRUPT`. */
  read(bytes: Uint8Array, from: number, to: number): this {
    const version = bytes[from] as number;
    if (version < 1 || version > VALUE_VERSION) {
      throw new PeregrineError(
        'UNSUPPORTED_VERSION',
        `A link record is of version ${version}; this program knows ${VALUE_VERSION}.`,
      );
    }
    const flags = bytes[from + 1] as number;
    let at = from + 2;
    this.nofollow = (flags & FLAG_NOFOLLOW) !== 0;
    this.inMenu = (flags & FLAG_MENU) !== 0;
    this.sourceHost = version === 1 ? 0 : (u16At(bytes, at) | (u16At(bytes, at + 2) << 16)) >>> 0;
    this.sourceSlot = version === 1 ? 0 : u16At(bytes, at + 4);
    if (version > 1) at += SOURCE_BYTES;
    let length = (bytes[at++] as number) & 0x7f;
    for (let shift = 7; (bytes[at - 1] as number) >= 0x80 && at < to; shift += 7) {
      length |= ((bytes[at++] as number) & 0x7f) << shift;
    }
    if (at + length !== to)
      throw new PeregrineError('CORRUPT', 'A link record has another length than it says.');
    this.bytes = bytes;
    this.textFrom = at;
    this.textTo = to;
    return this;
  }

  /** `CORRUPT`. */
  get text(): string {
    try {
      return decoder.decode(this.bytes.subarray(this.textFrom, this.textTo));
    } catch (error) {
      throw new PeregrineError('CORRUPT', 'The text of a link record is not valid UTF-8.', {}, error);
    }
  }
}

const SOURCE_BYTES = 6;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const u16At = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8);

/**
 * Hears of a record of the graph and who owns it; without a value it is to be deleted. Key and value are good until the
 * next one.
 */
export type LinkListener = (owner: Slot, key: Uint8Array, value: Uint8Array | undefined) => void;

/** Where values are written, one after another. */
const valueOf = new ByteWriter(512);

/** What a document's change of links asks of the graph: puts for those it has, deletions for those it had. */
export function changeLinks(
  collection: CollectionId,
  { docId, url: sourceUrl }: LinkSource,
  before: readonly Link[],
  after: readonly Link[],
  tell: LinkListener,
): void {
  if (before.length + after.length === 0) return;
  const wanted = graphLinks(after);
  const { hash32: sourceHost, slot: sourceSlot } = hostOf(sourceUrl);
  // All of them differ in their target alone.
  const key = linkKey(collection, sourceUrl, docId);
  const view = new DataView(key.buffer);
  for (const [url, link] of wanted) {
    const owner = aimKey(view, url);
    valueOf.clear();
    tell(owner, key, writeLink(valueOf, link, { sourceHost, sourceSlot }).written());
  }
  if (before.length === 0) return;
  for (const url of graphLinks(before).keys()) {
    if (!wanted.has(url)) tell(aimKey(view, url), key, undefined);
  }
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
