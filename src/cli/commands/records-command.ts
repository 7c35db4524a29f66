/** `peregrine records`: what the crawls of a collection did, URL by URL. */

import { type Command, Option } from 'commander';

import { csvRow, PeregrineError } from '../../base/index.ts';
import type { Engine } from '../../collection/index.ts';
import { type CrawlRecordFilter, isRecordOutcome, RECORD_COLUMNS, recordLine } from '../../crawl/index.ts';
import { openOwnEngine } from '../engine-access.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface RecordsOptions extends SharedOptions {
  readonly format: 'csv' | 'ndjson';
  readonly outcome?: readonly string[];
  readonly status?: number;
  readonly host?: string;
  readonly url?: string;
  readonly since?: string;
  readonly hosts?: boolean;
  readonly limit?: number;
}

const HOUR_MS = 3_600_000;
const HOST_COLUMNS = [
  'host',
  'requests',
  'smallestGap_ms',
  'address',
  'addressSmallestGap_ms',
  'asked',
] as const;

export function recordsCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description(
      'Show what the crawls of a collection did: each URL, how it ended and why, and the attempts.',
    )
    .option('--outcome <outcome...>', 'only these ends: indexed, robots-forbidden, timeout, queued, …')
    .option('--status <code>', 'only this HTTP status', wholeNumber(0, 999))
    .option('--host <host>', 'only this host, which is found at once')
    .option('--url <part>', 'only addresses that hold this')
    .option('--since <hours>', 'only what ended within so many hours')
    .option('--hosts', 'hosts instead, with the smallest gap ever kept between two requests')
    .option('--limit <n>', 'so many at most', wholeNumber(1, 1_000_000_000))
    .addOption(new Option('--format <format>', 'form of the lines').choices(['csv', 'ndjson']).default('csv'))
    .addHelpText(
      'after',
      `
ndjson, which --json means here, has all attempts that are kept of a URL (the last sixteen), csv the last one.

Examples:
  peregrine records --outcome timeout network-error --since 24
  peregrine records --host example.org --format ndjson
  peregrine records --hosts`,
    )
    .action(async (options: RecordsOptions) => {
      await printRecords(terminal, options);
    });
}

async function printRecords(terminal: Terminal, options: RecordsOptions): Promise<void> {
  const { outcome, status, host, url, since, limit } = options;
  const unknown = outcome?.find((word) => !isRecordOutcome(word));
  if (unknown !== undefined)
    throw new PeregrineError('BAD_ARGUMENT', `No page of a crawl ends as "${unknown}".`);
  if (since !== undefined && !(Number(since) > 0))
    throw new PeregrineError('BAD_ARGUMENT', `"${since}" is no number of hours.`);
  const isTable = options.format === 'csv' && options.json !== true;
  const filter: CrawlRecordFilter = {
    ...(outcome !== undefined && { outcomes: outcome.filter(isRecordOutcome) }),
    ...(status !== undefined && { status }),
    ...(host !== undefined && { host: host.toLowerCase() }),
    ...(url !== undefined && { url }),
    ...(since !== undefined && { since_ms: Date.now() - Number(since) * HOUR_MS }),
    ...(limit !== undefined && { limit }),
  };
  const engine = await openOwnEngine(terminal, options, { mustExist: true });
  try {
    if (options.hosts === true) return await printHosts(terminal, engine, options, isTable);
    if (isTable) terminal.out(RECORD_COLUMNS);
    for await (const record of engine.crawlRecords(options.collection, filter)) {
      terminal.out(isTable ? recordLine(record) : JSON.stringify(record));
    }
  } finally {
    await engine.close();
  }
}

async function printHosts(
  terminal: Terminal,
  engine: Pick<Engine, 'hostManners'>,
  { collection, host, limit = Number.POSITIVE_INFINITY }: RecordsOptions,
  isTable: boolean,
): Promise<void> {
  if (isTable) terminal.out(HOST_COLUMNS.join(','));
  let left = limit;
  for await (const manners of engine.hostManners(collection, host?.toLowerCase())) {
    if (left-- <= 0) return;
    const { record, address, addressRecord } = manners;
    const last = new Date(record.lastRequest_ms).toISOString();
    const gaps = [record.smallestGap_ms, address, addressRecord?.smallestGap_ms ?? ''];
    terminal.out(isTable ? csvRow([manners.host, record.requests, ...gaps, last]) : JSON.stringify(manners));
  }
}
