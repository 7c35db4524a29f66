import assert from 'node:assert/strict';
import { test } from 'node:test';
import { docIdOfHash, hashString64, ManualClock } from '../base/index.ts';
import { pageCollection } from '../../testing/page-collection.ts';
import { explainAbsence } from './absence.ts';

test('a document behind all that are ranked is told to be beyond reach, with what it lacks', async () => {
  const last = 'https://herons.example/last';
  const titled = Array.from({ length: 5 }, (_, i): [string, string] => [
    `https://herons.example/${i}`,
    `<title>Grey herons ${i}</title><p>Grey herons of lake ${i}.</p>`,
  ]);
  const collection = await pageCollection({
    ...Object.fromEntries(titled),
    [last]: `<title>Lakes</title><p>${'Water and reeds. '.repeat(40)} Rarely some herons.</p>`,
  });
  const docId = docIdOfHash(hashString64(last));
  const record = await collection.titleRecords(docId);
  assert.ok(record !== undefined);
  const ask = (rankedDepth: number): ReturnType<typeof explainAbsence> =>
    explainAbsence(
      {
        ...collection,
        request: { query: 'grey herons' },
        collectionLanguages: ['en'],
        clock: new ManualClock(),
        rankedDepth,
      },
      docId,
      record,
    );
  try {
    assert.deepEqual(await ask(5), { kind: 'beyond-reach', missing: [{ word: 'grey', nearest: '' }] });
    const ranked = await ask(6);
    assert.deepEqual([ranked.kind, 'rank' in ranked && ranked.rank], ['found', 6]);
  } finally {
    await collection.close();
  }
});
