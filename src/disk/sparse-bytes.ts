/** The bytes of a file in memory, in pages: those never written, or written with zeros only, take no room; copies share theirs. */

const PAGE_BYTES = 4096;
const ZEROS = new Uint8Array(PAGE_BYTES);

export class SparseBytes {
  readonly #pages: Map<number, Uint8Array>;
  /** Pages that no copy has as well: the others are copied before they are written. */
  #own = new Set<number>();
  #size_bytes: number;

  constructor(pages: Map<number, Uint8Array> = new Map(), size_bytes = 0) {
    this.#pages = pages;
    this.#size_bytes = size_bytes;
  }

  get size_bytes(): number {
    return this.#size_bytes;
  }

  /** Fills `into` from `offset` on; returns how many bytes there were. */
  read(into: Uint8Array, offset: number): number {
    const count = Math.max(0, Math.min(into.length, this.#size_bytes - offset));
    this.#eachPage(offset, count, (page, start, end, at) => {
      const bytes = this.#pages.get(page);
      if (bytes === undefined) into.fill(0, at, at + end - start);
      else into.set(bytes.subarray(start, end), at);
    });
    return count;
  }

  write(bytes: Uint8Array, offset: number): void {
    this.#eachPage(offset, bytes.length, (page, start, end, at) => {
      const part = bytes.subarray(at, at + end - start);
      const isZero = (): boolean => Buffer.compare(part, ZEROS.subarray(0, part.length)) === 0;
      if (!this.#pages.has(page) && isZero()) return;
      this.#ownPage(page).set(part, start);
    });
    if (bytes.length > 0) this.#size_bytes = Math.max(this.#size_bytes, offset + bytes.length);
  }

  /** Cuts, or grows with zeros. */
  resize(size_bytes: number): void {
    if (size_bytes < this.#size_bytes) {
      const lastPage = Math.floor(size_bytes / PAGE_BYTES);
      for (const page of this.#pages.keys()) if (page > lastPage) this.#pages.delete(page);
      if (this.#pages.has(lastPage)) this.#ownPage(lastPage).fill(0, size_bytes % PAGE_BYTES);
    }
    this.#size_bytes = size_bytes;
  }

  clone(): SparseBytes {
    this.#own = new Set();
    return new SparseBytes(new Map(this.#pages), this.#size_bytes);
  }

  #ownPage(page: number): Uint8Array {
    const shared = this.#pages.get(page);
    if (shared !== undefined && this.#own.has(page)) return shared;
    const own = shared?.slice() ?? new Uint8Array(PAGE_BYTES);
    this.#pages.set(page, own);
    this.#own.add(page);
    return own;
  }

  /** Walks the pages under a range: the part of the page from `start` to `end` is the range's from `at` on. */
  #eachPage(
    offset: number,
    count: number,
    visit: (page: number, start: number, end: number, at: number) => void,
  ): void {
    for (let at = 0; at < count;) {
      const page = Math.floor((offset + at) / PAGE_BYTES);
      const start = (offset + at) % PAGE_BYTES;
      const end = Math.min(PAGE_BYTES, start + count - at);
      visit(page, start, end, at);
      at += end - start;
    }
  }
}
