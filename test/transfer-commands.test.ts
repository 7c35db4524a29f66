/** Commands that move documents, beside a server that holds the data directory: they just work. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { type Engine, openEngine } from '../src/collection/index.ts';
import { openControlSocket } from '../src/server/index.ts';
import { CaptiveTerminal } from '../testing/captive-terminal.ts';
import { titleBytes, titleRecord, writeTitleFile } from '../testing/gigablast-files.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

interface Beside {
  readonly engine: Engine;
  readonly directory: string;
  /** Runs a command as a process beside the one that holds the directory; returns its last line of JSON. */
  readonly command: (words: readonly string[], input?: string) => Promise<Record<string, unknown>>;
}

async function besideServer(t: TestContext): Promise<Beside> {
  const directory = temporaryDirectory(t);
  const dataDirectory = join(directory, 'data');
  const engine = await openEngine({ dataDirectory });
  await engine.createCollection('main');
  const control = await openControlSocket({ engine, dataDirectory });
  t.after(async () => {
    await control.close();
    await engine.close();
  });
  const command = async (words: readonly string[], input = ''): Promise<Record<string, unknown>> => {
    const terminal = new CaptiveTerminal('locked', input);
    const code = await terminal.run(...words, '--data-dir', dataDirectory, '--json');
    assert.equal(code, 0, terminal.told);
    return JSON.parse(terminal.printed.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
  };
  return { engine, directory, command };
}

async function webOf(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ origin: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const line = (n: number): string =>
  JSON.stringify({ url: `https://a.example.org/${n}`, content: `<title>Page ${n}</title><p>falcon ${n}` });

test('import, export, bundles, forget, reindex and remove work while a server holds the data directory', async (t) => {
  const { engine, directory, command } = await besideServer(t);
  const lines = Array.from({ length: 20 }, (_, n) => line(n)).join('\n');
  assert.equal((await command(['import', 'ndjson', '-'], lines))['imported'], 20);
  const folder = join(directory, 'folder');
  mkdirSync(folder);
  writeFileSync(join(folder, 'note.html'), '<title>A note</title><p>kestrel');
  const read = await command(['import', 'folder', folder, '--base', 'https://notes.example.org/']);
  assert.equal(read['imported'], 1);
  const file = join(directory, 'all.ndjson');
  assert.equal((await command(['export', file]))['documents'], 21);
  const bundle = join(directory, 'bundle');
  assert.equal((await command(['bundle', 'make', bundle, '--query', 'kestrel']))['documents'], 1);
  assert(existsSync(join(directory, 'data', 'bundle-signing.key')));
  const forgotten = await command(['forget', 'https://a.example.org/3', 'https://a.example.org/4']);
  assert.equal(forgotten['removed'], 2);
  assert.equal((await engine.status()).documents, 19);
  await command(['forget', '--undo', 'https://a.example.org/3']);
  assert.equal((await command(['bundle', 'take', bundle, '--collection', 'copy']))['imported'], 1);
  assert.deepEqual(await command(['import', 'ndjson', file]), {
    read: 21,
    imported: 1,
    unchanged: 19,
    superseded: 0,
    tombstones: 0,
    skipped: 0,
    failed: 1,
    reasons: { FORBIDDEN: 1 },
    lost_bytes: 0,
  });
  assert.equal((await command(['reindex', 'kestrel']))['reindexed'], 1);
  assert.deepEqual(await command(['remove', 'kestrel']), { matches: 1 });
  assert.equal((await command(['remove', 'kestrel', '--yes']))['removed'], 1);
  assert.equal((await engine.search('main', { query: 'kestrel', spelling: 'off' })).matches, 0);
});

test('a bundle comes over a command, in words or in quotes, and a command that can’t be run is said to be none', async (t) => {
  const { directory, command } = await besideServer(t);
  await command(['import', 'ndjson', '-'], line(1));
  const bundle = join(directory, 'bundle');
  await command(['bundle', 'make', bundle]);
  const send = [process.execPath, join(import.meta.dirname, '../bin/peregrine.js'), 'bundle', 'send', bundle];
  const fetched = join(directory, 'fetched');
  const terminal = new CaptiveTerminal('locked');
  assert.equal(await terminal.run('bundle', 'fetch', fetched, send.join(' ')), 0, terminal.told);
  assert.equal((await command(['bundle', 'take', fetched]))['unchanged'], 1);
  assert.equal(await terminal.run('bundle', 'fetch', join(directory, 'none'), 'no-such-command-there'), 2);
  assert.match(terminal.told, /no-such-command-there can't be run/);
});

test('what a task refuses reaches the command as it was said', async (t) => {
  const { directory, engine } = await besideServer(t);
  await engine.inject('main', { url: 'https://a.example.org/', content: 'x' });
  const terminal = new CaptiveTerminal('locked');
  const file = join(directory, 'taken');
  writeFileSync(file, '');
  assert.equal(await terminal.run('export', file, '--data-dir', join(directory, 'data')), 1);
  assert.match(terminal.told, /taken is there already, .*: name a new file/);
});

test('the pages that a sitemap names are crawled, and nothing that they link to', async (t) => {
  const { engine, directory, command } = await besideServer(t);
  const { origin, asked } = await webOf(t, (request, response) => {
    response.writeHead(request.url === '/robots.txt' ? 404 : 200, { 'content-type': 'text/html' });
    response.end(`<title>${request.url}</title><p>falcon <a href="/linked">more</a>`);
  });
  const file = join(directory, 'sitemap.xml');
  const locations = ['/one', '/two', '/two'].map((path) => `<url><loc>${origin}${path}</loc></url>`);
  writeFileSync(file, `<?xml version="1.0"?><urlset>${locations.join('')}</urlset>`);
  const told = await command(['import', 'sitemap', file, '--delay', '0', '--allow-private']);
  assert.equal(told['named'], 2);
  await engine.crawlDone('main');
  assert.equal((await engine.status()).documents, 2);
  assert(!asked.includes('/linked'), asked.join(' '));
});

test('an import that is stopped beside a server says what comes of it', async (t) => {
  const { directory, engine } = await besideServer(t);
  const file = join(directory, 'many.ndjson');
  writeFileSync(file, Array.from({ length: 3_000 }, (_, n) => line(n)).join('\n'));
  const terminal = new CaptiveTerminal('locked');
  const running = terminal.run('import', 'ndjson', file, '--data-dir', join(directory, 'data'));
  while ((await engine.status()).documents === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  terminal.send('SIGINT');
  assert.equal(await running, 130);
  assert.match(terminal.told, /Stopped\. Started again, it passes over what is there already/);
});

test('a file of another kind, a sitemap of private addresses and one on the web are told with what to do', async (t) => {
  const { directory } = await besideServer(t);
  const told = async (words: readonly string[], code: number): Promise<string> => {
    const terminal = new CaptiveTerminal('locked');
    assert.equal(await terminal.run(...words, '--data-dir', join(directory, 'data')), code, terminal.told);
    return terminal.told;
  };
  const notes = join(directory, 'notes.txt');
  writeFileSync(notes, 'Not a word\nof JSON.\n');
  assert.match(await told(['import', 'warc', notes], 1), /should be a WARC, ARC or WACZ file/);
  assert.match(await told(['import', 'ndjson', notes], 1), /should be one JSON object a line/);
  const lines = join(directory, 'lines.ndjson');
  writeFileSync(lines, `${line(1)}\n{"content":"x"}\n`);
  assert.match(await told(['import', 'ndjson', lines], 0), /at 2: it has no address \(url, uri, link …\)/);
  const sitemap = join(directory, 'sitemap.xml');
  writeFileSync(sitemap, '<urlset><url><loc>http://127.0.0.1:9/</loc></url></urlset>');
  assert.match(await told(['import', 'sitemap', sitemap], 1), /1 private address refused.*--allow-private/s);
  assert.match(await told(['import', 'sitemap', 'https://x.example/sitemap.xml'], 2), /crawl https:\/\/x/);
});

test('outlinks of imported pages enter the frontier with --follow only', async (t) => {
  const { origin, asked } = await webOf(t, (request, response) => {
    response
      .writeHead(request.url === '/robots.txt' ? 404 : 200, { 'content-type': 'text/html' })
      .end(`<title>Fetched ${request.url}</title>`);
  });
  const { engine, directory, command } = await besideServer(t);
  const files = join(directory, 'coll.old.0');
  const content = `<title>Old</title><a href="${origin}/linked">x</a> <a rel="nofollow" href="${origin}/not">y</a>`;
  writeTitleFile(files, titleBytes([titleRecord({ url: 'http://old.example.org/', content })]));
  assert.equal((await command(['import', 'gigablast', files]))['imported'], 1);
  assert.equal(engine.crawlProgress('main').queued + engine.crawlProgress('main').fetched, 0);
  // Started as the import starts it, private addresses are refused: the frontier knows the link all the same.
  await command(['import', 'gigablast', files, '--follow', '--restart']);
  await engine.crawlDone('main');
  const answer = await engine.whyNot('main', { url: `${origin}/linked`, query: 'x' });
  assert.match(JSON.stringify(answer), /address-refused|private|refused/i);
  assert.doesNotMatch(
    JSON.stringify(await engine.whyNot('main', { url: `${origin}/not`, query: 'x' })),
    /address-refused/,
  );
  assert.deepEqual(asked, []);
});

test('upgrade indexes every collection anew and writes its files anew, and all is found as before', async (t) => {
  const { engine, command } = await besideServer(t);
  await engine.createCollection('other');
  for (let n = 0; n < 8; n++) {
    for (const name of ['main', 'other']) {
      await engine.inject(name, { url: `https://a.example.org/${n}`, content: `<p>falcon ${n}` });
    }
    await engine.flush();
  }
  assert.deepEqual(await command(['upgrade']), { collections: ['main', 'other'], isSound: true });
  for (const name of ['main', 'other']) {
    assert.equal((await engine.search(name, { query: 'falcon', perSite: 0 })).matches, 8);
  }
  const parts = (await engine.status()).shards.map(({ databases }) => databases.titles.runs);
  assert.deepEqual(parts, [1]);
});

test('move takes a collection into another directory or under another name, with its rules, and deletes it here when all is there', async (t) => {
  const { engine, directory, command } = await besideServer(t);
  await engine.createCollection('docs');
  for (let n = 0; n < 4; n++)
    await engine.inject('docs', { url: `https://a.example.org/${n}`, content: `<p>falcon ${n}` });
  const rules = {
    ...(await engine.searchRules('docs')),
    pins: [{ query: 'bird', urls: ['https://a.example.org/2'] }],
  };
  await engine.setSearchRules('docs', rules);
  assert.deepEqual(
    await command(['move', join(directory, 'data'), '--collection', 'docs', '--as', 'birds']),
    {
      collection: 'birds',
      documents: 4,
      isKept: false,
    },
  );
  assert.deepEqual([...engine.collections()].sort(), ['birds', 'main']);
  assert.equal((await engine.search('birds', { query: 'falcon', perSite: 0 })).matches, 4);
  assert.deepEqual((await engine.searchRules('birds')).pins, rules.pins);
  const terminal = new CaptiveTerminal('locked');
  const data = ['--data-dir', join(directory, 'data'), '--collection', 'birds'];
  assert.notEqual(await terminal.run('move', join(directory, 'data'), ...data), 0);
  assert.match(terminal.told, /It is there already/);
  assert.ok(engine.collections().includes('birds'));
});
