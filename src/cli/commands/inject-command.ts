/** `peregrine inject`: puts documents into the index without a crawl. */

import { constants, createReadStream } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import type { Command } from 'commander';

import { messageOf, PeregrineError } from '../../base/index.ts';
import type { InjectRequest } from '../../collection/index.ts';
import type { EngineCalls } from '../../server/index.ts';
import { ensureCollection, reachEngine } from '../engine-access.ts';
import { printable } from '../printable.ts';
import { addSharedOptions, type SharedOptions } from '../shared-options.ts';
import type { Terminal } from '../terminal.ts';

interface InjectOptions extends SharedOptions {
  readonly url?: string;
  readonly type?: string;
}

/** Documents that are built at once. */
const AT_ONCE = 8;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.htm': 'text/html',
  '.xhtml': 'application/xhtml+xml',
  '.txt': 'text/plain',
  '.md': 'text/plain',
  '.pdf': 'application/pdf',
  '.json': 'application/json',
  '.xml': 'application/xml',
};

export function injectCommand(command: Command, terminal: Terminal): Command {
  return addSharedOptions(command)
    .description('Put documents into the index without a crawl.')
    .argument('<file>', 'the document; "-" reads it from standard input')
    .option('--url <url>', 'address by which the document is known')
    .option('--type <type>', 'its MIME type; default: told from the name, else from the content')
    .addHelpText(
      'after',
      `
Without --url the file holds many documents, one JSON object a line: {"url": …, "content": …, "contentType"?: …}

Examples:
  peregrine inject report.pdf --url https://intranet.example.org/report.pdf
  echo "A note to find again" | peregrine inject - --url https://notes.example.org/1
  peregrine inject pages.ndjson`,
    )
    .action(async (file: string, options: InjectOptions) => {
      await expectReadable(file, options);
      const { calls } = await reachEngine(terminal, options);
      try {
        await ensureCollection(calls, options.collection);
        if (options.url === undefined) await injectLines(terminal, calls, file, options);
        else await injectOne(terminal, calls, file, { ...options, url: options.url });
      } finally {
        await calls.close();
      }
    });
}

/** Says what is wrong with `file` before anything is opened or made for it. */
async function expectReadable(file: string, { url }: InjectOptions): Promise<void> {
  if (file === '-') return;
  if (url === undefined && !/\.(ndjson|jsonl)$/i.test(file)) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      `Say by what address ${file} is known: --url URL. (Only .ndjson and .jsonl files bring their own.)`,
    );
  }
  let isFile: boolean;
  try {
    isFile = !(await stat(file)).isDirectory();
    await access(file, constants.R_OK);
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const problem = isAbsent ? `There is no file ${file}.` : `The file ${file} can't be read.`;
    throw new PeregrineError(isAbsent ? 'NOT_FOUND' : 'IO', problem, { file }, error);
  }
  if (!isFile) {
    throw new PeregrineError('BAD_ARGUMENT', `${file} is a folder; inject takes one file.`, { file });
  }
}

async function injectOne(
  terminal: Terminal,
  calls: EngineCalls,
  file: string,
  options: InjectOptions & { readonly url: string },
): Promise<void> {
  const content = file === '-' ? await buffer(terminal.input) : await readFile(file);
  const contentType = options.type ?? TYPES[extname(file).toLowerCase()];
  const result = await calls.inject(options.collection, {
    url: options.url,
    content,
    ...(contentType === undefined ? {} : { contentType }),
  });
  if (options.json === true) terminal.out(JSON.stringify(result));
  else if (options.quiet !== true) {
    const name = result.title === '' ? result.url : result.title;
    terminal.err(
      `${result.indexed ? 'Indexed' : 'Stored, but not indexed'}: ${printable(name)} (${result.tokens} words with title and address)`,
    );
    for (const warning of result.warnings) terminal.err(`  ${printable(warning)}`);
  }
}

async function injectLines(
  terminal: Terminal,
  calls: EngineCalls,
  file: string,
  options: InjectOptions,
): Promise<void> {
  const input: Readable = file === '-' ? terminal.input : createReadStream(file);
  const running = new Set<Promise<void>>();
  let line = 0;
  let injected = 0;
  let refused = 0;
  const inject = async (text: string, number: number): Promise<void> => {
    try {
      await calls.inject(options.collection, readLine(text), { wait: 'durable' });
      injected += 1;
    } catch (error) {
      refused += 1;
      terminal.err(`Line ${number}: ${messageOf(error)}`);
    }
  };
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() === '') continue;
    const task = inject(text, line).finally(() => running.delete(task));
    running.add(task);
    if (running.size >= AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
  if (options.json === true) terminal.out(JSON.stringify({ injected, refused }));
  else if (options.quiet !== true)
    terminal.err(`${injected === 1 ? '1 document' : `${injected} documents`} injected, ${refused} refused.`);
  if (refused > 0)
    throw new PeregrineError('PARSE_FAILED', `${refused} of ${injected + refused} documents were refused.`);
  if (injected === 0) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      'There was no document to inject. One document, as it is, needs its address: --url URL.',
    );
  }
}

function readLine(text: string): InjectRequest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new PeregrineError('BAD_ARGUMENT', 'not valid JSON.', {}, error);
  }
  const { url, content, contentType } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof url !== 'string' || typeof content !== 'string') {
    throw new PeregrineError('BAD_ARGUMENT', 'must be an object with "url" and "content", both text.');
  }
  return { url, content, ...(typeof contentType === 'string' ? { contentType } : {}) };
}
