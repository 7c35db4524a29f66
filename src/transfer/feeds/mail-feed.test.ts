import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import type { FeedItem } from './feed.ts';
import { mailFeed } from './mail-feed.ts';

const OPTIONS = { now_ms: 2_000_000_000_000, base: 'urn:import:' };
const MBOX = [
  'From ann@example.org Sat Jan  3 01:05:34 1996',
  'Message-ID: <one@example.org>',
  'Date: Sat, 03 Jan 2015 01:05:34 +0000',
  'Subject: First',
  '',
  'On falcons.',
  'From here on it is no new message.',
  '',
  'From what was said behind an empty line, neither.',
  '',
  '>From a line that was quoted.',
  '',
  'From bob@example.org Sat Jan  3 01:05:34 1996',
  'Subject: Second',
  '',
  'On kestrels.',
  '',
].join('\n');

async function itemsOf(path: string): Promise<FeedItem[]> {
  return Array.fromAsync(mailFeed(path, OPTIONS));
}

test('each message of an mbox is a document of its own, known by its id, as old as it says', async (t) => {
  const directory = temporaryDirectory(t);
  const [plain, packed] = [join(directory, 'list.mbox'), join(directory, 'list.mbox.gz')];
  writeFileSync(plain, MBOX);
  writeFileSync(packed, gzipSync(MBOX.replaceAll('\n', '\r\n')));
  for (const path of [plain, packed]) {
    const items = await itemsOf(path);
    const sources = items.flatMap((item) => (item.kind === 'document' ? [item.source] : []));
    assert.equal(sources.length, 2);
    const [first, second] = sources;
    assert.equal(first?.url, 'urn:import:one%40example.org');
    assert.equal(first.fetchedAt_ms, Date.UTC(2015, 0, 3, 1, 5, 34));
    const text = Buffer.from(first.bytes).toString();
    assert.match(text, /^Message-ID/);
    assert.match(text, /From here on it is no new message/);
    assert.match(text, /From what was said behind an empty line/);
    assert.match(text, /^From a line that was quoted/m);
    assert.match(second?.url ?? '', /^urn:import:[\da-f]+$/);
    assert.match(Buffer.from(second?.bytes ?? []).toString(), /On kestrels/);
  }
});

test('what is no mbox is refused, and an empty one holds nothing', async (t) => {
  const path = join(temporaryDirectory(t), 'x.mbox');
  writeFileSync(path, 'Subject: x\n\ny\n');
  assert.deepEqual(
    (await itemsOf(path)).map(({ kind }) => kind),
    ['refused'],
  );
  writeFileSync(path, '');
  assert.deepEqual(await itemsOf(path), []);
});
