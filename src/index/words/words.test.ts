import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { COLLECTION, docIdOf, FakeStore } from '../../../testing/index-fixtures.ts';
import { documentOfWords } from '../../../testing/word-documents.ts';
import { seededRandom } from '../../base/index.ts';
import { MemoryDisk } from '../../disk/index.ts';
import { PageStream } from '../page-stream.ts';
import { PAGE_WORDS } from '../segment-format.ts';
import { byteString, textOfBytes } from './word-frequencies.ts';
import { WordList, WordListWriter } from './word-list.ts';
import { UnreadableBlock, WordScan } from './word-scan.ts';
import { wordsNear, wordsWithPrefix } from './word-search.ts';

function listOf(words: ReadonlyMap<string, number>): WordList {
  const writer = new WordListWriter();
  const sorted = [...words].map(([word, documents]) => ({ word: byteString(word), documents }));
  for (const counted of sorted.sort((a, b) => (a.word < b.word ? -1 : 1))) writer.add(counted);
  const stream = new PageStream();
  const place = writer.finish(stream);
  const pages = stream.pages.map((page) => new Int32Array(page.buffer, 0, PAGE_WORDS));
  const read = (word: number, count: number): Int32Array =>
    Int32Array.from(
      { length: count },
      (_, i) => pages[Math.floor((word + i) / PAGE_WORDS)]![(word + i) % PAGE_WORDS]!,
    );
  return new WordList({ name: 'a segment', words: read, limit: stream.position }, place);
}

/** Optimal string alignment over letters, as the definition has it. */
function distance(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= b.length; j++) table[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = table[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, table[i - 1]![j]! + 1, table[i]![j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, table[i - 2]![j - 2]! + 1);
      }
      table[i]![j] = least;
    }
  }
  return table[a.length]![b.length]!;
}

const byCount = (a: [string, number], b: [string, number]): number =>
  b[1] - a[1] || (byteString(a[0]) < byteString(b[0]) ? -1 : 1);

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '日', '😀'), minLength: 1, maxLength: 7 });
const counted = fc
  .array(fc.tuple(word, fc.integer({ min: 1, max: 1000 })), { maxLength: 400 })
  .map((entries) => new Map(entries));

test('a list gives its words back in order, from any place', () => {
  fc.assert(
    fc.property(counted, word, (words, from) => {
      const found = [...listOf(words).from(byteString(from))];
      const wanted = [...words.keys()].map(byteString).filter((own) => own >= byteString(from));
      assert.deepEqual(
        found.map((own) => own.word),
        wanted.sort(),
      );
      for (const { word: own, documents } of found) assert.equal(documents, words.get(textOfBytes(own)));
    }),
  );
});

test('words are found by their beginning and by their nearness, over several lists', () => {
  fc.assert(
    fc.property(counted, counted, word, fc.nat(4), (first, second, wanted, edits) => {
      const sums = new Map(first);
      for (const [own, documents] of second) sums.set(own, documents + (sums.get(own) ?? 0));
      const lists = [first, second].map(listOf);
      assert.deepEqual(
        wordsWithPrefix(lists, wanted, 5).map((own) => [own.word, own.documents]),
        [...sums]
          .filter(([own]) => own.startsWith(wanted))
          .sort(byCount)
          .slice(0, 5),
      );
      const near = [...sums]
        .map(([own, documents]) => ({
          word: own,
          documents,
          edits: distance(Array.from(own), Array.from(wanted)),
        }))
        .filter((own) => own.edits <= edits);
      const found = wordsNear(lists, wanted, edits, 1000);
      assert.deepEqual(
        found.toSorted((a, b) => (a.word < b.word ? -1 : 1)),
        near.sort((a, b) => (a.word < b.word ? -1 : 1)),
      );
    }),
  );
});

/** Words of a block that begin with `a00` and that more than three documents have. */
function firstWords(block: Buffer): string[] {
  const found: string[] = [];
  new WordScan('a00').look(block, 64, 3, (own) => {
    found.push(own);
    return 3;
  });
  return found;
}

test('blocks of words with bytes changed are read, or are damage, and never without end', () => {
  const random = seededRandom(5);
  const writer = new WordListWriter();
  for (let n = 0; n < 64; n++) writer.add({ word: `a${String(n).padStart(4, '0')}`, documents: 1 + n });
  const list = writer.words();
  // Behind its head and the table of one block.
  const content = Buffer.from(new Uint8Array(list.buffer, 16, list[2]));
  assert.equal(firstWords(content).length, 61);
  let damaged = 0;
  for (let i = 0; i < 2_000; i++) {
    const changed = Buffer.from(content.subarray(0, 1 + random.below(content.length)));
    changed[random.below(changed.length)] = random.below(256);
    try {
      firstWords(changed);
    } catch (error) {
      assert.ok(error instanceof UnreadableBlock);
      damaged += 1;
    }
  }
  assert.ok(damaged > 1_000);
});

test('the words of a collection follow its documents through flushes, merges, deletions and kills', async () => {
  const random = seededRandom(71);
  const vocabulary = Array.from({ length: 300 }, (_, i) => `${'aeiou'[i % 5]}${(i * 7919).toString(26)}`);
  const store = await FakeStore.open({ disk: new MemoryDisk(), memory_bytes: 2 ** 18 });
  const documents = new Map<number, ReadonlySet<string>>();
  for (let step = 0; step < 25; step++) {
    for (let i = 0; i < 12; i++) {
      const number = random.below(80);
      if (random.below(4) === 0) {
        store.delete(number);
        documents.delete(number);
      } else {
        const own = new Set(
          Array.from({ length: 1 + random.below(30) }, () => vocabulary[random.below(300)]!),
        );
        store.put(number, documentOfWords([...own]));
        documents.set(number, own);
      }
    }
    if (step % 3 === 0) await store.flush();
    if (step % 7 === 0) await store.restart();
    if (step % 5 === 0) await store.index.merge({ force: true });
  }
  // What is dead counts until it is merged away.
  await store.flush();
  await store.index.merge({ force: true });
  const view = store.index.view(COLLECTION);
  assert.ok([...documents.keys()].every((number) => view.has(docIdOf(number))));
  const wanted = new Map<string, number>();
  for (const own of documents.values()) for (const one of own) wanted.set(one, (wanted.get(one) ?? 0) + 1);
  const found = new Map(
    ['a', 'e', 'i', 'o', 'u']
      .flatMap((letter) => view.wordsWithPrefix(letter, 1000))
      .map((own) => [own.word, own.documents]),
  );
  assert.deepEqual(found, wanted);
  for (const { problems } of await store.index.verify(COLLECTION)) assert.deepEqual(problems, []);
  view.release();
  await store.index.close();
});
