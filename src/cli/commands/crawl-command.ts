/** `peregrine crawl`: fetches sites and indexes them. */

import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { type Command, Option } from 'commander';

import { type EffectiveSetting, messageOf, PeregrineError } from '../../base/index.ts';
import { type CrawlProgress, type CrawlRequest, parseQuietHours, RULE_PROFILES } from '../../crawl/index.ts';
import { readAddresses, readRules } from '../crawl-files.ts';
import { commandName } from '../command-name.ts';
import { crawlSummary, hintForEmptyCrawl, watchCrawl } from '../crawl-view.ts';
import { type EngineAccess, ensureCollection, reachEngine } from '../engine-access.ts';
import { EXIT_INTERRUPTED } from '../exit-codes.ts';
import { type Interruption, listenForInterruption } from '../interruption.ts';
import type { Serving, ServingOptions } from '../serving.ts';
import { settingsOf } from '../setting-options.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';
import { logsOf } from '../terminal-log.ts';
import { addSteering } from './crawl-steering.ts';
import { importFolder } from './import-feeds.ts';
import { announceServing, type ServeOptions, servingOptions } from '../engine-serving.ts';
import { addServeOptions } from './serve-command.ts';

interface CrawlOptions extends SharedOptions, ServeOptions {
  readonly maxPages?: number;
  readonly maxDepth?: number;
  readonly delay?: number;
  readonly concurrency?: number;
  readonly scope?: 'site' | 'domain' | 'prefix';
  readonly allowPrivate?: boolean;
  readonly render?: boolean;
  readonly cookies?: boolean;
  readonly webhook?: string;
  readonly indexNow?: boolean;
  readonly maxTime?: number;
  readonly maxBytes?: number;
  readonly serve?: boolean;
  readonly refreshEvery?: number;
  readonly rules?: string;
  readonly list?: string;
  readonly quietHours?: string;
  readonly maxPagesPerSecond?: number;
  readonly maxBytesPerSecond?: number;
}

