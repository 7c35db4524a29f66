/** What the life of a store is made of, drawn from its seed: batches of records, their values, and faults of the disk. */

import type { Random } from '../src/base/index.ts';
import type { Fault } from '../src/disk/index.ts';
import {
  type Batch,
  type BatchWriter,
  DATABASES,
  type DatabaseName,
  type RecordOperation,
} from '../src/storage/index.ts';
import { AdversarialKeys, pick } from './adversarial-keys.ts';
import { batchOf, type Marked, markerOf, writtenBatchOf } from './life-model.ts';
import type { Temper } from './life-temper.ts';

/** What a large batch has more than others. */
const BULK_RECORDS = 30;
const BULK_VALUE_BYTES = 4_000;

const FAULTY_OPERATIONS = [
  'write',
  'sync',
  'allocate',
  'open',
  'syncDirectory',
  'rename',
  'remove',
  'link',
] as const;

export class LifeDraws {
  readonly keys: AdversarialKeys;
  readonly #random: Random;
  readonly #temper: Temper;
  #nextId = 1;

  constructor(random: Random, temper: Temper) {
    this.#random = random;
    this.#temper = temper;
    this.keys = new AdversarialKeys(random, temper.keys);
  }

  /** The next batch's number: its marker's. */
  id(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  /** The record that batches count in. */
  get counter(): { readonly database: DatabaseName; readonly key: Uint8Array } {
    const [database = 'links'] = this.#temper.databases;
    const key = new Uint8Array(DATABASES[database].keyBytes).fill(0x55);
    key[0] = 0x05;
    return { database, key };
  }

  batch(): { readonly written: Marked; readonly batch: Batch | BatchWriter } {
    const id = this.id();
    const isLarge = this.#temper.isBulky && this.#random.below(3) === 0;
    const records = [markerOf(id), ...this.#operations(), ...(isLarge ? this.#bulk() : [])];
    const batch = id % 2 === 0 && !isLarge ? batchOf(id, records) : writtenBatchOf(id, records);
    return { written: { id, records }, batch };
  }

  fault(): Fault {
    const kind = this.#random.below(4);
    if (kind === 0) return { effect: 'lost-sync', times: 1 };
    if (kind === 1) return { effect: 'disk-full', times: 1 + this.#random.below(4), probability: 0.5 };
    return {
      effect: 'io-error',
      operation: pick(this.#random, FAULTY_OPERATIONS),
      times: 1 + this.#random.below(2),
      probability: 0.5,
    };
  }

  #operations(): RecordOperation[] {
    return Array.from({ length: this.#random.below(this.#temper.batch) }, () => {
      const database = pick(this.#random, this.#temper.databases);
      const key = this.keys.next(database);
      return { database, key, value: this.#random.below(4) === 0 ? undefined : this.#value() };
    });
  }

  #bulk(): RecordOperation[] {
    return Array.from({ length: 2 + this.#random.below(BULK_RECORDS) }, () => {
      const database = pick(this.#random, this.#temper.databases);
      const value = new Uint8Array(this.#random.below(BULK_VALUE_BYTES)).fill(this.#random.below(256));
      return { database, key: this.keys.next(database), value };
    });
  }

  #value(): Uint8Array {
    const isWide = this.#temper.batch > 100;
    const draw = isWide ? 100 : this.#random.below(40);
    const most = draw === 0 ? 20_000 : draw < 4 ? 6_000 : this.#temper.value_bytes;
    const value = new Uint8Array(this.#random.below(most));
    const step = this.#random.below(5);
    const start = this.#random.below(256);
    for (let i = 0; i < value.length; i++) value[i] = start + i * step;
    return value;
  }
}
