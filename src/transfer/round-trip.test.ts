import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';

import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { type Engine, openEngine } from '../collection/index.ts';
import type { StoredDocument } from '../document/index.ts';
import { type ExportFormat, exportDocuments } from './export-documents.ts';
import { importFeed } from './feed-import.ts';
import { archiveFeed } from './feeds/archive-feed.ts';
import { folderFeed } from './feeds/folder-feed.ts';
import { lineFeed } from './feeds/line-feed.ts';
import { rowsOf, tableFeed } from './feeds/table-feed.ts';

async function engineOf(t: TestContext, ...collections: readonly string[]): Promise<Engine> {
  const engine = await openEngine({ dataDirectory: join(temporaryDirectory(t), 'data') });
  t.after(() => engine.close());
  for (const name of collections) await engine.createCollection(name);
  return engine;
}

async function exported(
  engine: Engine,
  collection: string,
  format: ExportFormat,
  query?: string,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const request = query === undefined ? { format } : { format, query };
  for await (const chunk of exportDocuments(engine, collection, request)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function documentsOf(engine: Engine, collection: string): Promise<StoredDocument[]> {
  const documents: StoredDocument[] = [];
  for await (const { document } of engine.documents(collection)) documents.push(document);
  return documents;
}

/** Where it was imported from is all that is new in a document. */
function withoutOrigin(document: StoredDocument): StoredDocument {
  const known = Object.entries(document.meta).filter(([name]) => !name.startsWith('import.'));
  return { ...document, meta: Object.fromEntries(known) };
}

async function fill(engine: Engine): Promise<void> {
  const put = async (
    url: string,
    bytes: Uint8Array,
    contentType: string,
    fetchedAt_ms: number,
  ): Promise<void> => {
    const headers = { 'content-type': contentType };
    const meta = { 'note "quoted"': 'Grüße, 世界 \u2028' };
    await engine.put('from', {
      url,
      bytes,
      headers,
      status: 200,
      fetchedAt_ms,
      depth: 2,
      ip: '192.0.2.7',
      meta,
    });
  };
  const html =
    '<!doctype html><title>Wanderfalke</title><p>Der Wanderfalke jagt über der Stadt, "schnell", und = gut.';
  await put('http://a.example.org/', Buffer.from(html), 'text/html; charset=utf-8', 1_600_000_000_000);
  await put(
    'http://a.example.org/latin',
    Buffer.from(html, 'latin1'),
    'text/html; charset=iso-8859-1',
    1_600_000_100_123,
  );
  await put(
    'https://b.example.org/x?y=1',
    Buffer.from('plain, text\nwith "quotes"'),
    'text/plain; charset=utf-8',
    1_600_000_200_000,
  );
  await put(
    'http://c.example.org/bom',
    Buffer.from('\ufeff<p>with a mark'),
    'text/html; charset=utf-8',
    1_600_000_300_000,
  );
}

for (const format of ['ndjson', 'warc'] as const) {
  test(`what is written as ${format} and read again is the same collection`, async (t) => {
    const engine = await engineOf(t, 'from', 'to');
    await fill(engine);
    const bytes = await exported(engine, 'from', format);
    const file = join(temporaryDirectory(t), format === 'warc' ? 'all.warc.gz' : 'all.ndjson');
    writeFileSync(file, bytes);
    const feed = format === 'warc' ? archiveFeed(file) : lineFeed(file, { now_ms: 0, base: 'urn:x:' });
    const report = await importFeed(engine, 'to', feed);
    assert.deepEqual([report.imported, report.failed, report.lost_bytes], [4, 0, 0]);
    const [from, to] = [await documentsOf(engine, 'from'), await documentsOf(engine, 'to')];
    assert.deepEqual(to.map(withoutOrigin), from);
    // And once more: now the very same bytes.
    const again = await exported(engine, 'to', format);
    writeFileSync(file, again);
    const second = format === 'warc' ? archiveFeed(file) : lineFeed(file, { now_ms: 0, base: 'urn:x:' });
    const repeated = await importFeed(engine, 'to', second);
    assert.deepEqual([repeated.unchanged, repeated.imported], [4, 0]);
    assert.deepEqual(await exported(engine, 'to', format), again);
  });
}

test('a query chooses what is exported', async (t) => {
  const engine = await engineOf(t, 'from');
  await fill(engine);
  const lines = (await exported(engine, 'from', 'ndjson', 'wanderfalke')).toString().trim().split('\n');
  assert.deepEqual(lines.map((line) => (JSON.parse(line) as { url: string }).url).sort(), [
    'http://a.example.org/',
    'http://a.example.org/latin',
  ]);
});

test('a table that is written is a table that is read, cell for cell', async (t) => {
  const engine = await engineOf(t, 'from');
  await fill(engine);
  const rows: (readonly string[])[] = [];
  const table = await exported(engine, 'from', 'csv');
  for await (const { cells } of rowsOf(Readable.from([table]), ',')) rows.push(cells);
  assert.equal(rows.length, 5);
  assert(rows.every((row) => row.length === rows[0]!.length));
  const plain = rows.find((row) => row[1] === 'https://b.example.org/x?y=1');
  assert.match(plain!.at(-1)!, /^plain, text\s+with "quotes"$/);
});

test('Elasticsearch’s bulk lines: index, create, update, delete', async (t) => {
  const engine = await engineOf(t, 'main');
  await engine.inject('main', { url: 'http://es.example.org/old', content: '<p>old' });
  const lines = [
    { index: { _index: 'x', _id: '7' } },
    { title: 'Seven & more', body: 'The <seventh> falcon.' },
    { create: { _id: 'http://es.example.org/eight' } },
    { content: '<title>Eight</title><p>The eighth falcon.' },
    { update: { _id: '9' } },
    { doc: { url: 'http://es.example.org/nine', text: 'nine', color: 'blue' } },
    { delete: { _id: 'http://es.example.org/old' } },
    { index: { _id: '10' } },
    { color: 'no content' },
  ];
  const file = join(temporaryDirectory(t), 'bulk.ndjson');
  writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\nno json\n[1]\n`);
  const report = await importFeed(
    engine,
    'main',
    lineFeed(file, { now_ms: 5, base: 'http://es.example.org/base/' }),
  );
  assert.deepEqual([report.imported, report.tombstones, report.failed], [3, 1, 3]);
  assert.deepEqual(
    report.problems.map(({ at }) => at),
    [9, 10, 11],
  );
  const found = await documentsOf(engine, 'main');
  assert.deepEqual(found.map(({ url, title }) => `${url} ${title}`).sort(), [
    'http://es.example.org/base/7 Seven & more',
    'http://es.example.org/eight Eight',
    'http://es.example.org/nine nine',
  ]);
  assert.equal(found.find(({ url }) => url.endsWith('nine'))!.meta['field.color'], 'blue');
});

test('tables with quotes, line ends in cells, other separators and wrong rows', async (t) => {
  const engine = await engineOf(t, 'main');
  const file = join(temporaryDirectory(t), 'table.csv');
  writeFileSync(
    file,
    'url,title,content,price\r\nhttp://t.example.org/1,"One, ""first""","a\r\nb",3\r\n\r\nhttp://t.example.org/2,Two,text,4,5\r\nnot a url,,x,1\r\nhttp://t.example.org/3,Three,,1\r\n',
  );
  const options = { now_ms: 5, base: 'http://t.example.org/b/', separator: ',' as const };
  const report = await importFeed(engine, 'main', tableFeed(file, options));
  assert.deepEqual([report.imported, report.failed], [2, 2]);
  const found = await documentsOf(engine, 'main');
  const one = found.find(({ url }) => url === 'http://t.example.org/1')!;
  assert.equal(one.title, 'One, "first"');
  assert.equal(one.meta['field.price'], '3');
  const tabs = join(temporaryDirectory(t), 'table.tsv');
  writeFileSync(tabs, 'url\tcontent\nhttp://t.example.org/5\ta "quoted" word');
  assert.equal(
    (await importFeed(engine, 'main', tableFeed(tabs, { ...options, separator: '\t' }))).imported,
    1,
  );
});

test('a folder comes in by its paths, hidden files stay out', async (t) => {
  const engine = await engineOf(t, 'main');
  const folder = temporaryDirectory(t);
  mkdirSync(join(folder, 'guide'));
  writeFileSync(join(folder, 'index.html'), '<title>Home</title><p>home');
  writeFileSync(join(folder, 'guide', 'first steps.md'), '# First steps\n\nWalk.');
  writeFileSync(join(folder, '.secret'), 'x');
  const report = await importFeed(engine, 'main', folderFeed(folder, 'https://h.example.org/'));
  assert.equal(report.imported, 2);
  assert.deepEqual((await documentsOf(engine, 'main')).map(({ url }) => url).sort(), [
    'https://h.example.org/guide/first%20steps.md',
    'https://h.example.org/index.html',
  ]);
  assert.equal((await importFeed(engine, 'main', folderFeed(folder, 'https://h.example.org/'))).unchanged, 2);
});

test('mails of a Maildir are read as mails, whatever their names', async (t) => {
  const folder = temporaryDirectory(t);
  const mail = 'From: Ann <ann@example.org>\nSubject: Falcons\n\nThey came back.\n';
  for (const name of ['cur/1700000000.M1P2.host:2,S', 'new/1700000001.x.host', 'notes']) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), mail);
  }
  const types: (string | undefined)[] = [];
  for await (const item of folderFeed(folder, 'https://h.example.org/'))
    if (item.kind === 'document') types.push(item.source.headers['content-type']);
  assert.deepEqual(types, ['message/rfc822', 'message/rfc822', undefined]);
});
