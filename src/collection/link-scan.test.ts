import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { sortedShards } from '../../testing/sorted-store.ts';
import { type DocId, docIdOfHash, hashString64, SLOT_COUNT, toCollectionId } from '../base/index.ts';
import { hostOf } from '../crawl/index.ts';
import { encodeLink, type LinkRecord, linkKey } from './link-records.ts';
import { walkTargets } from './link-scan.ts';

const COLLECTION = toCollectionId(7);
const URLS = ['https://a.example/', 'https://a.example/b', 'https://b.example/', 'http://c.test/x'];
const SLOTS = [...new Set(URLS.map((url) => hostOf(url).slot))].sort((a, b) => a - b);

type WrittenLink = LinkRecord & { readonly source: DocId };

test('Links are read target by target, as they were written, each text once', async () => {
  const url = fc.constantFrom(...URLS);
  const link = fc.record({
    source: fc.integer({ min: 0, max: 2 ** 53 - 1 }).map((id) => id as DocId),
    text: fc.constantFrom('', 'home', 'Größe', 'read more', 'x'.repeat(200)),
    nofollow: fc.boolean(),
    inMenu: fc.boolean(),
    sourceHost: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    sourceSlot: fc.nat(SLOT_COUNT - 1),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(url, link), { maxLength: 40 }), async (written) => {
      const expected = new Map<DocId, Map<DocId, WrittenLink>>();
      const records = written.map(([target, one]) => {
        const id = docIdOfHash(hashString64(target));
        expected.set(id, (expected.get(id) ?? new Map<DocId, WrittenLink>()).set(one.source, { ...one }));
        return {
          database: 'links',
          key: linkKey(COLLECTION, target, one.source),
          value: encodeLink(one),
        } as const;
      });
      const [store] = sortedShards().all;
      await store!.append({ records });
      const found = new Map<DocId, WrittenLink[]>();
      for await (const target of walkTargets(store!, SLOTS, COLLECTION, new AbortController().signal)) {
        assert.ok(!found.has(target.docId), 'each target once');
        assert.equal(new Set(target.texts).size, target.texts.length);
        const links = Array.from({ length: target.count }, (_, i) => ({
          source: target.sources[i] as DocId,
          text: target.texts[target.textOf[i]!]!,
          nofollow: target.isNofollow[i] === 1,
          inMenu: target.isInMenu[i] === 1,
          sourceHost: target.hosts[i]!,
          sourceSlot: target.slots[i]!,
        }));
        found.set(target.docId, links);
      }
      const inOrder = [...expected].map(
        ([id, links]) => [id, [...links.values()].sort((a, b) => a.source - b.source)] as const,
      );
      assert.deepEqual(found, new Map(inOrder));
    }),
    { numRuns: 60 },
  );
});
