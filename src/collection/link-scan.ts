/** The links of a shard, target by target: they lie so in the store. */

import { type CollectionId, type DocId, docIdOfHash, type Slot, toSlot } from '../base/index.ts';
import { collectionRange, KeyReader, type RecordBlock, type Store } from '../storage/index.ts';
import { LINK_TARGET_BYTES, LinkReader, sourceOfLinkKey } from './link-records.ts';
import { stopWhere } from './shard-titles.ts';

/** Links to one target that are looked at; the sources are in the order of hashes, so that those are any of them. */
export const MAX_SOURCES = 200_000;
/** Different texts of them; the others count as links without a text. */
const MAX_TEXTS = 20_000;
/** The number of the empty text. */
const NO_TEXT = 0;
const FIRST_LINKS = 64;

interface ReadText {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Its number. */
  readonly text: number;
}

const NOTHING_READ: ReadText = { bytes: new Uint8Array(0), from: 0, to: 0, text: NO_TEXT };

/** All links to one URL, side by side, by ascending source: good until the next one. */
export class TargetLinks {
  docId: DocId = 0 as DocId;
  hostHash = 0;
  /** Slot of its registrable domain. */
  domainSlot: Slot = toSlot(0);
  count = 0;
  sources: Float64Array = new Float64Array(FIRST_LINKS);
  /** Upper 32 bits of the hashes of their hosts; 0 where it is not known. */
  hosts: Uint32Array = new Uint32Array(FIRST_LINKS);
  /** Slots of their registrable domains. */
  slots: Uint16Array = new Uint16Array(FIRST_LINKS);
  isNofollow: Uint8Array = new Uint8Array(FIRST_LINKS);
  isInMenu: Uint8Array = new Uint8Array(FIRST_LINKS);
  /** Of each link, the place of its text in {@link texts}. */
  textOf: Uint32Array = new Uint32Array(FIRST_LINKS);
  /** Each once, as it was written. */
  readonly texts: string[] = [''];
  readonly #known = new Map<string, number>([['', NO_TEXT]]);
  readonly #target = Buffer.alloc(LINK_TARGET_BYTES);
  readonly #reader = new LinkReader();
  /** Where the text before was read: most links to a page say the same. */
  #last: ReadText = NOTHING_READ;

  /** Begins with the links to the target of a key. */
  begin(key: Uint8Array): void {
    this.#target.set(key.subarray(0, LINK_TARGET_BYTES));
    const reader = new KeyReader(this.#target);
    this.domainSlot = reader.slot;
    this.hostHash = reader.u32();
    this.docId = docIdOfHash(reader.u64());
    this.count = 0;
    if (this.texts.length === 1) return;
    this.texts.length = 1;
    this.#known.clear();
    this.#known.set('', NO_TEXT);
    this.forgetBlock();
  }

  /** The bytes of the last record are good no more. */
  forgetBlock(): void {
    this.#last = NOTHING_READ;
  }

  isOf(key: Uint8Array): boolean {
    return this.count > 0 && this.#target.compare(key, 0, LINK_TARGET_BYTES) === 0;
  }

  /** Adds a link whose value stands in `bytes`. `UNSUPPORTED_VERSION`, `CORRUPT`. */
  add(key: Uint8Array, bytes: Uint8Array, from: number, to: number): void {
    const { count } = this;
    if (count >= MAX_SOURCES) return;
    if (count === this.sources.length) this.#grow();
    const link = this.#reader.read(bytes, from, to);
    this.sources[count] = sourceOfLinkKey(key);
    this.hosts[count] = link.sourceHost;
    this.slots[count] = link.sourceSlot;
    this.isNofollow[count] = Number(link.nofollow);
    this.isInMenu[count] = Number(link.inMenu);
    this.textOf[count] = this.#numberOf(link);
    this.count += 1;
  }

  #numberOf(link: LinkReader): number {
    const { bytes, textFrom: from, textTo: to } = link;
    const last = this.#last;
    if (isSame(last.bytes, last.from, last.to, bytes, from, to)) return last.text;
    const text = link.text;
    let number = this.#known.get(text);
    if (number === undefined) {
      number = this.texts.length < MAX_TEXTS ? this.texts.push(text) - 1 : NO_TEXT;
      if (number !== NO_TEXT) this.#known.set(text, number);
    }
    this.#last = { bytes, from, to, text: number };
    return number;
  }

  #grow(): void {
    const length = this.sources.length * 2;
    this.sources = grown(new Float64Array(length), this.sources);
    this.hosts = grown(new Uint32Array(length), this.hosts);
    this.slots = grown(new Uint16Array(length), this.slots);
    this.isNofollow = grown(new Uint8Array(length), this.isNofollow);
    this.isInMenu = grown(new Uint8Array(length), this.isInMenu);
    this.textOf = grown(new Uint32Array(length), this.textOf);
  }
}

/** Every URL of a shard's slots that is linked to; the same object each time. `CANCELLED`. */
export async function* walkTargets(
  store: Store,
  slots: readonly Slot[],
  collection: CollectionId,
  signal: AbortSignal,
): AsyncGenerator<TargetLinks> {
  const target = new TargetLinks();
  for (const slot of slots) {
    const { start, end } = collectionRange('links', slot, collection);
    let from: Uint8Array | undefined = start;
    target.count = 0;
    while (from !== undefined) {
      stopWhere(signal);
      const { blocks, resume } = await store.blocks({
        database: 'links',
        start: from,
        end,
        priority: 'background',
        skipLost: true,
      });
      for (const block of blocks) {
        for (let i = 0; i < block.count; i++) {
          const key = block.keys.subarray(i * block.keyBytes, (i + 1) * block.keyBytes);
          if (!target.isOf(key)) {
            if (target.count > 0) yield target;
            target.begin(key);
          }
          addFrom(target, key, block, i);
        }
      }
      target.forgetBlock();
      from = resume;
    }
    if (target.count > 0) yield target;
  }
}

function grown<A extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(to: A, from: A): A {
  to.set(from);
  return to;
}

function addFrom(
  target: TargetLinks,
  key: Uint8Array,
  { bytes, offsets, lengths }: RecordBlock,
  i: number,
): void {
  const from = offsets[i] as number;
  target.add(key, bytes, from, from + (lengths[i] as number));
}

function isSame(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false;
  for (let i = aFrom, j = bFrom; i < aTo; i++, j++) if (a[i] !== b[j]) return false;
  return true;
}
