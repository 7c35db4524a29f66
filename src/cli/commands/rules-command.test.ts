import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { CaptiveTerminal } from '../../../testing/captive-terminal.ts';
import { crawlBench, MAIN, page } from '../../../testing/crawl-bench.ts';
import { temporaryDirectory } from '../../../testing/temporary-directory.ts';
import { TinyEngine } from '../../../testing/tiny-engine.ts';
import { searchCrawlRecords } from '../../crawl/index.ts';
import { SHARD_COUNT_FILE } from '../../storage/index.ts';

test('rules are tried on addresses before a crawl has them', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'rules.txt');
  writeFileSync(file, 'skip path ^= "/private/"\nfollow isHome\n');
  const terminal = new CaptiveTerminal(new TinyEngine());
  const urls = ['https://a.example/private/x', 'a.example', 'https://a.example/y'];
  assert.equal(await terminal.run('rules', file, ...urls), 0);
  assert.deepEqual(terminal.printed.trim().split('\n'), [
    'skip   https://a.example/private/x  (rule 1: path ^= "/private/")',
    'follow https://a.example/  (rule 2: isHome)',
    'crawl  https://a.example/y  (no rule holds)',
  ]);
  const nothing = new CaptiveTerminal(new TinyEngine());
  assert.equal(await nothing.run('rules', file), 2);
  writeFileSync(file, 'skip pth = "/"');
  assert.equal(await nothing.run('rules', file, 'a.example'), 2);
});

test('rules are tried on all that a crawl has met, and say what would go', async (t) => {
  const { crawl, shards } = await crawlBench(t, {
    '/': page('home', '/a', '/old/b', '/old/missing'),
    '/a': page('a'),
    '/old/b': page('b'),
  });
  await crawl();
  class CrawledEngine extends TinyEngine {
    override crawlRecords(): ReturnType<typeof searchCrawlRecords> {
      return searchCrawlRecords(shards, MAIN);
    }
  }
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, SHARD_COUNT_FILE), '');
  const file = join(directory, 'rules.txt');
  writeFileSync(file, 'delete path ^= "/old/"\ncrawl isHome\n');
  const terminal = new CaptiveTerminal(new CrawledEngine());
  assert.equal(await terminal.run('rules', file, '--known', '--data-dir', directory), 0);
  assert.match(
    terminal.printed,
    /^rule 1, delete: path \^= "\/old\/" \(2 addresses; 1 indexed now go from the index\)$/m,
  );
  assert.match(terminal.printed, /^rule 2, crawl: isHome \(1 address\)$/m);
  assert.match(terminal.printed, /^no rule holds, crawl \(1 address\)\n {2}http:.*\/a$/m);
});
