import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  docIdOf,
  documentOf,
  randomDocument,
  seededRandom,
  segmentOf,
} from '../../testing/index-fixtures.ts';
import { toCollectionId } from '../base/index.ts';
import { countBits } from './bit-packing.ts';
import { IndexMemory } from './index-memory.ts';
import { EVERY_GROUP, IMPACT_WORDS, LIST_HAS_BITS } from './kernels/layout.ts';
import { LiveBits } from './live-bits.ts';
import { PAGE_WORDS, sealPage } from './segment-format.ts';
import { Segment } from './segment.ts';
import { verifySegment } from './verify-segment.ts';

/** Long lists, short ones and single postings, in a few pages. */
function segmentPages(count = 300): ReturnType<typeof segmentOf> {
  const random = seededRandom(3);
  const documents = Array.from({ length: count }, (_, number) => ({
    docId: docIdOf(number),
    document: randomDocument(random, { words: 900, maxZoneTokens: 30 }),
  }));
  return segmentOf(documents);
}

const AT = { id: 1, collection: toCollectionId(1) };

test('a sound segment has no problems, and counts what it holds', async () => {
  const memory = new IndexMemory(2 ** 20, 'wasm');
  const finished = segmentPages();
  const segment = Segment.inMemory(memory, AT, finished);
  const report = await verifySegment(memory, segment);
  assert.deepEqual(report.problems, []);
  assert.equal(report.documents, 300);
  assert.equal(report.terms, finished.head.terms);
  assert.ok(report.postings > report.terms && report.occurrences > report.documents);
  segment.release();
});

test('others have their turn inside a list, however long it is', async () => {
  const memory = new IndexMemory(2 ** 22, 'wasm');
  const document = documentOf(new Map([[1, [0]]]), {
    zoneStarts: Uint32Array.of(0),
    zoneGroups: Uint8Array.of(0),
    fieldLengths: Uint32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0),
    filterHashes: new BigUint64Array(0),
    columns: { siteHash: 1, language: 1, date_min: 0, rank: 128, depth: 1, contentHash: 2 },
  });
  const finished = segmentOf(
    Array.from({ length: 30_000 }, (_, number) => ({ docId: docIdOf(number), document })),
  );
  const segment = Segment.inMemory(memory, AT, finished);
  const shares: number[] = [];
  const pause = async (share: number): Promise<void> => {
    shares.push(share);
  };
  const { problems, terms } = await verifySegment(memory, segment, { pause });
  assert.deepEqual([problems, terms], [[], 1]);
  const pagesAndColumns = Math.ceil(finished.pages.length / 64) + 30_000 / 2000;
  assert.ok(shares.length >= pagesAndColumns + 5, `${shares.length} pauses`);
  segment.release();
});

/** Changes words under checksums that are right again. */
type Change = (words: {
  readonly get: (word: number) => number;
  readonly set: (word: number, value: number) => void;
}) => void;

async function problemsAfter(
  finished: ReturnType<typeof segmentPages>,
  change: Change,
): Promise<readonly string[]> {
  const memory = new IndexMemory(2 ** 20, 'typescript');
  const pages = finished.pages.map((page) => page.slice());
  const wordsOf = (word: number): Int32Array => new Int32Array(pages[Math.floor(word / PAGE_WORDS)]!.buffer);
  change({
    get: (word) => wordsOf(word)[word % PAGE_WORDS]!,
    set: (word, value) => {
      wordsOf(word)[word % PAGE_WORDS] = value;
    },
  });
  pages.forEach((page, number) => sealPage(page, number));
  const segment = Segment.inMemory(memory, AT, { ...finished, pages });
  const { problems } = await verifySegment(memory, segment);
  segment.release();
  return problems;
}

