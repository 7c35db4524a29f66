import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { CaptiveTerminal } from '../../testing/captive-terminal.ts';
import { PAGES } from '../../testing/served-engine.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { SHARD_COUNT_FILE } from '../storage/index.ts';

const START = 'https://birds.example.org/peregrine';

/** A directory that looks as if an engine had been there. */
function usedDirectory(t: TestContext): string {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, SHARD_COUNT_FILE), '');
  return directory;
}

const line = (n: number): string => JSON.stringify({ url: `https://n.example.org/${n}`, content: 'note' });

async function filledEngine(): Promise<TinyEngine> {
  const engine = new TinyEngine({ web: PAGES });
  for (const [url, content] of Object.entries(PAGES)) await engine.inject('main', { url, content });
  return engine;
}

test('help teaches every command with examples', async () => {
  const terminal = new CaptiveTerminal(new TinyEngine());
  assert.equal(await terminal.run('--help'), 0);
  for (const command of ['demo', 'crawl', 'serve', 'search', 'inject', 'status', 'key']) {
    assert.match(terminal.printed, new RegExp(`^ {2}${command} \\[options\\]`, 'm'));
    const own = new CaptiveTerminal(new TinyEngine());
    assert.equal(await own.run(command, '--help'), 0);
    assert.match(own.printed, new RegExp(`Usage: peregrine ${command}`));
    assert.match(own.printed, /--data-dir/);
  }
  assert.equal(terminal.opened.length, 0);
});

test('rules of answers are tried, set and printed', async (t) => {
  const directory = usedDirectory(t);
  const engine = await filledEngine();
  const file = join(directory, 'rules.json');
  writeFileSync(file, JSON.stringify({ synonyms: 'falcon, hawk', queries: [{ query: 'hawk' }] }));
  const lab = async (...words: string[]): Promise<CaptiveTerminal> => {
    // Each command opens the directory anew.
    engine.isClosed = false;
    const terminal = new CaptiveTerminal(engine);
    assert.equal(await terminal.run('lab', ...words, '--data-dir', directory), 0, terminal.told);
    return terminal;
  };
  assert.match((await lab('try', file)).told, /of 1 answers change/);
  assert.deepEqual(JSON.parse((await lab('rules')).printed), {});
  assert.match((await lab('set', file)).told, /in force/);
  assert.deepEqual(JSON.parse((await lab('rules')).printed), {
    synonyms: 'falcon, hawk',
    queries: [{ query: 'hawk' }],
  });
  assert.ok('missed' in (JSON.parse((await lab('quality', '--json')).printed) as object));

  writeFileSync(file, '{"synonyms": 7}');
  const refused = new CaptiveTerminal(engine);
  assert.equal(await refused.run('lab', 'set', file, '--data-dir', directory), 2);
  assert.match(refused.told, /rules\.json holds no rules at synonyms/);
});

test('what is asked wrongly ends with 2 and a sentence, before anything is opened', async () => {
  for (const words of [
    ['nonsense'],
    ['search'],
    ['search', 'x', '--count', 'many'],
    ['search', 'x', '--count', '101'],
    ['crawl'],
    ['crawl', START, '--scope', 'world'],
    ['crawl', START, '--max-pages', '0'],
    ['status', '--memory', 'lots'],
    ['status', '--collection', 'No Good'],
    ['serve', '--port', '70000'],
    ['serve', '--public-url', 'search.example.org'],
    ['key'],
  ]) {
    const terminal = new CaptiveTerminal(new TinyEngine());
    assert.equal(await terminal.run(...words), 2, words.join(' '));
    assert.ok(terminal.told.length > 10, words.join(' '));
    assert.equal(terminal.printed, '');
    assert.equal(terminal.opened.length, 0);
  }
});

