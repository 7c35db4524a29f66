/** `peregrine lab`: the rules of a collection's answers, tried on saved queries before they are in force. */

import { readFile } from 'node:fs/promises';

import type { Command } from 'commander';

import { messageOf, PeregrineError } from '../../base/index.ts';
import type { MeasuredQuality } from '../../collection/index.ts';
import type { RankedPage, RuleComparison, SearchRules } from '../../query/index.ts';
import type { EngineCalls } from '../../server/index.ts';
import { reachEngine } from '../engine-access.ts';
import { printable } from '../printable.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

export function labCommand(command: Command, terminal: Terminal): Command {
  command
    .description('Try and keep what shapes answers: synonyms, pins, boosts, blocks, weights.')
    .addHelpText(
      'after',
      `
Examples:
  peregrine lab rules > rules.json
  peregrine lab try rules.json          both answers to each saved query, nothing changes
  peregrine lab set rules.json          from now on
  peregrine lab measure                 nDCG of the judged queries, now
  peregrine lab quality                 nDCG over time, queries that found nothing`,
    )
    .helpCommand(false);

  addSharedOptions(command.command('rules'))
    .description('Print the rules in force, as JSON.')
    .action(async (options: SharedOptions) =>
      withEngine(terminal, options, async (calls) => {
        terminal.out(JSON.stringify(await calls.searchRules(options.collection), null, 2));
      }),
    );

  addSharedOptions(command.command('try'))
    .description('Ask the saved queries of a file under its rules and under those in force.')
    .argument('<file>', 'rules, as JSON')
    .action(async (file: string, options: SharedOptions) =>
      withEngine(terminal, options, async (calls) => {
        const compared = await calls.compareSearchRules(options.collection, await rulesIn(file));
        if (options.json === true) terminal.out(JSON.stringify(compared, null, 2));
        else printComparison(terminal, compared);
      }),
    );

  addSharedOptions(command.command('set'))
    .description('Put the rules of a file in force.')
    .argument('<file>', 'rules, as JSON')
    .action(async (file: string, options: SharedOptions) =>
      withEngine(terminal, options, async (calls) => {
        await calls.setSearchRules(options.collection, await rulesIn(file));
        terminal.err('The rules are in force.');
      }),
    );

  addSharedOptions(command.command('measure'))
    .description('Ask the judged queries now, and write down what they are worth.')
    .action(async (options: SharedOptions) =>
      withEngine(terminal, options, async (calls) => {
        const measured = await calls.measureSearchQuality(options.collection);
        if (options.json === true) terminal.out(JSON.stringify(measured ?? null));
        else if (measured === undefined) terminal.err('No saved query is judged.');
        else terminal.out(measurement(measured));
      }),
    );

  addSharedOptions(command.command('quality'))
    .description('Print what judged queries were worth over time, and queries that found nothing.')
    .action(async (options: SharedOptions) =>
      withEngine(terminal, options, async (calls) => {
        const { measured, missed } = await calls.searchQuality(options.collection);
        if (options.json === true) {
          terminal.out(JSON.stringify({ measured, missed }, null, 2));
          return;
        }
        for (const one of measured) terminal.out(measurement(one));
        for (const { query, times } of missed) terminal.out(`found nothing ${times}×: ${printable(query)}`);
        if (measured.length + missed.length === 0) terminal.err('Nothing was measured, and nothing missed.');
      }),
    );
  return command;
}

function measurement({ time_ms, ndcg, queries, after }: MeasuredQuality): string {
  const when = new Date(time_ms).toISOString().slice(0, 16).replace('T', ' ');
  const why = after === undefined || after === 'request' ? '' : `, after ${AFTER[after]}`;
  return `${when}  nDCG@10 ${ndcg.toFixed(4)} of ${queries} queries${why}`;
}

const AFTER = { rules: 'a change of rules', crawl: 'a round of the crawl' } as const;

async function withEngine(
  terminal: Terminal,
  options: SharedOptions,
  use: (calls: EngineCalls) => Promise<void>,
): Promise<void> {
  const { calls } = await reachEngine(terminal, options, { mustExist: true });
  try {
    await use(calls);
  } finally {
    await calls.close();
  }
}

/** `BAD_ARGUMENT` for a file that holds no rules. */
async function rulesIn(file: string): Promise<SearchRules> {
  const { searchRulesBody } = await import('../../server/index.ts');
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new PeregrineError('BAD_ARGUMENT', `${file} can't be read as rules: ${messageOf(error)}`, { file });
  }
  const rules = searchRulesBody.safeParse(parsed);
  if (rules.success) return rules.data;
  const [issue] = rules.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new PeregrineError('BAD_ARGUMENT', `${file} holds no rules${where}: ${issue?.message ?? ''}.`, {
    file,
  });
}

function printComparison(
  terminal: Terminal,
  { queries, changed, liveNdcg, candidateNdcg }: RuleComparison,
): void {
  for (const one of queries) {
    terminal.out(`${printable(one.query)}  nDCG@10 ${worth(one.liveNdcg)} → ${worth(one.candidateNdcg)}`);
    printSide(terminal, '-', one.live);
    printSide(terminal, '+', one.candidate);
  }
  terminal.err(
    `${changed} of ${queries.length} answers change; nDCG@10 ${worth(liveNdcg)} → ${worth(candidateNdcg)}.`,
  );
}

/** The results that stand elsewhere under the other rules. */
function printSide(terminal: Terminal, sign: string, results: readonly RankedPage[]): void {
  results.forEach(({ url, otherPlace }, i) => {
    if (otherPlace !== i + 1) terminal.out(`  ${sign} ${i + 1}. ${printable(url)}`);
  });
}

function worth(ndcg: number | undefined): string {
  return ndcg === undefined ? '–' : ndcg.toFixed(4);
}
