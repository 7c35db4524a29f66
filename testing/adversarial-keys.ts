/**
 * Keys that look for trouble: of every database's width, in orders that split and shift what is sorted, with bytes at
 * both ends of their range, so that neighbours share much, nothing, or all but a carry.
 */

import type { Random } from '../src/base/index.ts';
import { type DatabaseName, DATABASES, KEY_HEAD_BYTES } from '../src/storage/index.ts';

/** In which order a life meets its keys. */
export type KeyOrder = 'random' | 'ascending' | 'descending' | 'clustered' | 'inward' | 'repeated';
const ORDERS: readonly KeyOrder[] = ['random', 'ascending', 'descending', 'clustered', 'inward', 'repeated'];

/** Where in a key's own bytes its number stands; all others have one value. */
interface KeyShape {
  readonly numberAt: 'front' | 'back' | 'everywhere';
  readonly fill: number;
  readonly slots: readonly number[];
  readonly collections: readonly number[];
}

const FILLS = [0x00, 0xff, 0x7f, 0x80];
const SLOTS = [0, 1, 7, 2_047, 2_048, 4_094, 4_095];
const COLLECTIONS = [0, 1, 3, 0x7fff_ffff, 0xffff_ffff];

export class AdversarialKeys {
  readonly order: KeyOrder;
  readonly #random: Random;
  readonly #count: number;
  readonly #shapes = new Map<DatabaseName, KeyShape>();
  #next = 0;

  /** `count`: how many different keys each database has. */
  constructor(random: Random, count: number) {
    this.#random = random;
    this.#count = count;
    this.order = pick(random, ORDERS);
  }

  /** The next key to touch, as the order has it. */
  next(database: DatabaseName): Uint8Array {
    return this.key(database, this.#number());
  }

  /** Any of the keys. */
  any(database: DatabaseName): Uint8Array {
    return this.key(database, this.#random.below(this.#count));
  }

  key(database: DatabaseName, number: number): Uint8Array {
    const shape = this.#shapeOf(database);
    const { keyBytes } = DATABASES[database];
    const key = new Uint8Array(keyBytes).fill(shape.fill);
    const view = new DataView(key.buffer);
    const { slots, collections } = shape;
    view.setUint16(0, slots[number % slots.length] ?? 0);
    view.setUint32(2, collections[number % collections.length] ?? 0);
    if (shape.numberAt === 'front') view.setUint16(KEY_HEAD_BYTES, number);
    else if (shape.numberAt === 'back') view.setUint16(keyBytes - 3, number);
    else
      for (let i = KEY_HEAD_BYTES; i < keyBytes; i++)
        key[i] = (number >>> (4 * ((keyBytes - 1 - i) % 4))) & 0xff;
    // Two keys with one number differ only where the number stands: the last byte belongs to the tombstone bit.
    if (shape.numberAt === 'everywhere') view.setUint16(KEY_HEAD_BYTES, number);
    key[keyBytes - 1] = (key[keyBytes - 1] ?? 0) | 1;
    return key;
  }

  #number(): number {
    const place = this.#next++;
    const count = this.#count;
    switch (this.order) {
      case 'random':
        return this.#random.below(count);
      case 'ascending':
        return place % count;
      case 'descending':
        return count - 1 - (place % count);
      case 'clustered': {
        const cluster = Math.floor(place / 40) * 61;
        return (cluster + this.#random.below(30)) % count;
      }
      case 'inward':
        return place % 2 === 0 ? (place / 2) % count : count - 1 - (((place - 1) / 2) % count);
      case 'repeated':
        break;
    }
    return this.#random.below(Math.min(count, 12));
  }

  #shapeOf(database: DatabaseName): KeyShape {
    let shape = this.#shapes.get(database);
    if (shape === undefined) {
      const random = this.#random;
      const numberAt = pick(random, ['front', 'back', 'everywhere'] as const);
      const isWide = random.below(2) === 0;
      shape = {
        numberAt,
        fill: pick(random, FILLS),
        slots: isWide ? SLOTS : [pick(random, SLOTS)],
        collections: isWide ? COLLECTIONS : [pick(random, COLLECTIONS)],
      };
      this.#shapes.set(database, shape);
    }
    return shape;
  }
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.below(choices.length)] as T;
}