test('a folder is taken in by the crawl command, where it is written like a path', async (t: TestContext) => {
  const [folder, data] = [temporaryDirectory(t), temporaryDirectory(t)];
  writeFileSync(join(folder, 'owl.html'), '<title>Owls</title><p>An owl turns its head.');
  const terminal = new CaptiveTerminal(new TinyEngine());
  assert.equal(await terminal.run('crawl', folder, '--data-dir', data), 0);
  assert.match(terminal.told, /1 record: 1 imported/);
  const wrong = new CaptiveTerminal(new TinyEngine());
  assert.equal(await wrong.run('crawl', `${folder}/nowhere`, '--data-dir', data), 2);
});

test('a search prints titles, addresses and snippets, and says how much there is', async (t: TestContext) => {
  const engine = await filledEngine();
  const terminal = new CaptiveTerminal(engine);
  assert.equal(await terminal.run('search', 'falcon', '--data-dir', usedDirectory(t)), 0);
  assert.match(terminal.printed, /^1\. The peregrine falcon\n {3}https:\/\/birds\.example\.org\/peregrine\n/);
  assert.match(terminal.printed, /2\. The kestrel/);
  assert.match(terminal.told, /2 pages match/);
  assert.ok(engine.isClosed);
});

test('what pages say can not steer the terminal', async (t: TestContext) => {
  const engine = new TinyEngine();
  await engine.inject('main', {
    url: 'https://evil.example.org/',
    content:
      '<title>\u001B[2J\u001B]0;owned\u0007falcon\u009B31m</title>falcon \u202Etxt\u202C \r\n\u0000end',
  });
  const terminal = new CaptiveTerminal(engine);
  await terminal.run('search', 'falcon', '--data-dir', usedDirectory(t));
  assert.match(terminal.printed, /falcon/);
  assert.doesNotMatch(terminal.printed, /\[2J|owned/);
  // oxlint-disable-next-line no-control-regex -- control characters are what must be absent
  assert.doesNotMatch(terminal.printed, /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E]/);
});

test('a search as JSON is what the server would answer', async (t: TestContext) => {
  const terminal = new CaptiveTerminal(await filledEngine());
  await terminal.run('search', 'falcon', '--json', '--count', '1', '--data-dir', usedDirectory(t));
  const answer = JSON.parse(terminal.printed) as { hits: number; results: { url: string }[] };
  assert.equal(answer.hits, 2);
  assert.deepEqual(
    answer.results.map(({ url }) => url),
    [START],
  );
});

test('asking a directory that nothing made says how to make it', async (t: TestContext) => {
  const terminal = new CaptiveTerminal(new TinyEngine());
  assert.equal(await terminal.run('search', 'x', '--data-dir', join(temporaryDirectory(t), 'none')), 1);
  assert.match(terminal.told, /peregrine crawl/);
  assert.equal(terminal.opened.length, 0);
});

test('a folder that is no data directory stays as it was', async (t: TestContext) => {
  const directory = temporaryDirectory(t);
  for (const command of [['search', 'x'], ['status']]) {
    const terminal = new CaptiveTerminal(new TinyEngine());
    assert.equal(await terminal.run(...command, '--data-dir', directory), 1);
    assert.match(terminal.told, /There is no index in/);
    assert.equal(terminal.opened.length, 0);
  }
});

test('a file where a data directory should be is named, and nothing is opened', async (t: TestContext) => {
  const file = join(temporaryDirectory(t), 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'below')]) {
    const terminal = new CaptiveTerminal(new TinyEngine());
    assert.equal(await terminal.run('search', 'x', '--data-dir', path), 2);
    assert.match(terminal.told, / is a file, or lies below one, .*--data-dir/);
    assert.equal(terminal.opened.length, 0);
  }
});