export function crawlCommand(
  command: Command,
  terminal: Terminal,
  setExitCode: (code: number) => void,
): Command {
  addSteering(command, terminal);
  addSharedOptions(command)
    .description('Crawl sites and index what they say. Started again, it goes on where it was.')
    .argument('[url...]', 'addresses to begin with; sitemaps, llms.txt; folders of this machine')
    .option('--list <file>', 'a file with further addresses, one a line; - for the standard input')
    .option('--max-pages <n>', 'pages to fetch at most (default: 100000)', wholeNumber(1, 1_000_000_000))
    .option(
      '--max-depth <n>',
      'links to follow from a start address at most (default: 32)',
      wholeNumber(0, 1_000),
    )
    .option('--max-time <s>', 'end after so long', wholeNumber(1, 31_622_400))
    .option('--max-bytes <n>', 'end after so many bytes', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option(
      '--delay <ms>',
      'least time between two requests to a host (default: 250)',
      wholeNumber(0, 3_600_000),
    )
    .option('--concurrency <n>', 'hosts asked at once (default: 8)', wholeNumber(1, 256))
    .addOption(
      new Option('--scope <scope>', 'which links to follow (default: site)').choices([
        'site',
        'domain',
        'prefix',
      ]),
    )
    .option(
      '--refresh-every <s>',
      'refresh the likeliest changed pages so often by itself, s',
      wholeNumber(0, 31_622_400),
    )
    .option('--rules <file>', `URL rules: a file, or one of ${Object.keys(RULE_PROFILES).join(', ')}`)
    .option('--quiet-hours <from-to>', 'fetch nothing at these hours, by UTC: 22:00-06:00')
    .option('--max-pages-per-second <n>', 'over all hosts', wholeNumber(1, 1_000_000))
    .option('--max-bytes-per-second <n>', 'over all hosts', wholeNumber(1, 1_000_000_000_000))
    .option('--render', 'run the scripts of pages that are empty without them (needs Chromium)')
    .option('--cookies', 'send back the cookies that sites set')
    .option('--webhook <url>', 'tell this address when the crawl is done, paused, stopped or failed')
    .option('--index-now', 'take notices of changed pages from the sites at /indexnow of the server')
    .option('--allow-private', 'allow private and loopback addresses')
    .option('--serve', 'serve search pages meanwhile, and afterwards until stopped');
  return addServeOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  peregrine crawl https://docs.example.org/ --serve
  peregrine crawl https://example.org/blog/ --scope prefix --max-pages 500
  peregrine crawl http://localhost:3000/ --allow-private --delay 0
  peregrine crawl https://example.org/sitemap.xml
  peregrine crawl --list sites.txt --scope domain
  peregrine crawl ./handbook
  peregrine crawl pause`,
    )
    .action(async (seeds: string[], options: CrawlOptions) => {
      const interruption = listenForInterruption(terminal);
      try {
        // Folders are read here, by the command line alone: no server can be asked to read its machine's files.
        if (seeds.length === 0 && options.list === undefined)
          throw new PeregrineError(
            'BAD_ARGUMENT',
            'Name an address to begin with, or a file of them: --list.',
          );
        const folders = seeds.map(localFolder).filter((folder) => folder !== undefined);
        for (const folder of folders) await importFolder(terminal, folder, options);
        const addresses = seeds.filter((seed) => localFolder(seed) === undefined);
        if (addresses.length === 0 && options.list === undefined) return setExitCode(0);
        const asked = { seeds: addresses, options, settings: settingsOf(command) };
        setExitCode(await crawl(terminal, asked, interruption));
      } finally {
        interruption.release();
      }
    });
}

interface AskedCrawl {
  readonly seeds: readonly string[];
  readonly options: CrawlOptions;
  readonly settings: readonly EffectiveSetting[];
}

async function crawl(
  terminal: Terminal,
  { seeds, options, settings }: AskedCrawl,
  interruption: Interruption,
): Promise<number> {
  const request = crawlRequest(seeds, options);
  const { log, recentLog } = logsOf(terminal, options);
  const access = await reachEngine(terminal, options, { resumeCrawls: true, log });
  let serving: Serving | undefined;
  try {
    const { calls } = access;
    await ensureCollection(calls, options.collection);
    if (options.serve === true)
      serving = await serve(terminal, access, { ...servingOptions(options), log, recentLog, settings });
    const began_ms = performance.now();
    const before = await calls.crawlProgress(options.collection);
    await calls.startCrawl(options.collection, request);
    const isQuiet = options.quiet === true;
    if (!isQuiet) terminal.err(`Crawling ${request.seeds.join(', ')}`);
    const { collection } = options;
    const progress = await watchCrawl(terminal, { calls, collection, signal: interruption.signal, isQuiet });
    if (options.json === true) terminal.out(JSON.stringify(progress));
    else if (!isQuiet)
      terminal.out(await crawlSummary(progress, performance.now() - began_ms, fetchedBefore(before)));
    if (interruption.signal.aborted) {
      if (!isQuiet) terminal.err(stoppedHint(access));
      return EXIT_INTERRUPTED;
    }
    const hint = hintForEmptyCrawl(progress);
    if (serving !== undefined) {
      if (hint !== undefined && !isQuiet) terminal.err(hint);
      await interruption.happened;
      return 0;
    }
    if (hint !== undefined) throw new PeregrineError('FETCH_FAILED', hint);
    if (!isQuiet && access.own !== undefined)
      terminal.err(`Search it: ${commandName(terminal)} search WORDS, or: ${commandName(terminal)} serve`);
    return 0;
  } finally {
    await serving?.close();
    await access.calls.close();
  }
}

async function serve(
  terminal: Terminal,
  { own }: EngineAccess,
  options: Omit<ServingOptions, 'engine'>,
): Promise<Serving | undefined> {
  if (own === undefined) {
    terminal.err('The running process serves already; it takes over the crawl.');
    return undefined;
  }
  const { startServing } = await import('../serving.ts');
  const serving = await startServing({ engine: own, ...options });
  announceServing(terminal, serving);
  return serving;
}

/** Pages of a crawl that goes on; a finished one begins its next round. */
function fetchedBefore({ state, fetched }: CrawlProgress): number {
  return state === 'running' || state === 'paused' ? fetched : 0;
}

function stoppedHint({ own }: EngineAccess): string {
  return own === undefined
    ? 'No longer watching; the running process crawls on.'
    : 'Stopped. The same command goes on from here.';
}

function crawlRequest(seeds: readonly string[], options: CrawlOptions): CrawlRequest {
  const { maxPages, maxDepth, delay, concurrency, scope, allowPrivate } = options;
  const { refreshEvery, rules, quietHours, maxPagesPerSecond, render, maxTime, maxBytes, cookies } = options;
  const { webhook, indexNow, maxBytesPerSecond } = options;
  return {
    seeds: [...seeds, ...(options.list === undefined ? [] : readAddresses(options.list))].map(withScheme),
    ...(maxPages === undefined ? {} : { maxPages }),
    ...(maxDepth === undefined ? {} : { maxDepth }),
    ...(delay === undefined ? {} : { delay_ms: delay }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(scope === undefined ? {} : { scope }),
    ...(allowPrivate === undefined ? {} : { allowPrivate }),
    ...(refreshEvery === undefined ? {} : { refreshEvery_s: refreshEvery }),
    ...(maxTime === undefined ? {} : { maxTime_s: maxTime }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(render === undefined ? {} : { render: render ? 'auto' : 'never' }),
    ...(cookies === undefined ? {} : { cookies }),
    ...(webhook === undefined ? {} : { webhook }),
    ...(indexNow === undefined ? {} : { indexNow }),
    ...(rules === undefined ? {} : { rules: readRules(rules) }),
    ...(quietHours === undefined ? {} : { quietHours: [parseQuietHours(quietHours)] }),
    ...(maxPagesPerSecond === undefined ? {} : { maxPages_per_s: maxPagesPerSecond }),
    ...(maxBytesPerSecond === undefined ? {} : { maxBytes_per_s: maxBytesPerSecond }),
  };
}

/** The folder that an argument names: by its path, or as a `file:` address. */
function localFolder(seed: string): string | undefined {
  const path = localPath(seed);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  // A folder that happens to be called like a host is meant only where it is written like a path.
  return isFolder && (path !== seed || /^\.{0,2}[\\/]|^\.{1,2}$/.test(seed)) ? path : undefined;
}

function localPath(seed: string): string {
  if (!/^file:/i.test(seed)) return seed;
  try {
    return fileURLToPath(seed);
  } catch (error) {
    throw new PeregrineError('BAD_ARGUMENT', `"${seed}" names nothing on this machine: ${messageOf(error)}.`);
  }
}

/** People type `example.org`. */
function withScheme(seed: string): string {
  const path = localPath(seed);
  if (path !== seed || /^\.{0,2}[\\/]/.test(seed)) {
    const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
    const why = isThere
      ? `${seed} is a file: name its folder, or give it by --list where it is a list of addresses.`
      : `There is no folder ${seed}.`;
    throw new PeregrineError('BAD_ARGUMENT', why);
  }
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(seed) ? seed : `https://${seed}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new PeregrineError('BAD_ARGUMENT', `"${seed}" is no web address.`);
  }
  return url;
}
