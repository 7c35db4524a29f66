/** Words into sealed pages, one after the other: in memory until drained to a file. */

import type { DiskFile } from '../disk/index.ts';
import { HEAD_WORDS, PAGE_BYTES, PAGE_WORDS, sealPage } from './segment-format.ts';
import { must } from '../base/index.ts';
import { BLOCK_BYTES, giveBlock, givePages, takeBlock, takePage } from './spare-memory.ts';

/** Pages written to a file at a time. */
const DRAIN_PAGES: number = BLOCK_BYTES / PAGE_BYTES;

export class PageStream {
  /** Pages not yet drained; the first is the head's page always. */
  readonly #pages: Uint8Array[] = [];
  #words: Int32Array = new Int32Array(0);
  #used: number = PAGE_WORDS;
  #pageCount = 0;
  /** Full pages that are in the file: 1 … #drained. */
  #drained = 0;

  constructor() {
    this.#nextPage();
    this.#used = HEAD_WORDS;
  }

  /** Word that the next append fills. */
  get position(): number {
    return (this.#pageCount - 1) * PAGE_WORDS + this.#used;
  }

  get pageCount(): number {
    return this.#pageCount;
  }

  /** Words free in the current page. */
  get left(): number {
    return PAGE_WORDS - this.#used;
  }

  word(value: number): void {
    if (this.#used === PAGE_WORDS) this.#nextPage();
    this.#words[this.#used++] = value;
  }

  append(source: Int32Array, from: number, past: number): void {
    let at = from;
    while (at < past) {
      if (this.#used === PAGE_WORDS) this.#nextPage();
      const count = Math.min(past - at, PAGE_WORDS - this.#used);
      this.#words.set(source.subarray(at, at + count), this.#used);
      this.#used += count;
      at += count;
    }
  }

  /** Leaves the rest of the page empty when `count` words do not fit in it. Returns where the next word will stand. */
  fit(count: number): number {
    if (PAGE_WORDS - this.#used < count) this.#nextPage();
    return this.position;
  }

  /** Writes full pages to `file`; the head's page and the current one stay. */
  async drain(file: DiskFile): Promise<void> {
    while (this.#pages.length - 2 >= DRAIN_PAGES) await this.#writeOut(file, DRAIN_PAGES);
  }

  /** Seals everything; the head goes to the first page. */
  finish(head: Int32Array): void {
    const first = must(this.#pages[0], 'the first page');
    new Int32Array(first.buffer, 0, HEAD_WORDS).set(head);
    sealPage(first, 0);
    if (this.#pageCount > 1) sealPage(must(this.#pages.at(-1), 'the last page'), this.#pageCount - 1);
  }

  /** After {@link finish}: what is left goes to the file, the head last. */
  async finishFile(file: DiskFile): Promise<void> {
    while (this.#pages.length > 1) await this.#writeOut(file, Math.min(DRAIN_PAGES, this.#pages.length - 1));
    await file.write(must(this.#pages[0], 'the first page'), 0);
    givePages(this.#pages.splice(0));
  }

  /** After {@link finish}, where nothing was drained: all pages. */
  get pages(): readonly Uint8Array[] {
    return this.#pages;
  }

  async #writeOut(file: DiskFile, count: number): Promise<void> {
    const block = takeBlock();
    const bytes = new Uint8Array(block, 0, count * PAGE_BYTES);
    const pages = this.#pages.splice(1, count);
    pages.forEach((page, i) => bytes.set(page, i * PAGE_BYTES));
    givePages(pages);
    const first = this.#drained + 1;
    this.#drained += count;
    await file.write(bytes, first * PAGE_BYTES);
    giveBlock(block);
  }

  #nextPage(): void {
    if (this.#pageCount > 1) sealPage(must(this.#pages.at(-1), 'the current page'), this.#pageCount - 1);
    const page = takePage();
    this.#pages.push(page);
    this.#words = new Int32Array(page.buffer, 0, PAGE_WORDS);
    this.#used = 0;
    this.#pageCount += 1;
  }
}
