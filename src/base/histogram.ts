/** How long things take, in a fixed number of buckets: sixteen to each doubling, so a reading is within 4.4 %. */

const BUCKETS_PER_DOUBLING = 16;
/** Everything below lies in the first bucket. A microsecond, where values are milliseconds. */
const LEAST = 0.001;
const DOUBLINGS = 32;

/** Readings of a {@link Histogram}, in the unit of its values; zeros where it holds none. */
export interface HistogramSummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export class Histogram {
  readonly #buckets = new Float64Array(DOUBLINGS * BUCKETS_PER_DOUBLING + 1);
  #count = 0;
  #sum = 0;
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
    this.#sum += counted;
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

  summary(): HistogramSummary {
    return {
      count: this.#count,
      mean: this.#count === 0 ? 0 : this.#sum / this.#count,
      p50: this.quantile(0.5),
      p90: this.quantile(0.9),
      p99: this.quantile(0.99),
      max: this.#max,
    };
  }

  /** Adds all that `other` holds: of another shard, or of another span of time. */
  merge(other: Histogram): void {
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + (other.#buckets[bucket] ?? 0);
    }
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#sum = 0;
    this.#max = 0;
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
