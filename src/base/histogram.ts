/** How long things take, in a fixed number of buckets: sixteen to each doubling, so a reading is within 4.4 %. */

const BUCKETS_PER_DOUBLING = 16;
/** Everything below lies in the first bucket. A microsecond, where values are milliseconds. */
const LEAST = 0.001;
const DOUBLINGS = 32;

export class Histogram {
  readonly #buckets = new Float64Array(DOUBLINGS * BUCKETS_PER_DOUBLING + 1);
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds a value; negative ones (a clock that went back) count as 0. */
  add(value: number): void {
    const counted = value > 0 ? value : 0;
    const bucket = bucketOf(counted);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    if (counted > this.#max) this.#max = counted;
  }

  /** The value that `share` (0 … 1) of all values don't exceed, rounded up to its bucket; never above the greatest. */
  quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let passed = 0;
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      passed += this.#buckets[bucket] ?? 0;
      if (passed >= wanted) return Math.min(upperEdge(bucket), this.#max);
    }
    return this.#max;
  }
}

function bucketOf(value: number): number {
  if (value <= LEAST) return 0;
  const bucket = Math.ceil(Math.log2(value / LEAST) * BUCKETS_PER_DOUBLING);
  return Math.min(bucket, DOUBLINGS * BUCKETS_PER_DOUBLING);
}

function upperEdge(bucket: number): number {
  return LEAST * 2 ** (bucket / BUCKETS_PER_DOUBLING);
}
