/** The key that a point read asks for, as words with a hash: made once for all pages that are asked. */

import { MAX_KEY_BYTES } from './part-format.ts';

/** The hash of a key whose words stand at `at`, where its length is a multiple of four: as {@link WantedKey.set} makes it. */
export function hashOfWords(words: Int32Array, at: number, count: number, length: number): number {
  let hash = length;
  for (let i = at; i < at + count; i++) {
    hash = Math.imul(hash ^ (words[i] as number), 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}

export class WantedKey {
  /** The key's bytes, the last word filled up with zeros. */
  readonly words: Int32Array = new Int32Array(MAX_KEY_BYTES / 4);
  /** Of 32 bits, signed: quick, for keys that are compared afterwards. Never written to a file. */
  hash = 0;
  bytes: Uint8Array = new Uint8Array(0);

  /** Hot: a loop over bytes, which may stand anywhere. */
  set(key: Uint8Array): void {
    const { words } = this;
    const length = key.length;
    const whole = length & ~3;
    let hash = length;
    let at = 0;
    for (; at < whole; at += 4) {
      const word =
        (key[at] as number) |
        ((key[at + 1] as number) << 8) |
        ((key[at + 2] as number) << 16) |
        ((key[at + 3] as number) << 24);
      words[at >> 2] = word;
      hash = Math.imul(hash ^ word, 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    if (at < length) {
      let word = 0;
      for (let shift = 0; at < length; at++, shift += 8) word |= (key[at] as number) << shift;
      words[whole >> 2] = word;
      hash = Math.imul(hash ^ word, 0x85eb_ca6b);
    }
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
    this.hash = hash ^ (hash >>> 16);
    this.bytes = key;
  }
}
