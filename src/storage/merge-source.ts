/**
 * A run as a source of a merge: its data pages one after another, read into the merge's memory in long stretches, the
 * next one while this is merged, checked there and taken apart there.
 */

import { unzstdInto } from '../base/index.ts';
import { alignUp } from './alignment.ts';
import type { RunReader } from './run.ts';
import { compareKeys, keyAfter } from './key-order.ts';
import type { MergeMemory, MergeSlot } from './merge-memory.ts';
import { corruptPage, PAGE_CHECKSUM_BYTES, PAGE_HEADER_BYTES, PAGE_KIND_NUMBERS, u32At } from './page.ts';
import { COMPRESSION_NUMBERS, decompressPage } from './page-compression.ts';
import { MAX_CONTENT_BYTES } from './part-format.ts';
import type { PagePosition, PartReader } from './part-reader.ts';
import type { ReadManner } from './retrying-reads.ts';

/** Bytes of the file as they stand there, in one half of the slot. */
interface Stretch {
  readonly offset: number;
  readonly size_bytes: number;
  readonly at: number;
}

/** Between two data pages there may be values, which are read by themselves; few bytes are read along. */
const MAX_GAP_BYTES: number = 16 * 1024;

export class MergeSource {
  readonly #number: number;
  readonly #memory: MergeMemory;
  readonly #slot: MergeSlot;
  readonly #manner: ReadManner;
  readonly #parts: readonly PartReader[];
  readonly #start: Uint8Array;
  #place = 0;
  #position: PagePosition | undefined;
  /** Where the page stands that the kernel has now. */
  #current: PagePosition | undefined;
  #stretch: Stretch | undefined;
  #following: Promise<Stretch | undefined> | undefined;
  /** The next page was read alone, and stands in the slot. */
  #alone_bytes: number | undefined;
  /** The next page can't be taken from the stretch: it is compressed much, large or damaged. */
  #mustReadAlone = false;
  #half: 0 | 1 = 0;

