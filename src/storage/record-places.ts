/**
 * Where records that were read lately stand, keys and all, so that the next read of one waits for one line of memory
 * instead of a dozen, and where its page is not held reads the value alone instead of the page. A place counts only for the
 * very runs among which it was found, its *generation*: so it never gives an older version.
 */

import type { FoundValue } from './found-value.ts';
import { FREE, type PageFrames } from './page-frames.ts';
import type { WantedKey } from './wanted-key.ts';

/** Words of a line: generation (0 in an empty one), then where the value stands, its length, the key's hash, the key. */
const LINE_WORDS = 16;
/** On a page that is held: its serial number, its frame, where in its buffer the value begins. */
const AT_SERIAL = 1;
const AT_FRAME = 2;
const AT_FROM = 3;
/** In a file: the offset's upper word, the complement of the file's number, the lower word; behind the key the value's hash. */
const AT_OFFSET_HIGH = 1;
const AT_FILE = 2;
const AT_OFFSET_LOW = 3;
const AT_HASH_HIGH = 14;
const AT_HASH_LOW = 15;
const AT_LENGTH = 4;
const AT_HASH = 5;
const AT_KEY = 6;
const MAX_KEY_BYTES: number = 4 * (LINE_WORDS - AT_KEY);
const MAX_KEY_BYTES_IN_FILE: number = 4 * (AT_HASH_HIGH - AT_KEY);
const LINE_BYTES: number = 4 * LINE_WORDS;
/** Neighbours that a hash may stand in. */
const WAYS = 2;
const SET_WORDS: number = WAYS * LINE_WORDS;
/** Of the cache's bytes, at most. A sixteenth of that at first, and where places are known of a sample only. */
const MAX_SHARE: number = 1 / 3;
const SAMPLE = 16;
const MIN_SETS = 4;
/** Places that had to go though they were good, to so many lines, before there are more lines. */
const LOST_SHARE: number = 1 / 16;
/** Of all reads: where fewer find their place, places are known of a sample, and where more of that do, of all again. */
const USELESS_SHARE: number = 1 / 8;
const USEFUL_SHARE: number = 1 / 4;
/** Reads of the sample from which that is told. */
const SAMPLE_READS = 128;

/** Answers of {@link RecordPlaces.look}. */
export const NO_PLACE = 0;
export const HELD_PLACE = 1;
export const FILE_PLACE = 2;

/** What the cache has for places. */
export interface PlacesRoom {
  readonly capacity_bytes: number;
  /** Counts so many bytes more; false where they are not to spare beside pages. */
  grow(size_bytes: number): boolean;
  /** Counts so many bytes more, for which pages go where need be. */
  take(size_bytes: number): void;
}

