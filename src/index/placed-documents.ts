/**
 * Analysed documents whose bytes stand in linear memory and were found sound: some of those that wait, in an order. What is known of each
 * stands in a row there (write-kernels/waiting-rows.ts). As objects tens of thousands of them would wait for a flush, moved about by each
 * collection of garbage in the meantime; as columns of the heap's they would bring such collections about.
 */

import type { KernelMemory } from './linear-memory.ts';
import { B_ADDRESS, DOCUMENT_SHIFT, P_COLUMNS, P_ROWS } from './write-kernels/write-layout.ts';

/** Some of the documents that wait. */
export interface ChosenDocuments {
  /** Their numbers, in their order, or how many of the first ones they are. */
  readonly chosen: Int32Array | number;
  readonly size_bytes: number;
  /** Of their fields. */
  readonly fields_bytes: number;
}

export class PlacedDocuments {
  readonly count: number;
  readonly size_bytes: number;
  readonly fields_bytes: number;
  readonly #linear: KernelMemory;
  readonly #waiting: number;
  readonly #numbers: Int32Array | undefined;

  /** Of the documents that wait at `waiting`. */
  constructor(linear: KernelMemory, waiting: number, { chosen, size_bytes, fields_bytes }: ChosenDocuments) {
    this.#linear = linear;
    this.#waiting = waiting;
    this.#numbers = typeof chosen === 'number' ? undefined : chosen;
    this.count = typeof chosen === 'number' ? chosen : chosen.length;
    this.size_bytes = size_bytes;
    this.fields_bytes = fields_bytes;
  }

  /** Copies their rows, one behind the other. */
  copyRows(to: number): void {
    const { bytes } = this.#linear;
    const rows = this.#buffer(P_ROWS);
    const size_bytes = 1 << DOCUMENT_SHIFT;
    if (this.#numbers === undefined) {
      bytes.copyWithin(to, rows, rows + this.count * size_bytes);
      return;
    }
    let at = to;
    for (const number of this.#numbers) {
      const row = rows + number * size_bytes;
      bytes.copyWithin(at, row, row + size_bytes);
      at += size_bytes;
    }
  }

  /** Address from which on their columns stand, each where its row says. Good until memory is asked for. */
  get columnsAt(): number {
    return this.#buffer(P_COLUMNS);
  }

  #buffer(which: number): number {
    return this.count === 0 ? 0 : (this.#linear.words[(this.#waiting + which + B_ADDRESS) >> 2] as number);
  }
}
