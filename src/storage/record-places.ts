/**
 * Where records that were read lately stand on pages that are held, keys and all, so that the next read of one waits for
 * one line of memory instead of a dozen. A place counts only for the very runs among which it was found, its *generation*,
 * and as long as its page is held: so it never gives an older version.
 */

import type { FoundValue } from './found-value.ts';
import type { PageFrames } from './page-frames.ts';
import type { WantedKey } from './wanted-key.ts';

/** Words of a line: generation (0 in an empty one), serial number and frame of the page, the value's begin in its buffer and length, the key's hash, then the key. */
const LINE_WORDS = 16;
const AT_SERIAL = 1;
const AT_FRAME = 2;
const AT_FROM = 3;
const AT_LENGTH = 4;
const AT_HASH = 5;
const AT_KEY = 6;
const MAX_KEY_BYTES: number = 4 * (LINE_WORDS - AT_KEY);
const LINE_BYTES: number = 4 * LINE_WORDS;
/** Neighbours that a hash may stand in. */
const WAYS = 2;
/** Of the cache's bytes, at first and at most. */
const FIRST_SHARE: number = 1 / 64;
const MAX_SHARE: number = 1 / 4;
const MIN_LINES = 64;
/** Places that had to go though they were good, to so many lines, before there are more lines. */
const LOST_SHARE: number = 1 / 16;
/** Of all reads: where fewer find their place, places are known of one record in so many only, and where more would, of all again. */
const USELESS_SHARE: number = 1 / 8;
const USEFUL_SHARE: number = 1 / 4;
const SAMPLE = 16;

export interface PlacesRoom {
  readonly capacity_bytes: number;
  /** Counts so many bytes more; false where they are not to spare. */
  grow(size_bytes: number): boolean;
}

export class RecordPlaces {
  readonly #frames: PageFrames;
  readonly #room: PlacesRoom;
  /** Taken at the first place. */
  #words = new Int32Array(0);
  /** What of a hash says the set: there are a power of two. */
  #shift = 32;
  #generation = 0;
  #victim = 0;
  /** Since there are so many lines. */
  #lost = 0;
  #noted = 0;
  #hits = 0;
  /** Bits that are 0 in the hashes of those records whose places are known. */
  #passed = 0;

  constructor(frames: PageFrames, room: PlacesRoom) {
    this.#frames = frames;
    this.#room = room;
  }

  get size_bytes(): number {
    return this.#words.byteLength;
  }

  /** For runs that nobody has read from yet. */
  nextGeneration(): number {
    this.#generation = (this.#generation + 1) | 0;
    // Numbers begin anew: no place may outlive that.
    if (this.#generation === 0) {
      this.clear();
      this.#generation = 1;
    }
    return this.#generation;
  }

  /** Serial numbers or generations begin anew. */
  clear(): void {
    this.#words.fill(0);
  }

  /** Forgets everything and the room for it; returns how much that was. */
  giveBack(): number {
    const { size_bytes } = this;
    this.#words = new Int32Array(0);
    this.#shift = 32;
    return size_bytes;
  }

