/** Which pieces of a range of addresses are free: a buddy allocator, 64 bytes and up. */

import { assert, must } from '../base/index.ts';

const LEAST_ORDER = 6;
const MOST_ORDER = 30;

export class PieceAllocator {
  readonly #free: Set<number>[] = Array.from({ length: MOST_ORDER + 1 }, () => new Set<number>());
  readonly #orders = new Map<number, number>();
  #allocated_bytes = 0;

  get allocated_bytes(): number {
    return this.#allocated_bytes;
  }

  /** Address of a piece, aligned to its size or to 64; undefined where no free one is large enough. */
  take(size_bytes: number): number | undefined {
    const order = orderOf(size_bytes);
    let from = order;
    while (from <= MOST_ORDER && must(this.#free[from], 'a free list').size === 0) from += 1;
    if (from > MOST_ORDER) return undefined;
    const list = must(this.#free[from], 'a free list');
    const address = must(list.values().next().value, 'a free piece');
    list.delete(address);
    while (from > order) {
      from -= 1;
      must(this.#free[from], 'a free list').add(address + 2 ** from);
    }
    this.#orders.set(address, order);
    this.#allocated_bytes += 2 ** order;
    return address;
  }

  giveBack(address: number): void {
    const order = must(this.#orders.get(address), 'the piece that is freed');
    this.#orders.delete(address);
    this.#allocated_bytes -= 2 ** order;
    this.#join(address, order);
  }

  /** Adds addresses that were nobody's. */
  extend(start: number, end: number): void {
    let address = start;
    while (address < end) {
      let order = MOST_ORDER;
      while (address % 2 ** order !== 0 || address + 2 ** order > end) order -= 1;
      assert(order >= LEAST_ORDER, 'memory comes in whole pages');
      this.#join(address, order);
      address += 2 ** order;
    }
  }

  /** Puts a piece among the free, together with its buddy where that is free too. */
  #join(start: number, startOrder: number): void {
    let address = start;
    let order = startOrder;
    while (order < MOST_ORDER) {
      // Addresses stay below 2³¹, so that this stays positive.
      const buddy = address ^ (2 ** order);
      if (!must(this.#free[order], 'a free list').delete(buddy)) break;
      address = Math.min(address, buddy);
      order += 1;
    }
    must(this.#free[order], 'a free list').add(address);
  }
}

/** Of the power of two that holds so many bytes. */
export function orderOf(size_bytes: number): number {
  return Math.max(LEAST_ORDER, Math.ceil(Math.log2(Math.max(1, size_bytes))));
}
