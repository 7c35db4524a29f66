import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compileKernels } from '../../../scripts/build-kernels.ts';
import { ByteWriter } from '../../base/index.ts';
import { fieldGroup, foldWord, scanWords, wordHash } from '../../text/index.ts';
import { TermCollector } from '../term-collector.ts';
import { TermMemory } from '../term-memory.ts';
import { S_HASHES, S_ID_COUNT, S_IDS, S_ORDER, S_PLACE_OF, TERM_BYTES } from './layout.ts';

const BODY = fieldGroup('body');
/** Whatever the scan reads by itself, and whatever it hands to the rules. */
const PIECES = (
  "word|Ärger|C++|F#|don't|l'homme|dave’s|U.S.A.|.NET|1,500.25|10.0.0.1|col·lecció|foo.bar|x|12|getElementById|日本語|" +
  '検索エンジン|本|カ\u3099ス|ｶﾞｽ|ภาษาไทย|co\u00adop|e\u0301t\u00e9|𝒳|😀|\ud800|,|.|+|#|·|“|” — | |  |\n|' +
  'a'.repeat(50)
).split('|');
const text = fc.array(fc.constantFrom(...PIECES, ' '), { maxLength: 60 }).map((pieces) => pieces.join(''));

/** How many, then each less what it is at least, in LEB128. */
function listsOf(starts: Uint32Array, positions: Uint32Array): Buffer {
  const out = new ByteWriter();
  for (let list = 0; list + 1 < starts.length; list++) {
    const own = positions.subarray(starts[list], starts[list + 1]);
    out.varint(own.length);
    own.forEach((position, i) => out.varint(position - (i === 0 ? 0 : own[i - 1]! + 1)));
  }
  return Buffer.from(out.finish());
}

test('kernels.wasm is what its sources compile to', () => {
  const committed = readFileSync(new URL('./kernels.wasm', import.meta.url));
  assert.ok(committed.equals(compileKernels('document/kernels')), 'run npm run kernels');
});

test('the kernels of both kinds post the words that a reader reads, where it reads them', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), fc.constantFrom('en', 'ja', ''), (texts, language) => {
      const [collected, twin] = (['wasm', 'typescript'] as const).map((kind) => {
        const collector = new TermCollector(language, kind);
        for (const zone of texts) collector.addZone(BODY, zone);
        return { terms: collector.finish(), tokens: collector.tokens };
      });
      assert.deepEqual(collected, twin);
      const places = new Map<bigint, number[]>();
      let position = 0;
      for (const zone of texts) {
        const start = position;
        scanWords(zone, (from, end) => {
          const { word } = foldWord(zone.slice(from, end));
          if (word === '') return true;
          const hash = wordHash(word);
          places.set(hash, [...(places.get(hash) ?? []), position]);
          position += 1;
          return true;
        });
        if (position > start) position += 16;
      }
      assert.ok(collected !== undefined);
      const lists = (['wasm', 'typescript'] as const).map((kind) => {
        const collector = new TermCollector(language, kind);
        for (const zone of texts) collector.addZone(BODY, zone);
        return Buffer.from(collector.finish(true).lists ?? []);
      });
      const { termHashes, positionStarts: starts, positions: all } = collected.terms;
      const written = termHashes.length === 0 ? Buffer.alloc(0) : listsOf(starts, all);
      assert.deepEqual(lists, [written, written]);
      for (const [hash, expected] of places) {
        const place = collected.terms.termHashes.indexOf(hash);
        const { positionStarts, positions } = collected.terms;
        const found = new Set(positions.subarray(positionStarts[place], positionStarts[place + 1]));
        // A letter of a pair stands where its pair does, too.
        assert.ok(expected.every((at) => found.has(at)));
      }
    }),
    { numRuns: 150 },
  );
});

test('a document that needs more room than there is at first is the same as in parts', () => {
  const words = Array.from({ length: 90_000 }, (_, i) => `w${i.toString(36)}`);
  const whole = new TermCollector('');
  whole.addZone(BODY, words.join(' '));
  const { termHashes, positions, positionStarts, words: suggested } = whole.finish();
  assert.equal(whole.tokens, words.length);
  assert.equal(suggested.lengths.length, termHashes.length);
  for (const at of [0, 1, 40_000, 89_999]) {
    const place = termHashes.indexOf(wordHash(words[at] ?? ''));
    const found = positions.slice(positionStarts[place], positionStarts[place + 1]);
    assert.deepEqual(found, Uint32Array.of(at));
  }
});

test('terms are numbered as a map does and ordered by their hashes, also when halves are all the same', () => {
  const hash = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.nat(50).map((high) => (BigInt(high) << 32n) | 7n),
    fc.constantFrom(0n, 2n ** 64n - 1n),
  );
  const halves = new BigInt64Array(1);
  const [low, high] = [new Int32Array(halves.buffer, 0, 1), new Int32Array(halves.buffer, 4, 1)];
  const memory = new TermMemory();
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 4000, size: 'max' }), (hashes) => {
      memory.open();
      const model = new Map<bigint, number>();
      for (const value of hashes) {
        if (!model.has(value)) model.set(value, model.size);
        halves[0] = BigInt.asIntN(64, value);
        assert.equal(memory.kernels.idOf(low[0] ?? 0, high[0] ?? 0), model.get(value));
      }
      const count = memory.get(S_ID_COUNT);
      assert.equal(count, model.size);
      memory.openSorted();
      if (!memory.kernels.sortTerms()) memory.sortTerms();
      memory.kernels.writeSorted();
      const sorted = new BigUint64Array(memory.words.buffer, memory.get(S_HASHES), count);
      assert.deepEqual(
        [...sorted],
        [...model.keys()].sort((a, b) => (a < b ? -1 : 1)),
      );
      for (const [value, id] of model) {
        assert.equal(sorted[memory.words[(memory.get(S_PLACE_OF) >> 2) + id] ?? -1], value);
        assert.ok(memory.get(S_ORDER) > memory.get(S_IDS) + count * TERM_BYTES);
      }
    }),
    { numRuns: 20 },
  );
});
