import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { CaptiveTerminal } from '../../testing/captive-terminal.ts';
import { startStaticServer } from '../../testing/static-server.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { TinyEngine } from '../../testing/tiny-engine.ts';
import { type Engine, type EngineOptions, openEngine } from '../collection/index.ts';

/** Opens real engines. */
class RealTerminal extends CaptiveTerminal {
  constructor() {
    super(new TinyEngine());
  }

  override openEngine(options: EngineOptions): Promise<Engine> {
    return openEngine(options);
  }
}

async function printed(...words: string[]): Promise<string> {
  const terminal = new RealTerminal();
  assert.equal(await terminal.run(...words), 0, terminal.told);
  return terminal.printed;
}

test('a crawl that was stopped is told as such by status, and sums up what it did when it goes on', async (t) => {
  const pages = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [
      `/${n}`,
      `<title>Page ${n}</title><p>Falcons ${n}.</p><a href="/${n + 1}">next</a>`,
    ]),
  );
  const site = await startStaticServer({ pages });
  t.after(() => site.close());
  const data = ['--data-dir', join(temporaryDirectory(t), 'data')];
  const crawl = ['crawl', `${site.origin}/0`, '--allow-private', ...data];
  const first = new RealTerminal();
  const ended = first.run(...crawl, '--delay', '50');
  await first.waitFor(/Crawling/);
  while (!site.requests.some(({ path }) => path === '/3')) await sleep(10);
  first.send('SIGINT');
  assert.equal(await ended, 130);
  const [, before = ''] = /Crawled (\d+) pages? in/.exec(first.printed) ?? [];
  const halted = await printed('status', ...data);
  assert.match(
    halted,
    /crawl stopped before its end: the same command goes on from there, and so does serve/,
  );
  // Of a process that ran for this look alone.
  assert.doesNotMatch(halted, /^Memory/m);
  const summary = await printed(...crawl);
  const [, now = '', all = ''] =
    /Crawled (\d+) pages? in \S+ s, (\d+) pages since its start: /.exec(summary) ?? [];
  assert.equal(Number(all), 13, summary);
  // One that was under way when it was stopped is in neither sum.
  assert.ok([12, 13].includes(Number(now) + Number(before)), summary);
  assert.match(await printed('status', ...data), /crawl done, 13 fetched, 0 queued, 1 failed/);
  assert.match(await printed('status', '--read-only', 'on', ...data), /crawl done, 13 fetched/);
});