  /** Whether the place of the key's newest version is known; then `found` says it. */
  look({ words: key, hash, bytes: { length } }: WantedKey, generation: number, found: FoundValue): boolean {
    const words = this.#words;
    if (words.length === 0 || (hash & this.#passed) !== 0) return false;
    const set = (hash >>> this.#shift) * (WAYS * LINE_WORDS);
    for (let at = set; at < set + WAYS * LINE_WORDS; at += LINE_WORDS) {
      if (words[at + AT_HASH] !== hash || words[at] !== generation) continue;
      const keyAt = at + AT_KEY;
      let i = 0;
      while (4 * i < length && words[keyAt + i] === key[i]) i += 1;
      if (4 * i < length) continue;
      const frames = this.#frames;
      const frame = words[at + AT_FRAME] as number;
      if (frames.serials[frame] !== words[at + AT_SERIAL]) return false;
      frames.used[frame] = 1;
      this.#hits += 1;
      if (this.#passed !== 0) this.#judge();
      const from = words[at + AT_FROM] as number;
      found.setIn(frames.buffers[frame], from, from + (words[at + AT_LENGTH] as number));
      return true;
    }
    return false;
  }

  /** The newest version of the key was found on the page in a frame. */
  note(wanted: WantedKey, generation: number, frame: number, from: number, length: number): void {
    if ((wanted.hash & this.#passed) !== 0 || wanted.bytes.length > MAX_KEY_BYTES) return;
    if (this.#words.length === 0 && !this.#take(FIRST_SHARE * this.#room.capacity_bytes)) return;
    const at = this.#lineFor(wanted.hash);
    const words = this.#words;
    words[at] = generation;
    words[at + AT_SERIAL] = this.#frames.serials[frame] as number;
    words[at + AT_FRAME] = frame;
    words[at + AT_FROM] = from;
    words[at + AT_LENGTH] = length;
    words[at + AT_HASH] = wanted.hash;
    for (let i = 0; 4 * i < wanted.bytes.length; i++) words[at + AT_KEY + i] = wanted.words[i] as number;
    this.#noted += 1;
    const isTight = this.#lost * LINE_WORDS > words.length * LOST_SHARE;
    if (isTight && this.#passed === 0) this.#take(2 * this.size_bytes);
    if (this.#noted * LINE_WORDS >= this.#words.length || this.#passed !== 0) this.#judge();
  }

  /** As often as there are lines: where places are of little use, a sample tells when they would be again. */
  #judge(): void {
    const asked = this.#hits + this.#noted;
    if (asked * LINE_WORDS < this.#words.length) return;
    const share = this.#hits / asked;
    this.#noted = 0;
    this.#hits = 0;
    if (this.#passed === 0 && share < USELESS_SHARE) {
      this.#passed = SAMPLE - 1;
      this.#take(this.size_bytes / SAMPLE);
    } else if (this.#passed !== 0 && share > USEFUL_SHARE) {
      this.#passed = 0;
      this.#take(this.size_bytes * SAMPLE);
    }
  }

  /** A line that means nothing any more, else each of a set in turn. */
  #lineFor(hash: number): number {
    const words = this.#words;
    const { serials } = this.#frames;
    const set = (hash >>> this.#shift) * (WAYS * LINE_WORDS);
    for (let at = set; at < set + WAYS * LINE_WORDS; at += LINE_WORDS) {
      const frame = words[at + AT_FRAME] as number;
      if (words[at] === 0 || words[at + AT_HASH] === hash || serials[frame] !== words[at + AT_SERIAL])
        return at;
    }
    this.#victim = (this.#victim + 1) % WAYS;
    this.#lost += 1;
    return set + this.#victim * LINE_WORDS;
  }

  /** Takes so many bytes instead of those that there are, and what is known along. */
  #take(size_bytes: number): boolean {
    this.#lost = 0;
    const lines = 2 ** Math.floor(Math.log2(Math.max(MIN_LINES, size_bytes / LINE_BYTES)));
    const isMuch = lines * LINE_BYTES > this.#room.capacity_bytes * MAX_SHARE;
    // For fewer there is room always.
    if (isMuch || !this.#room.grow(lines * LINE_BYTES - this.size_bytes)) return false;
    const old = this.#words;
    this.#words = new Int32Array(lines * LINE_WORDS);
    this.#shift = 32 - Math.log2(lines / WAYS);
    for (let at = 0; at < old.length; at += LINE_WORDS) {
      const hash = old[at + AT_HASH] as number;
      if (old[at] === 0 || (hash & this.#passed) !== 0) continue;
      this.#words.set(old.subarray(at, at + LINE_WORDS), this.#lineFor(hash));
    }
    this.#lost = 0;
    this.#noted = 0;
    this.#hits = 0;
    return true;
  }
}