test('structures that contradict one another are found, though every checksum is right', async () => {
  const finished = segmentPages();
  const { regions } = finished.head;
  // The first record of the dictionary whose list has several blocks: six words, the kind in the last.
  const leaf = (get: (word: number) => number): number => get(regions.top + 2);
  const longRecord = (get: (word: number) => number): number => {
    for (let entry = regions.top; ; entry += 4) {
      const first = get(entry + 2);
      for (let record = first; record < first + get(entry + 3) * 6; record += 6) {
        if (((get(record + 5) >> 28) & 3) === 3) return record;
      }
    }
  };
  /** Of that list: where the table of its first blocks begins, how many these are, and its first block. */
  const firstBlocks = (get: (word: number) => number): { table: number; count: number; block: number } => {
    const head = regions.postings + get(longRecord(get) + 3);
    const tables = head + 2 + IMPACT_WORDS * countBits(get(head + 1) & EVERY_GROUP);
    const table = regions.postings + get(tables + Math.ceil(get(head) / 64));
    const count = Math.min(64, get(head));
    return { table, count, block: regions.postings + get(table + count) };
  };
  /** Where the bits of that list's documents begin. */
  const firstBits = (get: (word: number) => number): number => {
    const head = regions.postings + get(longRecord(get) + 3);
    assert.notEqual(get(head + 1) & LIST_HAS_BITS, 0);
    const tables = head + 2 + IMPACT_WORDS * countBits(get(head + 1) & EVERY_GROUP);
    return regions.postings + get(tables + 2 * Math.ceil(get(head) / 64));
  };
  const changes: Readonly<Record<string, [RegExp, Change]>> = {
    nothing: [/^$/, () => undefined],
    'documents of a term': [
      /in group . of document|ends elsewhere/,
      ({ get, set }) => set(longRecord(get) + 2, get(longRecord(get) + 2) - 1),
    ],
    'occurrences of a term': [
      /occurs/,
      ({ get, set }) => set(longRecord(get) + 4, get(longRecord(get) + 4) + 1),
    ],
    'order of hashes': [/out of order/, ({ get, set }) => set(leaf(get) + 6, get(leaf(get)) - 1)],
    'bound of a list': [
      /the list of term \d+ does not bound/,
      ({ get, set }) => set(regions.postings + get(longRecord(get) + 3) + 2, 0),
    ],
    'bound of a block': [
      /block 0 of term \d+ does not bound/,
      ({ get, set }) => {
        const { table, count } = firstBlocks(get);
        set(table + (get(table + 3 * count) & 0xffff), 0);
      },
    ],
    'place of a block': [
      /ends elsewhere|out of order|in group|has postings|has document/,
      ({ get, set }) => {
        const { table, count } = firstBlocks(get);
        set(table + count, get(table + count) + 1);
      },
    ],
    'frequencies of a block': [
      /in group|occurs/,
      // Behind its head, its widths and its packed documents.
      ({ get, set }) => {
        const { block } = firstBlocks(get);
        const head = get(block);
        const at = block + 1 + Math.ceil(countBits(head >>> 16) / 4) + 4 * (head & 63);
        set(at, ~get(at));
      },
    ],
    'last document of a block': [
      /ends elsewhere/,
      ({ get, set }) => {
        const { table } = firstBlocks(get);
        set(table, get(table) + 1);
      },
    ],
    'a bit less': [
      /in group|ends elsewhere/,
      ({ get, set }) => set(firstBits(get) + 4, get(firstBits(get) + 4) & (get(firstBits(get) + 4) - 1)),
    ],
    'all bits': [
      /in group/,
      ({ get, set }) => {
        for (let word = 0; word < 300 >> 5; word++) set(firstBits(get) + word, -1);
      },
    ],
    'no bits': [
      /has document/,
      ({ get, set }) => {
        const first = firstBits(get);
        for (let word = 0; word <= 300 >> 5; word++) set(first + word, 0);
      },
    ],
    'a bit behind the last document': [
      /has \d+ bits, not/,
      ({ get, set }) => set(firstBits(get) + 9, get(firstBits(get) + 9) | (1 << 31)),
    ],
    'groups of a block': [
      /block 0 of term \d+ has another mask/,
      ({ get, set }) => {
        const { table, count } = firstBlocks(get);
        set(table + 3 * count, get(table + 3 * count) ^ (1 << 24));
      },
    ],
    'groups of a list': [
      /the list of term \d+ lacks a group/,
      ({ get, set }) => {
        const head = regions.postings + get(longRecord(get) + 3);
        const mask = get(head + 1) & EVERY_GROUP;
        const [there, free] = [mask & -mask, ~mask & EVERY_GROUP & -(~mask & EVERY_GROUP)];
        assert.notEqual(free, 0);
        set(head + 1, (get(head + 1) & ~there) | free);
      },
    ],
    'documents in menus alone': [
      /is in \d+ menus alone, not/,
      ({ get, set }) => set(longRecord(get) + 5, get(longRecord(get) + 5) + 1),
    ],
    'first term of a leaf': [
      /term \d+ is not found/,
      ({ get, set }) => set(regions.top + 5, get(regions.top + 5) + 1),
    ],
    'order of zones': [
      /zones of document \d+ are out of order/,
      ({ get, set }) => {
        let at = regions.zones;
        while (get(at) < 2) at += 1 + get(at);
        const first = get(at + 1);
        set(at + 1, get(at + 2));
        set(at + 2, first);
      },
    ],
    'order of docIds': [
      /docId .* out of order/,
      ({ get, set }) => set(regions.order, get(regions.order + 1)),
    ],
    'filter of docIds': [/is not found/, ({ set }) => set(regions.filter + 5, 0)],
    'group of a zone': [/in group/, ({ get, set }) => set(regions.zones + 1, get(regions.zones + 1) ^ 3)],
  };
  for (const [what, [expected, change]] of Object.entries(changes)) {
    assert.match((await problemsAfter(finished, change)).join('; '), expected, what);
  }
});

