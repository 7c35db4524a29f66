/** `peregrine search`: asks and prints. */

import { styleText } from 'node:util';

import { type Command, Option } from 'commander';

import type { MarkedText, SearchResponse, SearchResult } from '../../query/index.ts';
import { reachEngine } from '../engine-access.ts';
import { printable } from '../printable.ts';
import { addSharedOptions, type SharedOptions, wholeNumber } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface SearchOptions extends SharedOptions {
  readonly count: number;
  readonly first: number;
  readonly filter?: string;
  readonly rescore?: 'best' | 'all';
}

export function searchCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Search the index.')
    .argument('<query...>', 'words, "exact phrases", -without, site:example.org …')
    .option('--count <n>', 'results to print', wholeNumber(0, 100), 10)
    .option('--first <n>', 'results to skip', wholeNumber(0, 10_000), 0)
    .option('--filter <query>', 'another query that bounds what this one can find')
    .addOption(
      new Option(
        '--rescore <matches>',
        'look at how close the words stand in the best by words alone, or in every match that may be among the best',
      ).choices(['best', 'all']),
    )
    .addHelpText(
      'after',
      `
Examples:
  peregrine search write ahead log
  peregrine search '"exact phrase" site:docs.example.org -draft'
  peregrine search falcon --json | jq '.results[].url'`,
    )
    .action(async (words: string[], options: SearchOptions) => {
      const { calls } = await reachEngine(terminal, options, { mustExist: true });
      try {
        const query = words.join(' ');
        const response = await calls.search(options.collection, {
          query,
          first: options.first,
          count: options.count,
          ...(options.filter !== undefined && { filter: options.filter }),
          ...(options.rescore !== undefined && { rescore: options.rescore }),
        });
        if (options.json === true) {
          const { searchJson } = await import('../../server/index.ts');
          const answer = searchJson(response, { now_ms: Date.now(), queryLanguage: undefined });
          terminal.out(JSON.stringify(answer, null, 2));
        } else {
          print(terminal, response, options.first);
        }
      } finally {
        await calls.close();
      }
    });
}

function print(terminal: Terminal, response: SearchResponse, first: number): void {
  response.results.forEach((result, n) => terminal.out(`${first + n + 1}. ${lines(terminal, result)}\n`));
  for (const warning of response.warnings) terminal.err(printable(warning));
  if (response.isDamaged) {
    terminal.err(
      'Part of the index can’t be read, pages may be missing. peregrine status says what mends it.',
    );
  }
  if (response.results.length === 0) {
    const absent = response.terms
      .filter(({ documents }) => documents === 0)
      .map(({ text }) => printable(text));
    const hint = absent.length === 0 || response.partial ? '' : ` No page holds: ${absent.join(', ')}.`;
    terminal.err(`No page matches.${hint}`);
  } else {
    const about = response.countIsExact ? '' : 'about ';
    const pages = response.matches === 1 ? '1 page matches' : `${about}${response.matches} pages match`;
    terminal.err(`${pages} of ${response.documents}, in ${response.took_ms.toFixed(1)} ms.`);
  }
}

function lines(terminal: Terminal, result: SearchResult): string {
  const title = result.title.text.trim() === '' ? result.url : marked(terminal, result.title);
  const rest = [styled(terminal, 'green', printable(result.url)), marked(terminal, result.snippet)];
  return [title, ...rest.filter((line) => line !== '').map((line) => `   ${line}`)].join('\n');
}

/** Text with its marks in bold, where there are colours. */
function marked(terminal: Terminal, { text, marks }: MarkedText): string {
  let line = '';
  let at = 0;
  for (const [start, end] of marks) {
    if (start < at || end > text.length) continue;
    line += spaced(text.slice(at, start)) + styled(terminal, 'bold', spaced(text.slice(start, end)));
    at = end;
  }
  return (line + spaced(text.slice(at))).trim();
}

/** {@link printable} for a piece of a line, of which the spaces at the ends count. */
function spaced(text: string): string {
  const harmless = printable(text);
  if (harmless === '') return text === '' ? '' : ' ';
  return `${/^\s/.test(text) ? ' ' : ''}${harmless}${/\s$/.test(text) ? ' ' : ''}`;
}

function styled(terminal: Terminal, style: 'bold' | 'green', text: string): string {
  return terminal.hasColour ? styleText(style, text, { validateStream: false }) : text;
}
