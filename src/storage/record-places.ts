/**
 * Where records that were read lately stand, keys and all, so that the next read of one waits for one line of memory
 * instead of a dozen, and where its page is not held reads the value alone instead of the page. A value that fits into the
 * line stands there itself. A place counts only as long as no newer version can have come, its *generation*: so it never
 * gives an older one.
 */

import type { FoundValue } from './found-value.ts';
import { FREE, type PageFrames } from './page-frames.ts';
import { copyInto } from './record-block.ts';
import type { WantedKey } from './wanted-key.ts';

/**
 * Words of a line: generation (0 in an empty one), then where the value stands, its length, the key's hash, the key, and
 * behind it the value's hash or the value.
 */
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
/** In place of a frame: the value stands in the line. No file has this number's complement. */
const IN_LINE: number = -(2 ** 31);
/** Lines from that of its hash on that a key may stand in: nearly always in the first or second, since half are empty. */
const PROBES = 8;
const WINDOW_WORDS: number = PROBES * LINE_WORDS;
/** Of the cache's bytes, at most. A sixteenth of that at first, and where places are known of a sample only. */
const MAX_SHARE: number = 1 / 3;
const SAMPLE = 16;
const MIN_LINES = 8;
/** Of the lines: where more are in use, there shall be twice as many. */
const FULL_SHARE = 0.6;
/** Of all reads: where fewer find their place, places are known of a sample, and where more of that do, of all again. */
const USELESS_SHARE: number = 1 / 8;
const USEFUL_SHARE: number = 1 / 4;
/** Reads of the sample from which that is told. */
const SAMPLE_READS = 128;

/** Answers of {@link RecordPlaces.look}. */
export const NO_PLACE = 0;
/** What is found is said: its value is in memory. */
export const HELD_PLACE = 1;
export const FILE_PLACE = 2;

/** What the cache has for places. */
export interface PlacesRoom {
  readonly capacity_bytes: number;
  /** Values may be given out that no page is asked for. */
  readonly holdsValues: boolean;
  /** Counts so many bytes more; false where they are not to spare beside pages. */
  grow(size_bytes: number): boolean;
  /** Counts so many bytes more, for which pages go where need be. */
  take(size_bytes: number): void;
}

export class RecordPlaces {
  readonly #frames: PageFrames;
  readonly #room: PlacesRoom;
  /** Taken at the first place. */
  #words: Int32Array = new Int32Array(0);
  /** The same. */
  #bytes: Uint8Array = new Uint8Array(0);
  /** Lines that a hash may lead to; {@link PROBES} more stand behind them. */
  #lines = 0;
  /** Lines to each 2^32 of hashes. */
  #scale = 0;
  /** Bits that are 0 in the hashes of those records whose places are known. */
  #passed = 0;
  /** In room that nobody else wants. */
  #isSpare = true;
  #generation = 0;
  /** Those that somebody asks for: a line of another one means nothing any more. */
  readonly #current = new Set<number>();
  #victim = 0;
  /** Lines that are not empty, since there are so many. */
  #used = 0;
  #noted = 0;
  #hits = 0;

  constructor(frames: PageFrames, room: PlacesRoom) {
    this.#frames = frames;
    this.#room = room;
  }

  get size_bytes(): number {
    return this.#words.byteLength;
  }

  /** For versions of which no place is known yet, instead of those `before`. */
  nextGeneration(before?: number): number {
    if (before !== undefined) this.#current.delete(before);
    this.#generation = (this.#generation + 1) | 0;
    // Numbers begin anew: no place may outlive that.
    if (this.#generation === 0) {
      this.clear();
      this.#generation = 1;
    }
    this.#current.add(this.#generation);
    return this.#generation;
  }

  /** Serial numbers or generations begin anew. */
  clear(): void {
    this.#words.fill(0);
    this.#used = 0;
  }

  /** Forgets everything and the room for it; returns how much that was. */
  giveBack(): number {
    const { size_bytes } = this;
    this.#take(0);
    this.#passed = 0;
    return size_bytes;
  }

