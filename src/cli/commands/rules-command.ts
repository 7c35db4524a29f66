/** `peregrine rules`: what a table of URL rules would do, before it is given to a crawl. */

import type { Command } from 'commander';

import { PeregrineError } from '../../base/index.ts';
import { requireUrl, RuleTable, type UrlRule } from '../../crawl/index.ts';
import { readRules } from '../crawl-files.ts';
import { openOwnEngine } from '../engine-access.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface RulesOptions extends SharedOptions {
  readonly known?: boolean;
}

/** Addresses shown of those that a row decides on. */
const SHOWN = 3;

export function rulesCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Show what URL rules would do, without a crawl: with addresses, or with all that are known.')
    .argument('<rules>', 'a file, or the name of a profile, as for: crawl --rules')
    .argument('[url...]', 'addresses to decide on')
    .option('--known', 'decide on every address that the crawls of the collection have met')
    .addHelpText(
      'after',
      `
Examples:
  peregrine rules rules.json https://example.org/private/a https://example.org/
  peregrine rules docs --known`,
    )
    .action(async (file: string, urls: string[], options: RulesOptions) => {
      const table = RuleTable.of(readRules(file));
      if (urls.length === 0 && options.known !== true)
        throw new PeregrineError('BAD_ARGUMENT', 'Name addresses to decide on, or take --known ones.');
      decideOn(terminal, table, urls, options.json === true);
      if (options.known === true) await decideOnKnown(terminal, table, options);
    });
}

function decideOn(terminal: Terminal, table: RuleTable, urls: readonly string[], isJson: boolean): void {
  const facts = urls.map((url) => ({ url: requireUrl(url), depth: 1, isSeed: false }));
  for (const { url, decision } of table.dryRun(facts)) {
    if (isJson) terminal.out(JSON.stringify({ url, ...decision }));
    else terminal.out(`${decision.action.padEnd(6)} ${url}  (${decision.reason})`);
  }
}

/** What one row decides on. */
interface RowUse {
  urls: number;
  /** Of them in the index now. */
  indexed: number;
  readonly shown: string[];
}

async function decideOnKnown(terminal: Terminal, table: RuleTable, options: RulesOptions): Promise<void> {
  const uses = new Map<number, RowUse>();
  const engine = await openOwnEngine(terminal, options, { mustExist: true });
  try {
    for await (const { url, depth, outcome } of engine.crawlRecords(options.collection)) {
      if (outcome === 'sitemap') continue;
      const isIndexed = outcome === 'indexed' || outcome === 'unchanged';
      const { row } = table.decide({ url, depth, isSeed: depth === 0, isKnown: isIndexed });
      const use = uses.get(row) ?? { urls: 0, indexed: 0, shown: [] };
      uses.set(row, use);
      use.urls += 1;
      if (isIndexed) use.indexed += 1;
      if (use.shown.length < SHOWN) use.shown.push(url);
    }
  } finally {
    await engine.close();
  }
  for (const [number, rule] of [...table.rules.entries(), [-1, undefined] as const]) {
    const row = number + 1;
    const use = uses.get(row) ?? { urls: 0, indexed: 0, shown: [] };
    if (options.json === true) terminal.out(JSON.stringify({ row, ...rule, ...use }));
    else terminal.out(sentence(row, rule, use));
  }
}

function sentence(row: number, rule: UrlRule | undefined, { urls, indexed, shown }: RowUse): string {
  const action = rule?.action ?? 'crawl';
  const loses = (action === 'skip' || action === 'follow' || action === 'delete') && indexed > 0;
  const effect = action === 'skip' ? 'are not fetched again' : 'go from the index';
  const what = rule === undefined ? 'no rule holds, crawl' : `rule ${row}, ${action}: ${rule.when}`;
  const count = `${urls} ${urls === 1 ? 'address' : 'addresses'}`;
  const lost = loses ? `; ${indexed} indexed now ${effect}` : '';
  return [`${what} (${count}${lost})`, ...shown.map((url) => `  ${url}`)].join('\n');
}
