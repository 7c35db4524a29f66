import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { isPeregrineError } from '../base/index.ts';
import { type Engine, openEngine } from '../collection/index.ts';
import { type FeedReport, importFeed } from './feed-import.ts';
import { lineFeed } from './feeds/line-feed.ts';

async function opened(t: TestContext): Promise<{ engine: Engine; file: string }> {
  const directory = temporaryDirectory(t);
  const engine = await openEngine({ dataDirectory: join(directory, 'data') });
  t.after(() => engine.close());
  await engine.createCollection('main');
  return { engine, file: join(directory, 'pages.ndjson') };
}

function imported(engine: Engine, file: string, isDryRun: boolean): Promise<FeedReport> {
  return importFeed(engine, 'main', lineFeed(file, { now_ms: 1_700_000_000_000, base: 'urn:x:' }), {
    isDryRun,
  });
}

const counted = ({
  read,
  imported: taken,
  unchanged,
  superseded,
  tombstones,
  reasons,
}: FeedReport): object => ({
  read,
  taken,
  unchanged,
  superseded,
  tombstones,
  reasons,
});

const line = (url: string, content: string, more: object = {}): string =>
  JSON.stringify({ url, content: `<p>${content}</p>`, ...more });

test('documents of one address are counted once, by a dry run as by the import', async (t) => {
  const { engine, file } = await opened(t);
  const lines = [
    line('https://a.example/1', 'the first'),
    line('https://a.example/2', 'the second'),
    line('https://A.example/1', 'the first, later'),
    line('https://a.example/1', 'the first, later'),
    line('https://a.example/2', 'the second, before', { fetchedAt_ms: 1_600_000_000_000 }),
  ];
  writeFileSync(file, lines.join('\n'));
  const dry = await imported(engine, file, true);
  assert.equal((await engine.status()).documents, 0);
  const real = await imported(engine, file, false);
  assert.deepEqual([real.imported, real.superseded], [2, 3]);
  assert.equal((await engine.status()).documents, 2);
  assert.deepEqual(counted(dry), counted(real));
  assert.deepEqual(counted(await imported(engine, file, true)), counted(await imported(engine, file, false)));
});

test('an import that is stopped says how far it came, has stored what it counts, and goes on another time', async (t) => {
  const { engine, file } = await opened(t);
  writeFileSync(
    file,
    Array.from({ length: 60 }, (_, n) => line(`https://a.example/${n}`, `page ${n}`)).join('\n'),
  );
  const feed = lineFeed(file, { now_ms: 1_700_000_000_000, base: 'urn:x:' });
  const stop = new AbortController();
  const onProgress = ({ imported: taken }: FeedReport): void => {
    if (taken >= 5) stop.abort();
  };
  let told: unknown;
  await importFeed(engine, 'main', feed, { signal: stop.signal, onProgress, atOnce: 2 }).catch(
    (error: unknown) => (told = error),
  );
  assert.ok(isPeregrineError(told, 'CANCELLED'));
  assert.match(told.message, /stopped after .* Started again, it passes over what is there already/);
  const { documents } = await engine.status();
  assert.equal(told.facts['imported'], documents);
  const again = await imported(engine, file, false);
  assert.deepEqual([again.imported, again.unchanged], [60 - documents, documents]);
});
