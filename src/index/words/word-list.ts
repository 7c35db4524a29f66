/** The side dictionary of a segment: its words in order, each with its document frequency. Layout: docs/formats/segment.md. */

import { ByteReader, ByteWriter } from '../../base/index.ts';
import type { WordSource } from '../columns/column-codec.ts';
import type { PageStream } from '../page-stream.ts';
import { corruptSegment, PAGE_WORDS } from '../segment-format.ts';
import { NearTable, type TabledWord } from './near-table.ts';
import { countedInOrder, type HashedWords } from './hashed-words.ts';
import { type CountedWord, textOfBytes } from './word-frequencies.ts';
import { UnreadableBlock, WordScan } from './word-scan.ts';

const BLOCK_WORDS = 64;
const HEAD_WORDS = 3;
/** Words that are given of a beginning. */
const TOP_WORDS = 200;
/** Those of a beginning of more words than this are kept, of so many beginnings: few are asked for again and again. */
const LONG_WALK = 250;
const MAX_KEPT_TOPS = 300;

/** Takes words in ascending order, each as a string of its UTF-8 bytes. */
export class WordListWriter {
  readonly #bytes = new ByteWriter(4096);
  readonly #offsets: number[] = [];
  #count = 0;
  #before = '';

  add({ word, documents }: CountedWord): void {
    if (this.#count % BLOCK_WORDS === 0) {
      this.#offsets.push(this.#bytes.length);
      this.#before = '';
    }
    const shared = sharedLength(this.#before, word);
    this.#bytes
      .varint(shared)
      .blob(Buffer.from(word.slice(shared), 'latin1'))
      .varint(documents);
    this.#before = word;
    this.#count += 1;
  }

  /** Writes the list; returns its place, 0 where there is no word. */
  finish(stream: PageStream): number {
    if (this.#count === 0) return 0;
    const place = stream.position;
    const list = this.words();
    stream.append(list, 0, list.length);
    return place;
  }

  /** The list as it stands in a segment. */
  words(): Int32Array {
    const content = this.#bytes.finish();
    const head = HEAD_WORDS + this.#offsets.length;
    const list = new Int32Array(head + ((content.length + 3) >> 2));
    list.set([this.#count, this.#offsets.length, content.length]);
    list.set(this.#offsets, HEAD_WORDS);
    new Uint8Array(list.buffer).set(content, head * 4);
    return list;
  }
}

function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let shared = 0;
  while (shared < most && a.charCodeAt(shared) === b.charCodeAt(shared)) shared += 1;
  return shared;
}

/** A list that is put in order and counted when it is first read. */
export function listOfHashedWords(
  name: string,
  hashed: HashedWords,
  documentsWith: (high: number, low: number) => number,
): WordList {
  let list: Int32Array | undefined;
  const make = (): Int32Array => {
    const writer = new WordListWriter();
    for (const counted of countedInOrder(hashed, documentsWith)) writer.add(counted);
    return writer.words();
  };
  const words = (word: number, count: number): Int32Array => {
    list ??= make();
    return list.slice(word - 1, word - 1 + count);
  };
  // No list stands at 0.
  return new WordList({ name, words, limit: Infinity }, hashed.count === 0 ? 0 : 1);
}

/** Reads a list block by block. What can't be is `CORRUPT`. */
export class WordList {
  readonly #source: WordSource;
  readonly #place: number;
  #head: { readonly count: number; readonly blocks: number; readonly bytes: number } | undefined;
  /** First words of blocks, as far as they were looked at. */
  readonly #firsts: string[] = [];
  #decoded: { readonly block: number; readonly words: readonly CountedWord[] } | undefined;
  #table: NearTable | undefined;
  readonly #tops = new Map<string, readonly CountedWord[]>();

  /** `place`: of the list, 0 where the segment has none. */
  constructor(source: WordSource, place: number) {
    this.#source = source;
    this.#place = place;
  }

  get count(): number {
    return this.#place === 0 ? 0 : this.#opened.count;
  }

  /** The words from the first that is not below `least` on, both as strings of UTF-8 bytes. */
  *from(least: string): Generator<CountedWord> {
    if (this.#place === 0) return;
    const { blocks } = this.#opened;
    for (let block = this.#blockOf(least); block < blocks; block++) {
      for (const counted of this.#block(block)) if (counted.word >= least) yield counted;
    }
  }

  /** The words laid out to be compared; they stay so. */
  nearTable(): NearTable {
    return (this.#table ??= new NearTable(this.#texts()));
  }

  /** The words of most documents among those that begin so, at most {@link TOP_WORDS}, the first of them first. */
  top(start: string): readonly CountedWord[] {
    const known = this.#tops.get(start);
    if (known !== undefined) return known;
    const best: CountedWord[] = [];
    const scan = new WordScan(start);
    const take = (word: string, documents: number): number => {
      best.push({ word, documents });
      // Now and then, so that most words are compared with one number.
      if (best.length === 2 * TOP_WORDS) least = keepTop(best);
      return least;
    };
    let least = 0;
    const blocks = this.#place === 0 ? 0 : this.#opened.blocks;
    let block = blocks === 0 ? 0 : this.#blockOf(start);
    while (block < blocks && this.#scanBlock(scan, block, least, take)) block++;
    keepTop(best);
    if (scan.met > LONG_WALK) {
      const [oldest] = this.#tops.keys();
      if (this.#tops.size >= MAX_KEPT_TOPS && oldest !== undefined) this.#tops.delete(oldest);
      this.#tops.set(start, best);
    }
    return best;
  }

  /** False behind the last word that begins so. */
  #scanBlock(
    scan: WordScan,
    block: number,
    least: number,
    take: (word: string, documents: number) => number,
  ): boolean {
    try {
      return scan.look(this.#content(block), this.#wordsIn(block), least, take) !== undefined;
    } catch (error) {
      throw error instanceof UnreadableBlock ? this.#corrupt(error.message) : error;
    }
  }

  *#texts(): Generator<TabledWord> {
    for (const { word, documents } of this.from('')) yield { word: textOfBytes(word), documents };
  }

  get #opened(): { readonly count: number; readonly blocks: number; readonly bytes: number } {
    if (this.#head === undefined) {
      const [count = 0, blocks = 0, bytes = 0] = this.#source.words(this.#place, HEAD_WORDS);
      if (count < 0 || blocks !== Math.ceil(count / BLOCK_WORDS) || bytes < count) {
        throw this.#corrupt('the head of its words is impossible');
      }
      this.#head = { count, blocks, bytes };
    }
    return this.#head;
  }

  #firstWord(block: number): string {
    return (this.#firsts[block] ??= this.#block(block, 1)[0]?.word ?? '');
  }

  /** The words of a block, or the first of them. */
  #block(block: number, most: number = BLOCK_WORDS): readonly CountedWord[] {
    if (this.#decoded?.block === block) return this.#decoded.words;
    const content = this.#content(block);
    const reader = new ByteReader(content);
    const decoded: CountedWord[] = [];
    let word = '';
    for (let i = Math.min(most, this.#wordsIn(block)); i > 0; i--) {
      const shared = reader.varint();
      if (shared > word.length) throw this.#corrupt('a word shares more than there is');
      const length = reader.varint();
      const at = reader.offset;
      reader.skip(length);
      word = word.slice(0, shared) + content.toString('latin1', at, at + length);
      decoded.push({ word, documents: reader.varint() });
    }
    if (most === BLOCK_WORDS) this.#decoded = { block, words: decoded };
    return decoded;
  }

  #content(block: number): Buffer {
    const { blocks, bytes } = this.#opened;
    const table = this.#place + HEAD_WORDS;
    const isLast = block === blocks - 1;
    const [from = 0, next = 0] = this.#source.words(table + block, isLast ? 1 : 2);
    const past = isLast ? bytes : next;
    if (from < 0 || past < from || past > bytes) throw this.#corrupt('a block of its words is impossible');
    const words = this.#source.words(table + blocks + (from >> 2), ((past + 3) >> 2) - (from >> 2));
    return Buffer.from(words.buffer, from & 3, past - from);
  }

  #wordsIn(block: number): number {
    return Math.min(BLOCK_WORDS, this.#opened.count - block * BLOCK_WORDS);
  }

  /** The last block whose first word is not above. */
  #blockOf(least: string): number {
    let [first, past] = [0, this.#opened.blocks];
    while (past - first > 1) {
      const middle = (first + past) >> 1;
      if (this.#firstWord(middle) <= least) first = middle;
      else past = middle;
    }
    return first;
  }

  #corrupt(why: string): Error {
    return corruptSegment(this.#source.name, Math.floor(this.#place / PAGE_WORDS), why);
  }
}

/** Leaves the {@link TOP_WORDS} of most documents, in order; returns how many the last of them has, 0 where there are fewer. */
function keepTop(words: CountedWord[]): number {
  words.sort((a, b) => b.documents - a.documents);
  if (words.length < TOP_WORDS) return 0;
  words.length = TOP_WORDS;
  return words[TOP_WORDS - 1]?.documents ?? 0;
}
