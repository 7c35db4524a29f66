/** `peregrine demo`: the bundled site, crawled and searchable in a few seconds. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Command } from 'commander';

import type { EffectiveSetting } from '../../base/index.ts';
import { crawlSummary, watchCrawl } from '../crawl-view.ts';
import { serveDemoSite } from '../demo-site.ts';
import { commandName } from '../command-name.ts';
import { ensureCollection, localCalls, openOwnEngine } from '../engine-access.ts';
import { type Interruption, listenForInterruption } from '../interruption.ts';
import { optionOf, settingsOf } from '../setting-options.ts';
import { DEFAULT_COLLECTION, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';
import { logsOf } from '../terminal-log.ts';
import { DEFAULT_HOST, DEFAULT_PORT } from './serve-command.ts';

interface DemoOptions {
  readonly port: number;
  readonly dataDir?: string;
  readonly memory?: number;
  readonly exit?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Ports tried after the wished one: the demo should simply start. */
const PORTS_TO_TRY = 50;

/** From one request to the next: as polite as a site that is one's own needs, and done before one gets impatient. */
const PACE_MS = 75;

/** The site's broken page is broken on purpose: nobody has to wait for it. */
const RETRY_DELAYS_MS = [200];

const QUERIES: readonly (readonly [query: string, shows: string])[] = [
  ['compressing posting lists', 'words, best pages first'],
  ['"write-ahead log"', 'an exact phrase'],
  ['snippets -facets', 'with one word, without another'],
  ['field guide type:pdf', 'inside a PDF'],
  ['Komposita lang:de', 'in one language'],
];

export function demoCommand(command: Command, terminal: Terminal): Command {
  return command
    .description('Crawl the bundled demo site, and serve search over it until stopped.')
    .option('--port <n>', 'port to listen on, or the next free one', wholeNumber(0, 65_535), DEFAULT_PORT)
    .option(
      '--data-dir <path>',
      'where to keep the index (default: a temporary directory, removed at the end)',
    )
    .addOption(optionOf('memory'))
    .option('--exit', 'stop after the crawl')
    .option('--quiet', 'print the address only')
    .option('--verbose', 'log what happens inside to stderr')
    .action(async (options: DemoOptions) => {
      const interruption = listenForInterruption(terminal);
      const temporary =
        options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'peregrine-demo-')) : undefined;
      try {
        const dataDir = options.dataDir ?? temporary ?? '';
        const settings = [
          ...settingsOf(command).filter(({ name }) => name !== 'data-dir'),
          { name: 'data-dir', value: dataDir, source: 'command line' } as const,
        ];
        await demonstrate(terminal, { options, dataDir, settings }, interruption);
      } finally {
        interruption.release();
        if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
      }
    });
}

interface AskedDemo {
  readonly options: DemoOptions;
  readonly dataDir: string;
  /** As the administration shows them. */
  readonly settings: readonly EffectiveSetting[];
}

async function demonstrate(
  terminal: Terminal,
  { options, dataDir, settings }: AskedDemo,
  { signal, happened }: Interruption,
): Promise<void> {
  const collection = DEFAULT_COLLECTION;
  const shared: SharedOptions = { ...options, dataDir, collection };
  const isQuiet = options.quiet === true;
  const site = await serveDemoSite();
  try {
    const { log, recentLog } = logsOf(terminal, shared);
    const engine = await openOwnEngine(terminal, shared, { retryDelays_ms: RETRY_DELAYS_MS, log });
    try {
      const calls = localCalls(engine);
      await ensureCollection(calls, collection);
      const { startServing } = await import('../serving.ts');
      const serving = await startServing({
        engine,
        dataDir,
        collection,
        port: options.port,
        host: DEFAULT_HOST,
        portsToTry: options.port === 0 ? 0 : PORTS_TO_TRY,
        log,
        recentLog,
        settings,
      });
      try {
        if (!isQuiet) {
          terminal.err(`Crawling the demo site, served on ${site.origin}/`);
          terminal.err(`Search answers meanwhile at ${serving.origin}/`);
        }
        const began_ms = performance.now();
        await calls.startCrawl(collection, {
          seeds: [`${site.origin}/`],
          allowPrivate: true,
          delay_ms: PACE_MS,
          maxDepth: site.depth,
        });
        const progress = await watchCrawl(terminal, { calls, collection, signal, isQuiet });
        if (signal.aborted) return;
        if (!isQuiet) terminal.err(`${await crawlSummary(progress, performance.now() - began_ms)}\n`);
        terminal.out(`Search at ${serving.origin}/`);
        if (!isQuiet) announce(terminal, serving.origin, serving.newAdminKey);
        if (options.exit !== true) await happened;
      } finally {
        await serving.close();
      }
    } finally {
      await engine.close();
    }
  } finally {
    await site.close();
  }
}

function announce(terminal: Terminal, origin: string, adminKey: string | undefined): void {
  terminal.out('\nTry:');
  for (const [query, shows] of QUERIES) {
    terminal.out(`  ${origin}/search?${new URLSearchParams({ q: query }).toString()}   (${shows})`);
  }
  if (adminKey !== undefined) terminal.out(`\nAdministration: ${origin}/admin  with the key ${adminKey}`);
  terminal.out(
    `\nCtrl-C stops. Your own site: ${commandName(terminal)} crawl https://www.example.org/ --serve`,
  );
}
