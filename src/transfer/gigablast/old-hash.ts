/**
 * The hash by which a Gigablast names sites and tags: bytes pick numbers of a table by their place, and all are xored. Its
 * table comes from the C library's generator of additive feedback (31 words, the first 310 numbers thrown away), begun with
 * a fixed seed.
 */

const SEED = 1_945_687;
const SIDE = 256;
const WORDS = 31;
const WARM_UP = 310;
const TOP_BIT = 0x8000_0000;
/** Above it the generator's next number sets the top bit, which the one before lacks. */
const HALF = 0x7fff_ffff / 2;

interface HashTable {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

let table: HashTable | undefined;

/** All 64 bits. */
export function oldHash64(text: string): bigint {
  const { high, low } = hashOf(text);
  return (BigInt(high) << 32n) | BigInt(low);
}

/** The lower 32 bits. */
export function oldHash32(text: string): number {
  return hashOf(text).low;
}

function hashOf(text: string): { high: number; low: number } {
  table ??= makeTable();
  let high = 0;
  let low = 0;
  for (const [at, byte] of Buffer.from(text).entries()) {
    // The place counts in one byte.
    const entry = (at % SIDE) * SIDE + byte;
    high ^= table.high[entry] ?? 0;
    low ^= table.low[entry] ?? 0;
  }
  return { high: high >>> 0, low: low >>> 0 };
}

function makeTable(): HashTable {
  const next = additiveFeedback(SEED);
  const half = (): number => {
    const number = next();
    return next() > HALF ? number | TOP_BIT : number;
  };
  const high = new Uint32Array(SIDE * SIDE);
  const low = new Uint32Array(SIDE * SIDE);
  for (let entry = 0; entry < high.length; entry++) {
    high[entry] = half();
    low[entry] = half();
  }
  return { high, low };
}

/** Numbers of 31 bits. */
function additiveFeedback(seed: number): () => number {
  const words = new Uint32Array(WORDS);
  words[0] = seed;
  for (let n = 1; n < WORDS; n++) {
    const before = words[n - 1] ?? 0;
    words[n] = (16_807 * before) % 0x7fff_ffff;
  }
  let front = 3;
  let rear = 0;
  const next = (): number => {
    const sum = ((words[front] ?? 0) + (words[rear] ?? 0)) >>> 0;
    words[front] = sum;
    front = (front + 1) % WORDS;
    rear = (rear + 1) % WORDS;
    return sum >>> 1;
  };
  for (let n = 0; n < WARM_UP; n++) next();
  return next;
}