  /** Room is not to spare any more: a sample tells whether places are worth what pages have to give for them. */
  giveWay(): boolean {
    if (!this.#isSpare || this.#lines === 0) return false;
    this.#sample();
    return true;
  }

  /** Whether the place of the key's newest version is known; then `found` says it. */
  look({ words: key, hash, bytes: { length } }: WantedKey, generation: number, found: FoundValue): number {
    const words = this.#words;
    if (words.length === 0 || (hash & this.#passed) !== 0) return NO_PLACE;
    const first = Math.floor((hash >>> 0) * this.#scale) * LINE_WORDS;
    for (let at = first; at < first + WINDOW_WORDS; at += LINE_WORDS) {
      if (words[at + AT_HASH] !== hash || words[at] !== generation) {
        if (words[at] === 0) return NO_PLACE;
        continue;
      }
      const keyAt = at + AT_KEY;
      let i = 0;
      while (4 * i < length && words[keyAt + i] === key[i]) i += 1;
      if (4 * i < length) continue;
      const frame = words[at + AT_FRAME] as number;
      if (frame === IN_LINE) {
        const from = 4 * (keyAt + i);
        found.held = undefined;
        found.set(this.#bytes, from, from + (words[at + AT_LENGTH] as number));
      } else if (frame < 0) this.#tellPlace(at, found);
      else if (!this.#tellHeld(at, frame, found)) return NO_PLACE;
      this.#hits += 1;
      if (this.#passed !== 0) this.#judge();
      return frame < 0 && frame !== IN_LINE ? FILE_PLACE : HELD_PLACE;
    }
    return NO_PLACE;
  }

  /** The newest version of the key: its value, wherever it stands. False where that is too long for a line. */
  noteValue(wanted: WantedKey, generation: number, bytes: Uint8Array, from: number, length: number): boolean {
    const valueAt = AT_KEY + ((wanted.bytes.length + 3) >>> 2);
    if (length > 4 * (LINE_WORDS - valueAt) || !this.#room.holdsValues) return false;
    const at = this.#lineOf(wanted, generation, MAX_KEY_BYTES, length);
    if (at < 0) return true;
    this.#words[at + AT_FRAME] = IN_LINE;
    copyInto(this.#bytes, 4 * (at + valueAt), bytes, from, length);
    this.#noteOne();
    return true;
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
    if (this.#lines === 0) this.#begin();
    const at = this.#freeLine(hash);
    const words = this.#words;
    words[at] = generation;
    words[at + AT_LENGTH] = length;
    words[at + AT_HASH] = hash;
    for (let i = 0; 4 * i < bytes.length; i++) words[at + AT_KEY + i] = key[i] as number;
    return at;
  }

  /** The line of the same hash, else one that means nothing any more or is empty, else each of a window in turn. */
  #freeLine(hash: number): number {
    const words = this.#words;
    const first = Math.floor((hash >>> 0) * this.#scale) * LINE_WORDS;
    let free = -1;
    for (let at = first; at < first + WINDOW_WORDS; at += LINE_WORDS) {
      if (words[at] === 0) {
        if (free >= 0) return free;
        this.#used += 1;
        return at;
      }
      if (words[at + AT_HASH] === hash) return at;
      if (free < 0 && this.#isStale(words, at)) free = at;
    }
    if (free >= 0) return free;
    this.#victim = (this.#victim + 1) % PROBES;
    return first + this.#victim * LINE_WORDS;
  }

  #isStale(words: Int32Array, at: number): boolean {
    const frame = words[at + AT_FRAME] as number;
    if (frame >= 0 && this.#frames.serials[frame] !== words[at + AT_SERIAL]) return true;
    return !this.#current.has(words[at] as number);
  }

  #noteOne(): void {
    this.#noted += 1;
    if (this.#isSpare && this.#used > this.#lines * FULL_SHARE) this.#growInSpare();
    if (this.#noted >= this.#lines || this.#passed !== 0) this.#judge();
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
    const lines = this.#linesIn(MAX_SHARE / SAMPLE);
    this.#isSpare = this.#room.grow(bytesOf(lines));
    this.#passed = this.#isSpare ? 0 : SAMPLE - 1;
    this.#resize(lines);
    if (!this.#isSpare) this.#room.take(this.size_bytes);
  }

  #sample(): void {
    const before_bytes = this.size_bytes;
    this.#passed = SAMPLE - 1;
    this.#isSpare = false;
    this.#resize(this.#linesIn(MAX_SHARE / SAMPLE));
    this.#room.take(this.size_bytes - before_bytes);
  }

  #knowAll(): void {
    const before_bytes = this.size_bytes;
    this.#passed = 0;
    this.#resize(this.#linesIn(MAX_SHARE));
    this.#room.take(this.size_bytes - before_bytes);
  }

  #growInSpare(): void {
    const lines = Math.min(this.#linesIn(MAX_SHARE), 2 * this.#lines);
    const more_bytes = bytesOf(lines) - this.size_bytes;
    if (more_bytes > 0 && this.#room.grow(more_bytes)) this.#resize(lines);
    // Asked again when as many have come once more.
    else this.#used = 0;
  }

  #linesIn(share: number): number {
    const lines = Math.floor((share * this.#room.capacity_bytes) / LINE_BYTES) - PROBES;
    return Math.max(MIN_LINES, lines);
  }

  /** So many lines instead of those that there are; what is known and means something goes along. */
  #resize(lines: number): void {
    const old = this.#words;
    this.#take(lines);
    for (let at = 0; at < old.length; at += LINE_WORDS) {
      const hash = old[at + AT_HASH] as number;
      if (old[at] === 0 || (hash & this.#passed) !== 0 || this.#isStale(old, at)) continue;
      this.#words.set(old.subarray(at, at + LINE_WORDS), this.#freeLine(hash));
    }
  }

  /** Empty ones. Shared memory, since V8 does not take that for a reason to collect everything. */
  #take(lines: number): void {
    const size_bytes = lines === 0 ? 0 : bytesOf(lines);
    const buffer = new SharedArrayBuffer(size_bytes);
    this.#words = new Int32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#lines = lines;
    this.#scale = lines / 2 ** 32;
    this.#used = 0;
    this.#noted = 0;
    this.#hits = 0;
  }
}

/** Of so many lines, with those behind the last. */
function bytesOf(lines: number): number {
  return (lines + PROBES) * LINE_BYTES;
}
