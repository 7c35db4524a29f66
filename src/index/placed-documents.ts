/**
 * Analysed documents whose bytes stand in linear memory and were found sound: a column for each thing that is known of them. As
 * objects tens of thousands of them would wait for a flush, moved about by each collection of garbage in the meantime.
 */

import type { DocId } from '../base/index.ts';

const FIRST_ROOM = 16;

export class PlacedDocuments {
  count = 0;
  docIds: Float64Array<ArrayBuffer> = new Float64Array(FIRST_ROOM);
  /** Where their bytes are, and how many. */
  addresses: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_ROOM);
  sizes_bytes: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_ROOM);
  /** The same of their fields; 0 where one has none. */
  fieldsAt: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_ROOM);
  fields_bytes: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_ROOM);

  /** The number of the document that is added. */
  add(docId: number, address: number, size_bytes: number, fieldsAt: number, fields_bytes: number): number {
    const number = this.count;
    if (number === this.docIds.length) this.#grow();
    this.docIds[number] = docId;
    this.addresses[number] = address;
    this.sizes_bytes[number] = size_bytes;
    this.fieldsAt[number] = fieldsAt;
    this.fields_bytes[number] = fields_bytes;
    this.count += 1;
    return number;
  }

  docId(number: number): DocId {
    return this.docIds[number] as DocId;
  }

  /** Those with the numbers that are not negative, in their order. */
  chosen(numbers: Iterable<number>): PlacedDocuments {
    const chosen = new PlacedDocuments();
    for (const number of numbers) {
      if (number < 0) continue;
      chosen.add(
        this.docIds[number] as number,
        this.addresses[number] as number,
        this.sizes_bytes[number] as number,
        this.fieldsAt[number] as number,
        this.fields_bytes[number] as number,
      );
    }
    return chosen;
  }

  #grow(): void {
    const room = this.count * 2;
    const wider = (words: Uint32Array): Uint32Array<ArrayBuffer> => {
      const grown = new Uint32Array(room);
      grown.set(words);
      return grown;
    };
    const docIds = new Float64Array(room);
    docIds.set(this.docIds);
    this.docIds = docIds;
    this.addresses = wider(this.addresses);
    this.sizes_bytes = wider(this.sizes_bytes);
    this.fieldsAt = wider(this.fieldsAt);
    this.fields_bytes = wider(this.fields_bytes);
  }
}

/** Sum of the first `count` numbers of a column. */
export function columnSum(column: Uint32Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += column[i] as number;
  return sum;
}
