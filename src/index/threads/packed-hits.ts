/**
 * Answers of searches as numbers side by side: as objects they would cost both threads of a message more than a short
 * search does. Names of features and counters go once a message.
 */

import type { DocId } from '../../base/index.ts';
import { must } from '../../base/index.ts';
import type { IndexHit, IndexHits } from '../index-query.ts';

/** The answers of one message, in the order in which they were packed. */
export interface PackedHits {
  readonly numbers: Float64Array;
  /** Lists of names that the numbers refer to by place. */
  readonly shapes: readonly (readonly string[])[];
}

type Named = Readonly<Record<string, number>>;

/** Facets and values that hits were sorted by are no numbers: such answers go as they are. */
export function isPackable({ hits, facets }: IndexHits): boolean {
  return facets === undefined && hits.every(({ sortValues }) => sortValues === undefined);
}

export class HitsPacker {
  readonly #numbers: number[] = [];
  readonly #shapes: (readonly string[])[] = [];

  add({ hits, matches, countIsExact, partial, counters }: IndexHits): void {
    this.#numbers.push(matches, countIsExact ? 1 : 0, partial ? 1 : 0);
    this.#addNamed(counters);
    this.#numbers.push(hits.length);
    for (const { docId, score, features, siteHash, contentHash, language } of hits) {
      this.#numbers.push(docId, score, siteHash, contentHash, language);
      this.#addNamed(features);
    }
  }

  finish(): PackedHits {
    return { numbers: Float64Array.from(this.#numbers), shapes: this.#shapes };
  }

  #addNamed(named: Named): void {
    const names = Object.keys(named);
    this.#numbers.push(this.#shapeOf(names));
    for (const name of names) this.#numbers.push(named[name] ?? 0);
  }

  /** There are but a few. */
  #shapeOf(names: readonly string[]): number {
    const known = this.#shapes.findIndex(
      (shape) => shape.length === names.length && shape.every((name, i) => name === names[i]),
    );
    return known >= 0 ? known : this.#shapes.push(names) - 1;
  }
}

export class HitsUnpacker {
  readonly #numbers: Float64Array;
  readonly #shapes: readonly (readonly string[])[];
  #at = 0;

  constructor({ numbers, shapes }: PackedHits) {
    this.#numbers = numbers;
    this.#shapes = shapes;
  }

  /** The answer that was packed next. */
  next(): IndexHits {
    const matches = this.#number();
    const countIsExact = this.#number() === 1;
    const partial = this.#number() === 1;
    const counters = this.#named();
    const hits: IndexHit[] = [];
    for (let left = this.#number(); left > 0; left--) {
      hits.push({
        docId: this.#number() as DocId,
        score: this.#number(),
        siteHash: this.#number(),
        contentHash: this.#number(),
        language: this.#number(),
        features: this.#named(),
      });
    }
    return { hits, matches, countIsExact, partial, counters };
  }

  #number(): number {
    return this.#numbers[this.#at++] as number;
  }

  #named(): Named {
    const named: Record<string, number> = {};
    for (const name of must(this.#shapes[this.#number()], 'the names of an answer'))
      named[name] = this.#number();
    return named;
  }
}
