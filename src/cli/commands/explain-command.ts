/** `peregrine explain` and `peregrine why-not`: how a query is read, and why a page is not found. */

import type { Command } from 'commander';

import { toDocId } from '../../base/index.ts';
import { reachEngine } from '../engine-access.ts';
import { printable } from '../printable.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

export function explainCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Show how a query is read and what its words are worth.')
    .argument('<query...>', 'a query, as for search')
    .addHelpText(
      'after',
      `
Examples:
  peregrine explain 'falcons -site:example.org "peregrine falcon"^2'
  peregrine explain 'price:10..20 (red OR blue) NEAR/5' --json`,
    )
    .action(async (words: string[], options: SharedOptions) => {
      const { calls } = await reachEngine(terminal, options, { mustExist: true });
      try {
        const explained = await calls.explain(options.collection, { query: words.join(' ') });
        if (options.json === true) {
          terminal.out(JSON.stringify(explained, null, 2));
          return;
        }
        terminal.out(`understood as: ${printable(explained.understood)}`);
        for (const { word, stem, documents, weight, mass } of explained.terms) {
          terminal.out(
            `  ${printable(word)}: looked up as ${printable(stem)}, in ${documents} of ${explained.documents} documents, ` +
              `weight ${weight.toFixed(2)}, worth ${mass.toFixed(2)}`,
          );
        }
        for (const condition of explained.required) terminal.out(`  must hold: ${printable(condition)}`);
        for (const condition of explained.excluded) terminal.out(`  must not hold: ${printable(condition)}`);
        for (const order of explained.sort) terminal.out(`  ordered by: ${printable(order)}`);
        for (const facet of explained.facets) terminal.out(`  counts: ${printable(facet)}`);
        for (const warning of explained.warnings) terminal.err(printable(warning));
      } finally {
        await calls.close();
      }
    });
}

interface WhyNotOptions extends SharedOptions {
  readonly query: string;
}

export function whyNotCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Say why a page is not found, or not where it is looked for.')
    .argument('<page>', 'its address, or the number by which answers know it')
    .option('--query <text>', 'the query that does not find it', '')
    .addHelpText(
      'after',
      `
Examples:
  peregrine why-not https://example.org/page
  peregrine why-not https://example.org/page --query 'falcon nests'`,
    )
    .action(async (page: string, options: WhyNotOptions) => {
      const { calls } = await reachEngine(terminal, options, { mustExist: true });
      try {
        const of = /^\d+$/.test(page) ? { docId: toDocId(Number(page)) } : { url: page };
        const answer = await calls.whyNot(options.collection, { ...of, query: options.query });
        if (options.json === true) {
          terminal.out(JSON.stringify(answer, null, 2));
          return;
        }
        terminal.out(printable(answer.sentence));
        if (answer.advice !== '') terminal.out(printable(answer.advice));
        for (const { url, text } of answer.linkedFrom) {
          terminal.out(`  linked from ${printable(url)}${text === '' ? '' : `: ${printable(text)}`}`);
        }
      } finally {
        await calls.close();
      }
    });
}