export class RecordPlaces {
  readonly #frames: PageFrames;
  readonly #room: PlacesRoom;
  /** Taken at the first place. */
  #words = new Int32Array(0);
  /** Sets to each 2^32 of hashes. */
  #scale = 0;
  /** Bits that are 0 in the hashes of those records whose places are known. */
  #passed = 0;
  /** In room that nobody else wants. */
  #isSpare = true;
  #generation = 0;
  #victim = 0;
  /** Since there are so many lines. */
  #lost = 0;
  #noted = 0;
  #hits = 0;

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
    this.#passed = 0;
    return size_bytes;
  }

  /** Room is not to spare any more: a sample tells whether places are worth what pages have to give for them. */
  giveWay(): boolean {
    if (!this.#isSpare || this.size_bytes === 0) return false;
    this.#sample();
    return true;
  }

  /** Whether the place of the key's newest version is known; then `found` says it. */
  look({ words: key, hash, bytes: { length } }: WantedKey, generation: number, found: FoundValue): number {
    const words = this.#words;
    if (words.length === 0 || (hash & this.#passed) !== 0) return NO_PLACE;
    const set = Math.floor((hash >>> 0) * this.#scale) * SET_WORDS;
    for (let at = set; at < set + SET_WORDS; at += LINE_WORDS) {
      if (words[at + AT_HASH] !== hash || words[at] !== generation) continue;
      const keyAt = at + AT_KEY;
      let i = 0;
      while (4 * i < length && words[keyAt + i] === key[i]) i += 1;
      if (4 * i < length) continue;
      const frame = words[at + AT_FRAME] as number;
      if (frame < 0) this.#tellPlace(at, found);
      else if (!this.#tellHeld(at, frame, found)) return NO_PLACE;
      this.#hits += 1;
      if (this.#passed !== 0) this.#judge();
      return frame < 0 ? FILE_PLACE : HELD_PLACE;
    }
    return NO_PLACE;
  }

  /** The newest version of the key was found on the page in a frame. Room for its place may be that page's: then it is none. */
  note(wanted: WantedKey, generation: number, frame: number, from: number, length: number): void {
    const at = this.#lineOf(wanted, generation, MAX_KEY_BYTES, length);
    if (at < 0) return;
    const words = this.#words;
    words[at + AT_SERIAL] = this.#frames.serials[frame] as number;
    words[at + AT_FRAME] = frame;
    words[at + AT_FROM] = from;
    this.#noteOne();
  }

  /** The same in a file of these runs: where it is read again, its bytes have this hash. */
  noteInFile(
    wanted: WantedKey,
    generation: number,
    file: number,
    offset: number,
    length: number,
    { high, low }: { readonly high: number; readonly low: number },
  ): void {
    const at = this.#lineOf(wanted, generation, MAX_KEY_BYTES_IN_FILE, length);
    if (at < 0) return;
    const words = this.#words;
    words[at + AT_OFFSET_HIGH] = Math.floor(offset / 2 ** 32);
    words[at + AT_FILE] = ~file;
    words[at + AT_OFFSET_LOW] = offset | 0;
    words[at + AT_HASH_HIGH] = high;
    words[at + AT_HASH_LOW] = low;
    this.#noteOne();
  }

  #tellHeld(at: number, frame: number, found: FoundValue): boolean {
    const words = this.#words;
    const frames = this.#frames;
    const serial = words[at + AT_SERIAL] as number;
    if (serial === FREE || frames.serials[frame] !== serial) return false;
    frames.used[frame] = 1;
    const from = words[at + AT_FROM] as number;
    found.setIn(frames.buffers[frame], from, from + (words[at + AT_LENGTH] as number));
    return true;
  }

  #tellPlace(at: number, { place }: FoundValue): void {
    const words = this.#words;
    place.file = ~(words[at + AT_FILE] as number);
    place.offset =
      (words[at + AT_OFFSET_HIGH] as number) * 2 ** 32 + ((words[at + AT_OFFSET_LOW] as number) >>> 0);
    place.length = words[at + AT_LENGTH] as number;
    place.high = words[at + AT_HASH_HIGH] as number;
    place.low = words[at + AT_HASH_LOW] as number;
  }

  /** A line with all but the place of the value; -1 where there is to be none. */
  #lineOf(
    { words: key, hash, bytes }: WantedKey,
    generation: number,
    most_bytes: number,
    length: number,
  ): number {
    if ((hash & this.#passed) !== 0 || bytes.length > most_bytes) return -1;
    if (this.#words.length === 0) this.#begin();
    const at = this.#freeLine(hash);
    const words = this.#words;
    words[at] = generation;
    words[at + AT_LENGTH] = length;
    words[at + AT_HASH] = hash;
    for (let i = 0; 4 * i < bytes.length; i++) words[at + AT_KEY + i] = key[i] as number;
    return at;
  }

  /** A line that means nothing any more, else each of a set in turn. */
  #freeLine(hash: number): number {
    const words = this.#words;
    const { serials } = this.#frames;
    const set = Math.floor((hash >>> 0) * this.#scale) * SET_WORDS;
    for (let at = set; at < set + SET_WORDS; at += LINE_WORDS) {
      const frame = words[at + AT_FRAME] as number;
      if (words[at] === 0 || words[at + AT_HASH] === hash) return at;
      if (frame >= 0 && serials[frame] !== words[at + AT_SERIAL]) return at;
    }
    this.#victim = (this.#victim + 1) % WAYS;
    this.#lost += 1;
    return set + this.#victim * LINE_WORDS;
  }

  #noteOne(): void {
    this.#noted += 1;
    const lines = this.#words.length / LINE_WORDS;
    if (this.#isSpare && this.#lost > lines * LOST_SHARE) this.#growInSpare();
    if (this.#noted >= lines || this.#passed !== 0) this.#judge();
  }

  /** As often as places are known: where they are of little use, a sample tells when they would be again. */
  #judge(): void {
    const asked = this.#hits + this.#noted;
    if (this.#passed !== 0 && asked < SAMPLE_READS) return;
    const share = this.#hits / asked;
    this.#noted = 0;
    this.#hits = 0;
    if (this.#passed === 0 && share < USELESS_SHARE) this.#sample();
    else if (this.#passed !== 0 && share > USEFUL_SHARE) this.#knowAll();
  }

  #begin(): void {
    const sets = this.#setsIn(MAX_SHARE / SAMPLE);
    this.#isSpare = this.#room.grow(sets * SET_WORDS * 4);
    this.#passed = this.#isSpare ? 0 : SAMPLE - 1;
    this.#resize(sets);
    if (!this.#isSpare) this.#room.take(this.size_bytes);
  }

  #sample(): void {
    const before_bytes = this.size_bytes;
    this.#passed = SAMPLE - 1;
    this.#isSpare = false;
    this.#resize(this.#setsIn(MAX_SHARE / SAMPLE));
    this.#room.take(this.size_bytes - before_bytes);
  }

  #knowAll(): void {
    const before_bytes = this.size_bytes;
    this.#passed = 0;
    this.#resize(this.#setsIn(MAX_SHARE));
    this.#room.take(this.size_bytes - before_bytes);
  }

  #growInSpare(): void {
    this.#lost = 0;
    const sets = Math.min(this.#setsIn(MAX_SHARE), (2 * this.#words.length) / SET_WORDS);
    const more_bytes = sets * SET_WORDS * 4 - this.size_bytes;
    if (more_bytes > 0 && this.#room.grow(more_bytes)) this.#resize(sets);
  }

  #setsIn(share: number): number {
    return Math.max(MIN_SETS, Math.floor((share * this.#room.capacity_bytes) / (WAYS * LINE_BYTES)));
  }

  /** So many sets instead of those that there are; what is known goes along. */
  #resize(sets: number): void {
    const old = this.#words;
    this.#words = new Int32Array(sets * SET_WORDS);
    this.#scale = sets / 2 ** 32;
    for (let at = 0; at < old.length; at += LINE_WORDS) {
      const hash = old[at + AT_HASH] as number;
      if (old[at] === 0 || (hash & this.#passed) !== 0) continue;
      this.#words.set(old.subarray(at, at + LINE_WORDS), this.#freeLine(hash));
    }
    this.#lost = 0;
    this.#noted = 0;
    this.#hits = 0;
  }
}
