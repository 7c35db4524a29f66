/** `peregrine import sitemap`: the pages that a file names, fetched, and nothing that they link to. */

import { readFile } from 'node:fs/promises';

import type { Command } from 'commander';

import { PeregrineError } from '../../base/index.ts';
import { commandName } from '../command-name.ts';
import { crawlSummary, hintForEmptyCrawl, watchCrawl } from '../crawl-view.ts';
import { ensureCollection, reachEngine } from '../engine-access.ts';
import { EXIT_INTERRUPTED } from '../exit-codes.ts';
import { listenForInterruption } from '../interruption.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface SitemapOptions extends SharedOptions {
  readonly delay?: number;
  readonly allowPrivate?: boolean;
}

export function sitemapCommand(
  command: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): void {
  addSharedOptions(command)
    .description('Crawl what a sitemap names: these addresses, and nothing that they link to.')
    .argument('<file>', 'a sitemap, packed or not')
    .option(
      '--delay <ms>',
      'least time between two requests to a host (default: 250)',
      wholeNumber(0, 3_600_000),
    )
    .option('--allow-private', 'allow private and loopback addresses')
    .action(async (file: string, options: SitemapOptions) => {
      const seeds = await addressesIn(terminal, file);
      const wasStopped = await crawlNamed(terminal, seeds, options);
      if (wasStopped) setExitCode(EXIT_INTERRUPTED);
    });
}

async function addressesIn(terminal: Terminal, file: string): Promise<readonly string[]> {
  if (/^https?:/i.test(file)) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `${file} is an address, and no file. A sitemap on the web is crawled with: ${commandName(terminal)} crawl ${file}`,
    );
  }
  const { readSitemap } = await import('../../crawl/index.ts');
  const { urls } = await readSitemap(await readFile(file));
  const seeds = [...new Set(urls)];
  if (seeds.length === 0) throw new PeregrineError('BAD_ARGUMENT', `${file} names no addresses.`);
  return seeds;
}

/** True where it was called off. `FETCH_FAILED` where no page came of it. */
async function crawlNamed(
  terminal: Terminal,
  seeds: readonly string[],
  { delay, allowPrivate, ...options }: SitemapOptions,
): Promise<boolean> {
  const { collection, json = false, quiet: isQuiet = false } = options;
  const interruption = listenForInterruption(terminal);
  const { calls, own } = await reachEngine(terminal, options);
  try {
    await ensureCollection(calls, collection);
    const began_ms = performance.now();
    await calls.startCrawl(collection, {
      seeds,
      maxDepth: 0,
      ...(delay === undefined ? {} : { delay_ms: delay }),
      ...(allowPrivate === undefined ? {} : { allowPrivate }),
    });
    const { signal } = interruption;
    const progress = await watchCrawl(terminal, { calls, collection, signal, isQuiet });
    const { indexed, failed } = progress;
    if (json) terminal.out(JSON.stringify({ named: seeds.length, indexed, failed }));
    else if (!isQuiet) {
      const named = seeds.length === 1 ? '1 address named' : `${seeds.length} addresses named`;
      terminal.err(`${named}. ${await crawlSummary(progress, performance.now() - began_ms)}`);
    }
    if (signal.aborted) {
      if (!isQuiet) terminal.err(own === undefined ? WATCHES_NO_MORE : STOPPED);
      return true;
    }
    const hint = hintForEmptyCrawl(progress);
    if (hint !== undefined) throw new PeregrineError('FETCH_FAILED', hint);
    return false;
  } finally {
    interruption.release();
    await calls.close();
  }
}

const STOPPED = 'Stopped. The same command goes on from here.';
const WATCHES_NO_MORE = 'No longer watching; the running process crawls on.';
