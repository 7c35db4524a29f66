/** A hash as the two signed words that kernels take. Through memory: arithmetic on it would leave garbage behind. */

const hashes = new BigUint64Array(1);
const words = new Int32Array(hashes.buffer);

export function highHalf(hash: bigint): number {
  hashes[0] = hash;
  return words[1] as number;
}

export function lowHalf(hash: bigint): number {
  hashes[0] = hash;
  return words[0] as number;
}