test('files that can not be injected are refused before anything is opened', async (t: TestContext) => {
  const directory = temporaryDirectory(t);
  for (const [words, code, told] of [
    [[join(directory, 'none.txt'), '--url', START], 1, /There is no file .*none\.txt/],
    [[join(directory, 'none.ndjson')], 1, /There is no file .*none\.ndjson/],
    [[directory, '--url', START], 2, /is a folder/],
  ] as const) {
    const terminal = new CaptiveTerminal(new TinyEngine());
    assert.equal(await terminal.run('inject', ...words, '--data-dir', directory), code);
    assert.match(terminal.told, told);
    assert.equal(terminal.opened.length, 0);
  }
  const silent = new CaptiveTerminal(new TinyEngine());
  assert.equal(await silent.run('inject', '-', '--data-dir', directory), 2);
  assert.match(silent.told, /no document to inject/);
});

test('a directory held by a process that does not answer ends with 3', async (t: TestContext) => {
  for (const command of [['status'], ['serve'], ['crawl', START]]) {
    const terminal = new CaptiveTerminal('locked');
    assert.equal(await terminal.run(...command, '--data-dir', usedDirectory(t)), 3, command[0]);
    assert.match(terminal.told, /^peregrine: Another process/);
  }
});

test('a crawl says what is missing where it has nowhere to begin', async (t: TestContext) => {
  const folder = usedDirectory(t);
  const file = join(folder, 'sites.txt');
  writeFileSync(file, 'https://a.example/');
  for (const [words, why] of [
    [[], /Name an address to begin with/],
    [[file], /is a file: name its folder, or give it by --list/],
    [['file://elsewhere/x'], /names nothing on this machine/],
    [[join(folder, 'nothing')], /There is no folder/],
  ] as const) {
    const terminal = new CaptiveTerminal(new TinyEngine());
    assert.equal(await terminal.run('crawl', ...words), 2);
    assert.match(terminal.told, why);
  }
});

test('a crawl passes on what was asked, waits, and sums up', async (t: TestContext) => {
  const engine = new TinyEngine({ web: PAGES });
  const start = engine.startCrawl.bind(engine);
  let bytes_per_s: number | undefined;
  engine.startCrawl = async (name, request) => {
    bytes_per_s = request.maxBytes_per_s;
    return start(name, request);
  };
  const terminal = new CaptiveTerminal(engine);
  const words = [
    'crawl',
    START,
    'birds.example.org/gone',
    '--max-pages',
    '9',
    '--delay',
    '0',
    '--max-bytes-per-second',
    '5000',
    '--allow-private',
  ];
  const options = [
    '--scope',
    'domain',
    '--collection',
    'birds',
    '--memory',
    '256MB',
    '--data-dir',
    temporaryDirectory(t),
  ];
  assert.equal(await terminal.run(...words, ...options), 0);
  assert.deepEqual([engine.isClosed, bytes_per_s], [true, 5_000]);
  assert.match(terminal.printed, /^Crawled 3 pages in \d+\.\d s: 2 indexed, 1 not found\.$/m);
  const [opened] = terminal.opened as { memory_bytes: number; resumeCrawls: boolean }[];
  assert.equal(opened?.memory_bytes, 268_435_456);
  assert.equal(opened?.resumeCrawls, true);
});

test('a crawl that found nothing fails, and says what to try', async (t: TestContext) => {
  const terminal = new CaptiveTerminal(new TinyEngine());
  assert.equal(
    await terminal.run('crawl', 'https://gone.example.org/', '--data-dir', temporaryDirectory(t)),
    1,
  );
  assert.match(terminal.told, /https:\/\/gone\.example\.org\/: .*Is the address right\?/);
});

test('a crawl that no process holds is paused and stopped on record, and resumed by a process that stays', async (t: TestContext) => {
  const dataDirectory = usedDirectory(t);
  const stopping = new CaptiveTerminal(new TinyEngine());
  assert.equal(await stopping.run('crawl', 'stop', '--json', '--data-dir', dataDirectory), 0, stopping.told);
  assert.equal((JSON.parse(stopping.printed) as { fetched: number }).fetched, 0);
  assert.equal((stopping.opened as { resumeCrawls: boolean }[])[0]?.resumeCrawls, true);
  const resuming = new CaptiveTerminal(new TinyEngine());
  assert.equal(await resuming.run('crawl', 'resume', '--data-dir', dataDirectory), 1);
  assert.match(resuming.told, /No process is running .* serve/);
});