  /** `number` is its place in the merge. Holds the part that it reads, one at a time. */
  constructor(run: RunReader, number: number, keyBytes: number, memory: MergeMemory, manner: ReadManner) {
    this.#number = number;
    this.#memory = memory;
    this.#slot = memory.slots[number] as MergeSlot;
    this.#manner = manner;
    const { consumed } = run.entry;
    const start = consumed === undefined ? new Uint8Array(keyBytes) : keyAfter(consumed);
    this.#start = start ?? new Uint8Array(keyBytes);
    this.#parts =
      start === undefined ? [] : run.parts.filter(({ entry }) => compareKeys(entry.lastKey, start) >= 0);
    memory.skipTo(number, this.#start);
    this.#part?.pin();
  }

  /** Where the page stands that the merge has of it now. */
  get current(): PagePosition | undefined {
    return this.#current;
  }

  /** The part that {@link current} is of. */
  get part(): PartReader | undefined {
    return this.#part;
  }

  /** Gives the merge the next page, or the end; `wait` where {@link load} must come first. `CORRUPT`. */
  next(): 'page' | 'end' | 'wait' {
    if (this.#part === undefined) {
      this.#memory.endSource(this.#number);
      return 'end';
    }
    const position = this.#position;
    if (position === undefined || position.index >= position.map.count) return 'wait';
    if (this.#alone_bytes !== undefined) {
      const { page } = this.#slot;
      this.#give(position, page, this.#alone_bytes);
      this.#alone_bytes = undefined;
      return 'page';
    }
    return !this.#mustReadAlone && this.#giveFromStretch(position) ? 'page' : 'wait';
  }

  async load(): Promise<void> {
    if (this.#part === undefined) return;
    this.#position ??= await this.#part.positionOf(this.#start, this.#manner);
    if (this.#position.index >= this.#position.map.count) {
      await this.#nextMap(this.#part, this.#position);
      return;
    }
    const position = this.#position;
    if (this.#isInStretch(position) || this.#mustReadAlone) {
      // What it held did not do.
      this.#alone_bytes = await this.#readAlone(this.#part, position);
      this.#mustReadAlone = false;
      return;
    }
    this.#stretch = await this.#following;
    this.#following = undefined;
    if (!this.#isInStretch(position)) this.#stretch = await this.#read(position, position.index);
    if (!this.#isInStretch(position)) this.#mustReadAlone = true;
    else this.#readOn(position);
  }

  /** Nothing is read into the memory from here on. */
  async close(): Promise<void> {
    await this.#following;
    this.#following = undefined;
    this.#part?.unpin();
    this.#place = this.#parts.length;
  }

  get #part(): PartReader | undefined {
    return this.#parts[this.#place];
  }

  async #nextMap(part: PartReader, position: PagePosition): Promise<void> {
    this.#position = await part.nextMap(position, this.#manner);
    if (this.#position !== undefined) return;
    await this.#following;
    this.#following = undefined;
    this.#stretch = undefined;
    part.unpin();
    this.#place += 1;
    this.#part?.pin();
  }

  #isInStretch({ map, index }: PagePosition): boolean {
    const stretch = this.#stretch;
    if (stretch === undefined) return false;
    const from = map.offsetOf(index) - stretch.offset;
    return from >= 0 && from + map.sizeOf(index) <= stretch.size_bytes;
  }

  /** False where the page is not there, is damaged, or takes more than a glance. */
  #giveFromStretch(position: PagePosition): boolean {
    const stretch = this.#stretch;
    if (stretch === undefined || !this.#isInStretch(position)) return false;
    const { map, index, part } = position;
    const offset = map.offsetOf(index);
    const at = stretch.at + offset - stretch.offset;
    const { bytes } = this.#memory;
    const contentAt = at + PAGE_HEADER_BYTES;
    // Hot: no object for the header.
    const kind = bytes[at];
    const compression = bytes[at + 1] as number;
    const stored_bytes = u32At(bytes, at + 4);
    const content_bytes = u32At(bytes, at + 8);
    const isWhole =
      map.sizeOf(index) === alignUp(PAGE_HEADER_BYTES + stored_bytes + PAGE_CHECKSUM_BYTES) &&
      kind === PAGE_KIND_NUMBERS.data &&
      content_bytes <= MAX_CONTENT_BYTES &&
      this.#memory.isWhole(at, PAGE_HEADER_BYTES + stored_bytes, part.footer.partNumber, offset);
    if (!isWhole) return false;
    if (compression === COMPRESSION_NUMBERS.none) {
      if (stored_bytes !== content_bytes) return false;
      this.#give(position, contentAt, content_bytes);
      return true;
    }
    const stored = bytes.subarray(contentAt, contentAt + stored_bytes);
    const room = bytes.subarray(this.#slot.page, this.#slot.page + content_bytes);
    if (compression !== COMPRESSION_NUMBERS.zstd || !unzstdInto(stored, room)) {
      const content = contentOf(stored, compression, content_bytes);
      if (content?.length !== content_bytes) return false;
      room.set(content);
    }
    this.#give(position, this.#slot.page, content_bytes);
    return true;
  }

  #give(position: PagePosition, at: number, content_bytes: number): void {
    this.#current = { ...position };
    position.index += 1;
    if (this.#memory.setPage(this.#number, at, content_bytes) === 'damaged') {
      throw this.damaged('its restart points do not fit');
    }
  }

  /** The error of the page that the merge has now. */
  damaged(why: string): Error {
    const position = this.#current as PagePosition;
    const part = this.#part as PartReader;
    return corruptPage(position.map.place(position.index), part.contextOf(position), why);
  }

  /** Into the slot; tried again, and told with its place and its keys where it can't be read. */
  async #readAlone(part: PartReader, position: PagePosition): Promise<number> {
    const content = await part.readContent(position, this.#manner);
    if (content.length > MAX_CONTENT_BYTES) {
      throw corruptPage(
        position.map.place(position.index),
        part.contextOf(position),
        'it is too large for a page of keys',
      );
    }
    this.#memory.bytes.set(content, this.#slot.page);
    return content.length;
  }

  /** Begins to read what follows the stretch, as far as this map page knows it. */
  #readOn(position: PagePosition): void {
    const { map } = position;
    let index = position.index + 1;
    while (index < map.count && this.#isInStretch({ ...position, index })) index += 1;
    if (index < map.count) this.#following = this.#read(position, index);
  }

  /** Pages from `first` on, as many as stand close together and have room; undefined where the disk fails. */
  async #read(position: PagePosition, first: number): Promise<Stretch | undefined> {
    const { map } = position;
    const offset = map.offsetOf(first);
    let end = offset;
    for (let index = first; index < map.count; index++) {
      const next = map.offsetOf(index);
      const behind = next + map.sizeOf(index);
      if (next - end > MAX_GAP_BYTES || behind - offset > this.#slot.stretch_bytes) break;
      end = behind;
    }
    if (end === offset) return undefined;
    this.#half = this.#half === 0 ? 1 : 0;
    const at = this.#slot.stretches[this.#half];
    try {
      const into = this.#memory.bytes.subarray(at, at + end - offset);
      return { offset, at, size_bytes: await position.part.file.read(into, offset) };
    } catch {
      // What is only read ahead is read again, page by page, where it is needed.
      return undefined;
    }
  }
}

/** Undefined where it is no such thing, or would take another thread. */
function contentOf(bytes: Uint8Array, compression: number, content_bytes: number): Uint8Array | undefined {
  try {
    const content = decompressPage(bytes, compression, content_bytes);
    return content instanceof Promise ? undefined : content;
  } catch {
    return undefined;
  }
}
