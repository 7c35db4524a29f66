/** `peregrine parse`: what is seen in a document, and why. Nothing is stored. */

import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';

import { PeregrineError, systemClock } from '../../base/index.ts';
import { AGENT_NAME, createFetcher } from '../../crawl/index.ts';
import {
  createParsePool,
  decodeTitleRecord,
  type DocumentSource,
  type ParseReport,
  reportOf,
} from '../../document/index.ts';
import { printable } from '../printable.ts';
import type { Terminal } from '../terminal.ts';

interface ParseOptions {
  readonly json?: boolean;
  readonly tokens?: boolean;
  readonly url?: string;
  readonly type?: string;
}

/** Characters of a section that are shown where not all is asked for. */
const SHOWN = 160;
const MAX_REDIRECTS = 5;
const LIMITS = { max_bytes: 64 * 1024 * 1024, overflow: 'cut' } as const;

export function parseCommand(command: Command, terminal: Terminal): Command {
  return command
    .description(
      'Show what is seen in a document: sections, words, links, dates, and why. Nothing is stored.',
    )
    .argument('<document>', 'an address, or a file; "-" reads standard input')
    .option('--url <url>', 'address by which a file is known')
    .option('--type <type>', 'MIME type of a file; default: told from its content')
    .option('--tokens', 'also the words of each zone, with their positions')
    .option('--json', 'all of it, as JSON')
    .addHelpText(
      'after',
      `
Examples:
  peregrine parse https://docs.example.org/guide.html
  peregrine parse report.pdf --json
  curl -s https://example.org/ | peregrine parse - --url https://example.org/`,
    )
    .action(async (document: string, options: ParseOptions) => {
      const source = await sourceOf(document, options);
      const pool = createParsePool();
      try {
        const built = await pool.build(source);
        const report = await reportOf(decodeTitleRecord(built.titleRecord), source.headers);
        if (options.json === true) terminal.out(JSON.stringify(report, null, 2));
        else
          for (const line of linesOf(report, options.tokens === true))
            terminal.out(indentOf(line) + printable(line));
      } finally {
        await pool.close();
      }
    });
}

async function sourceOf(document: string, { url, type }: ParseOptions): Promise<DocumentSource> {
  const common = { fetchedAt_ms: systemClock.now(), depth: 0 };
  if (/^https?:\/\//i.test(document)) return { ...(await fetched(document)), ...common };
  const bytes = document === '-' ? await buffer(process.stdin) : await readFile(document);
  return {
    url: url ?? (document === '-' ? 'file:///-' : pathToFileURL(resolve(document)).href),
    bytes,
    headers: type === undefined ? {} : { 'content-type': type },
    status: 200,
    ...common,
  };
}

/** The person at the keyboard asks for one page: private addresses are as good as others. */
async function fetched(address: string): Promise<Omit<DocumentSource, 'fetchedAt_ms' | 'depth'>> {
  const fetcher = createFetcher({ userAgent: AGENT_NAME });
  try {
    let url = new URL(address).href;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const answer = await fetcher.fetch({ url, allowPrivate: true, types: 'any', ...LIMITS });
      if (answer.redirectTo === undefined) {
        const { bytes, headers, status, truncated, ip } = answer;
        return { url, bytes, headers, status, truncated, ip };
      }
      url = new URL(answer.redirectTo, url).href;
    }
    throw new PeregrineError('FETCH_FAILED', `${address} redirects more than ${MAX_REDIRECTS} times.`, {
      url,
    });
  } finally {
    await fetcher.close();
  }
}

function* linesOf(report: ParseReport, withTokens: boolean): Iterable<string> {
  yield report.url;
  for (const name of ['title', 'kind', 'charset', 'language', 'published'] as const) {
    const { value, reason } = report[name];
    yield `  ${name}: ${value === '' ? '–' : value}  (${reason})`;
  }
  for (const name of ['canonical', 'description', 'author', 'siteName'] as const) {
    if (report[name] !== '') yield `  ${name}: ${report[name]}`;
  }
  const forbidden = Object.entries(report.robots).filter(([, isSet]) => isSet);
  if (forbidden.length > 0) yield `  robots: ${forbidden.map(([name]) => name).join(', ')}`;
  const { tokens, words, stems } = report.terms;
  yield `  ${tokens} tokens, ${words} words, ${stems} stems, ${report.links.length} links`;
  for (const warning of report.warnings) yield `  warning: ${warning}`;
  yield 'sections:';
  for (const { kind, level, path, text, language } of report.sections) {
    const where = path.length === 0 ? '' : `  [${path.join(' › ')}]`;
    const spoken = language === '' ? '' : ` (${language})`;
    yield `  ${kind}${level === 0 ? '' : level}${spoken}: ${shortened(text)}${where}`;
  }
  yield 'fields:';
  for (const { name, type, values } of report.fields)
    yield `  ${name} (${type}): ${shortened(values.join(', '))}`;
  yield 'links:';
  for (const { url, text, nofollow, inMenu } of report.links) {
    yield `  ${url}  ${shortened(text)}${inMenu ? '  (menu)' : ''}${nofollow ? '  (nofollow)' : ''}`;
  }
  if (!withTokens) return;
  yield 'zones:';
  for (const zone of report.zones) {
    yield `  ${zone.group} from ${zone.start}:`;
    for (const { position, text, word, stem } of zone.tokens)
      yield `    ${position} ${text} → ${word}, ${stem}`;
  }
}

function indentOf(line: string): string {
  return /^ */.exec(line)?.[0] ?? '';
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`;
}