test('an address that can not be crawled is refused', async (t: TestContext) => {
  const terminal = new CaptiveTerminal(new TinyEngine());
  assert.equal(await terminal.run('crawl', 'ftp://example.org/', '--data-dir', temporaryDirectory(t)), 2);
  assert.match(terminal.told, /no web address/);
  assert.equal(terminal.opened.length, 0);
});

test('a document is injected from standard input, and many from lines', async (t: TestContext) => {
  const dataDirectory = temporaryDirectory(t);
  const one = new CaptiveTerminal(new TinyEngine(), 'A note to find again\n');
  assert.equal(
    await one.run('inject', '-', '--url', 'https://n.example.org/1', '--data-dir', dataDirectory),
    0,
  );
  assert.match(one.told, /^Indexed: https:\/\/n\.example\.org\/1/);

  const file = join(dataDirectory, 'pages.ndjson');
  writeFileSync(file, [line(1), '', '{"url": 3}', line(2), 'x'].join('\n'));
  const many = new CaptiveTerminal(new TinyEngine());
  assert.equal(await many.run('inject', file, '--json', '--data-dir', dataDirectory), 1);
  assert.deepEqual(JSON.parse(many.printed), { injected: 2, refused: 2 });
  assert.match(many.told, /Line 3: .*"url" and "content"/);
  assert.match(many.told, /Line 5: not valid JSON/);

  const nameless = new CaptiveTerminal(new TinyEngine());
  assert.equal(await nameless.run('inject', 'report.pdf', '--data-dir', dataDirectory), 2);
  assert.match(nameless.told, /--url/);
});

test('status shows documents and crawls, as text and as JSON', async (t: TestContext) => {
  const dataDirectory = usedDirectory(t);
  const text = new CaptiveTerminal(await filledEngine());
  assert.equal(await text.run('status', '--data-dir', dataDirectory), 0);
  assert.match(text.printed, /Documents +2\n/);
  assert.match(text.printed, /Collection main +2 documents in 1 segment; crawl idle/);
  const json = new CaptiveTerminal(await filledEngine());
  await json.run('status', '--json', '--data-dir', dataDirectory);
  assert.equal((JSON.parse(json.printed) as { documents: number }).documents, 2);
});