function miscounted(linear: IndexMemory['linear']): LiveBits {
  const bits = LiveBits.all(linear, 300).without(3);
  bits.deleted = 5;
  return bits;
}

test('what the head and the live bits say is held against what is there', async () => {
  const memory = new IndexMemory(2 ** 20, 'wasm');
  const finished = segmentPages();
  const { head } = finished;
  const said = async (
    changed: Partial<typeof head>,
    live?: (linear: IndexMemory['linear']) => LiveBits,
  ): Promise<string> => {
    const segment = Segment.inMemory(memory, AT, { ...finished, head: { ...head, ...changed } });
    const bits = live?.(memory.linear);
    const { problems } = await verifySegment(memory, segment, bits === undefined ? {} : { live: bits });
    bits?.release();
    segment.release();
    return problems.join('; ');
  };
  assert.match(await said({ terms: head.terms + 1 }), /^there are \d+ terms, not/);
  assert.match(await said({ occurrences: head.occurrences + 1 }), /^there are \d+ occurrences, not/);
  assert.match(await said({ leastDocId: head.leastDocId + 1 }), /is outside the bounds/);
  const fieldTotals = head.fieldTotals.map((total, group) => total + (group === 0 ? 1 : 0));
  assert.match(await said({ fieldTotals }), /^group 0 is \d+ tokens long, not/);
  assert.match(await said({}, (linear) => LiveBits.all(linear, 299)), /live bits of 299 documents/);
  assert.match(await said({}, miscounted), /^299 documents live, not 295$/);
});

test('a page that can not be read is named', async () => {
  const memory = new IndexMemory(2 ** 20, 'wasm');
  const finished = segmentPages();
  const changed = finished.pages.map((page) => page.slice());
  changed[2]![77]! ^= 1;
  const segment = Segment.inMemory(memory, AT, { ...finished, pages: changed });
  assert.match(
    (await verifySegment(memory, segment)).problems.join('; '),
    /Page 2 of the index segment live segment 1/,
  );
  segment.release();
});

test('every page that can not be read is told: the first twenty by name, all of them as a number', async () => {
  const memory = new IndexMemory(2 ** 20, 'wasm');
  const finished = segmentPages(2000);
  const changed = finished.pages.map((page) => page.slice());
  for (let page = 1; page < 24; page++) changed[page]![77]! ^= 1;
  const segment = Segment.inMemory(memory, AT, { ...finished, pages: changed });
  const { problems, problemCount } = await verifySegment(memory, segment);
  assert.deepEqual([problems.length, problemCount], [20, 23]);
  problems.forEach((problem, i) =>
    assert.ok(problem.startsWith(`Page ${i + 1} of the index segment`), problem),
  );
  segment.release();
});

test('a place that the kernels trap on is told as damage of the page that leads there', async () => {
  const finished = segmentPages();
  const { regions, leaves } = finished.head;
  const pages = finished.pages.map((page) => page.slice());
  const at = (word: number): { words: Int32Array; place: number; page: number } => {
    const page = Math.floor(word / PAGE_WORDS);
    return { words: new Int32Array(pages[page]!.buffer), place: word % PAGE_WORDS, page };
  };
  const get = (word: number): number => at(word).words[at(word).place]!;
  for (let leaf = 0; leaf < leaves; leaf++) {
    const first = get(regions.top + leaf * 4 + 2);
    for (let record = first; record < first + get(regions.top + leaf * 4 + 3) * 6; record += 6) {
      const { words, place, page } = at(record + 3);
      if (((get(record + 5) >> 28) & 3) >= 2) words[place] = 0x7f000000;
      sealPage(pages[page]!, page);
    }
  }
  const memory = new IndexMemory(2 ** 18, 'wasm');
  const segment = Segment.inMemory(memory, AT, { ...finished, pages });
  const { problems } = await verifySegment(memory, segment);
  assert.match(problems.join('; '), /Page \d+ of the index segment live segment 1.*the kernels trap on it/);
  segment.release();
});