test('a server answers pages and other commands until it is told to stop', async (t: TestContext) => {
  const dataDirectory = usedDirectory(t);
  const engine = await filledEngine();
  const terminal = new CaptiveTerminal(engine);
  const ended = terminal.run('serve', '--port', '0', '--data-dir', dataDirectory);
  const [, origin = ''] = await terminal.waitFor(/Search at (http:\S+)\//);
  const [, key = ''] = await terminal.waitFor(/Admin key: (\S+)/);
  assert.match(await (await fetch(`${origin}/search?q=falcon`)).text(), /The kestrel/);
  assert.equal((await fetch(`${origin}/crawl`, { headers: { authorization: `Bearer ${key}` } })).status, 200);

  const asking = new CaptiveTerminal('locked');
  assert.equal(await asking.run('search', 'falcon', '--data-dir', dataDirectory), 0);
  assert.match(asking.printed, /The kestrel/);
  const crawling = new CaptiveTerminal('locked');
  assert.equal(await crawling.run('crawl', START, '--data-dir', dataDirectory), 0);
  assert.match(crawling.printed, /Crawled 2 pages/);

  for (const [step, state] of [
    ['pause', /^main: \w+, 2 fetched, 0 queued$/m],
    ['resume', /^main: /m],
    ['stop', /^main: /m],
  ] as const) {
    const steering = new CaptiveTerminal('locked');
    assert.equal(await steering.run('crawl', step, '--data-dir', dataDirectory), 0, steering.told);
    assert.match(steering.printed, state);
  }

  const renewing = new CaptiveTerminal('locked');
  assert.equal(await renewing.run('key', '--new', '--data-dir', dataDirectory), 0);
  const renewed = renewing.printed.trim();
  assert.equal((await fetch(`${origin}/crawl`, { headers: { authorization: `Bearer ${key}` } })).status, 401);
  assert.equal(
    (await fetch(`${origin}/crawl`, { headers: { authorization: `Bearer ${renewed}` } })).status,
    200,
  );

  terminal.send('SIGTERM');
  assert.equal(await ended, 0);
  assert.ok(engine.isClosed);
  assert.equal(terminal.listeners, 0);
  await assert.rejects(fetch(origin));
});

test('a port that is taken is said so, with what to do', async (t: TestContext) => {
  const first = new CaptiveTerminal(await filledEngine());
  const ended = first.run('serve', '--port', '0', '--data-dir', temporaryDirectory(t));
  const [, port = ''] = await first.waitFor(/Search at http:\/\/[^:]+:(\d+)/);
  const second = new CaptiveTerminal(await filledEngine());
  const directory = temporaryDirectory(t);
  assert.equal(await second.run('serve', '--port', port, '--data-dir', directory), 1);
  // A key that nobody was shown is none.
  assert.equal(existsSync(join(directory, 'admin-key.json')), false);
  assert.match(second.told, new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken.*--port`));
  first.send('SIGINT');
  assert.equal(await ended, 0);
});

test('a crawl that serves goes on serving when it is done', async (t: TestContext) => {
  const terminal = new CaptiveTerminal(new TinyEngine({ web: PAGES }));
  const ended = terminal.run('crawl', START, '--serve', '--port', '0', '--data-dir', temporaryDirectory(t));
  await terminal.waitFor(/Crawled 2 pages/);
  const [, origin = ''] = await terminal.waitFor(/Search at (http:\S+)\//);
  assert.equal((await fetch(`${origin}/search?q=falcon`)).status, 200);
  terminal.send('SIGINT');
  assert.equal(await ended, 0);
});

test('the first signal ends a crawl in good order, a later one at once', async (t: TestContext) => {
  const web: Record<string, string> = {};
  for (let n = 0; n < 100_000; n++) web[`https://long.example.org/${n}`] = `<a href="/${n + 1}">next</a>`;
  const engine = new TinyEngine({ web });
  const terminal = new CaptiveTerminal(engine);
  const ended = terminal.run('crawl', 'https://long.example.org/0', '--data-dir', temporaryDirectory(t));
  await terminal.waitFor(/Crawling/);
  terminal.send('SIGINT');
  // npm and a terminal both send the first one.
  terminal.send('SIGINT');
  assert.equal(terminal.abandonedWith, undefined);
  assert.equal(await ended, 130);
  assert.ok(engine.isClosed);
  assert.match(terminal.told, /goes on from here/);
});

test('parse shows what is seen in a file, and why, without opening anything', async (t) => {
  const file = join(temporaryDirectory(t), 'page.html');
  writeFileSync(file, '<title>Otters</title><h1>Otters</h1><p>They swim in rivers and sleep in holes.</p>');
  const terminal = new CaptiveTerminal(new TinyEngine());
  assert.equal(await terminal.run('parse', file, '--tokens'), 0);
  assert.match(terminal.printed, /title: Otters {2}\(its title, which is also a heading of level 1\)/);
  assert.match(terminal.printed, /text: They swim/);
  assert.match(terminal.printed, /rivers → rivers, river/);
  const json = new CaptiveTerminal(new TinyEngine());
  assert.equal(await json.run('parse', file, '--json', '--url', 'https://example.org/'), 0);
  assert.equal((JSON.parse(json.printed) as { url: string }).url, 'https://example.org/');
  assert.equal(terminal.opened.length, 0);
});
