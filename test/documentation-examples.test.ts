/** Examples of the documentation and of each command's help are ones that the program understands, and requests that it answers. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import type { Command } from 'commander';

import { programOf } from '../src/cli/program.ts';
import { CaptiveTerminal } from '../testing/captive-terminal.ts';
import { KEY, withServer } from '../testing/served-engine.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Example {
  /** Where it stands. */
  readonly from: string;
  readonly line: string;
  /** Named in a sentence: what it takes may be left out. */
  readonly isMention: boolean;
}

const pages = globSync(['*.md', 'docs/**/*.md', 'src/*/README.md'], { cwd: root }).sort();

/** Lines of code blocks, joined where they go on, and code in sentences. */
const examples: readonly Example[] = pages.flatMap((from) => {
  const text = readFileSync(join(root, from), 'utf8');
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block.replaceAll(/\\\n\s*/g, '').split('\n'),
  );
  const mentions = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code = '']) => code,
  );
  const shown = blocks.map((line) => ({ from, line, isMention: false }));
  return shown.concat(mentions.map((line) => ({ from, line, isMention: true })));
});

/** Words as a shell parts them, quotes taken off. */
function wordsOf(line: string): string[] {
  const words = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

/** Command lines of ours in a line: behind pipes, and one after another. */
function ownCommands(line: string): string[][] {
  const bare = line
    .replace(/^\$ /, '')
    .replace(/\s#\s.*$/, '')
    .replaceAll(/ [<>] ?\S+/g, '');
  return bare.split(/ \| | && /).flatMap((part) => {
    // A prefix that keys are derived with; no command.
    if (part === 'peregrine derived key 1') return [];
    const [, words] = /^\s*(?:PEREGRINE_\w+=\S+ )?(?:npx )?peregrine (\S.*)$/.exec(part) ?? [];
    return words === undefined ? [] : [wordsOf(words)];
  });
}

/** What is wrong with a command line; undefined where nothing is. */
function problemOf(program: Command, given: readonly string[], isMention: boolean): string | undefined {
  // `new|check|show` names several: the first stands for all.
  const words = given.map((word) => (/^[a-z-]+\|/.test(word) ? (word.split('|')[0] ?? '') : word));
  let command = program;
  let at = 0;
  for (; at < words.length && command.commands.length > 0; at++) {
    const next = command.commands.find((one) => one.name() === words[at]);
    if (next === undefined) break;
    command = next;
  }
  if (command === program && !['--help', '--version'].includes(words[0] ?? ''))
    return 'there is no such command';
  const values: string[] = [];
  const takesAll = command.registeredArguments.some(({ variadic }) => variadic);
  for (; at < words.length; at++) {
    const [word = '', value] = (words[at] ?? '').split(/=(.*)/s);
    if (!word.startsWith('--')) {
      values.push(word);
      continue;
    }
    if (word === '--help') continue;
    const option = command.options.find(({ long }) => long === word);
    if (option === undefined) return `there is no option ${word}`;
    const takes = option.required || option.optional;
    if (!takes) continue;
    const written = value ?? words[(at += 1)];
    while (option.variadic && at + 1 < words.length && !words[at + 1]?.startsWith('--')) at += 1;
    if (written === undefined) {
      if (!isMention) return `${word} lacks its value`;
    } else if (!/^[A-Z…]+$/.test(written)) option.parseArg?.(written, undefined as never);
  }
  const { registeredArguments } = command;
  if (!takesAll && values.length > registeredArguments.length) return `it takes no "${values.at(-1) ?? ''}"`;
  const needed = registeredArguments.filter(({ required }) => required).length;
  if (!isMention && values.length < needed) return 'it lacks an argument';
  return undefined;
}

test('every command that the documentation shows is one, with its options and values', () => {
  const program = programOf(new CaptiveTerminal('locked'));
  let shown = 0;
  for (const { from, line, isMention } of examples) {
    for (const words of ownCommands(line)) {
      shown += 1;
      assert.equal(problemOf(program, words, isMention), undefined, `${from}: ${line}`);
    }
  }
  assert.ok(shown > 60, `${shown} commands are shown`);
});

test('every example in the help of a command is one', async () => {
  const program = programOf(new CaptiveTerminal('locked'));
  const wrong: string[] = [];
  let shown = 0;
  const visit = async (command: Command, path: readonly string[]): Promise<void> => {
    const terminal = new CaptiveTerminal('locked');
    assert.equal(await terminal.run(...path, '--help'), 0);
    for (const line of terminal.printed.split('\n').filter((each) => each.startsWith('  '))) {
      for (const words of ownCommands(line.replace(/\s{3,}\S.*$/, ''))) {
        shown += 1;
        const problem = problemOf(program, words, false);
        if (problem !== undefined) wrong.push(`${line.trim()}: ${problem}`);
      }
    }
    for (const inner of command.commands) await visit(inner, [...path, inner.name()]);
  };
  for (const command of program.commands) await visit(command, [command.name()]);
  assert.deepEqual(wrong, []);
  assert.ok(shown > 30, `${shown} examples are shown`);
});

test('every request that the documentation shows is answered', async () => {
  const lines = examples.filter(({ line }) => line.startsWith('curl '));
  assert.ok(lines.length >= 4);
  await withServer(async ({ server, engine }) => {
    await engine.inject('main', { url: 'https://docs.example.org/old', content: '<p>old' });
    for (const { from, line } of lines) {
      const words = wordsOf(line.replaceAll('$KEY', KEY));
      const after = (flag: string): string[] =>
        words.flatMap((word, at) => (word === flag ? [words[at + 1] ?? ''] : []));
      const address = words.find((word) => /^https?:/.test(word)) ?? '';
      const { pathname, search } = new URL(address);
      const [body] = after('-d');
      const headers = Object.fromEntries(
        after('-H').map((header) => header.split(/:\s*(.*)/s).slice(0, 2) as [string, string]),
      );
      const reply = await server.inject({
        method: (after('-X')[0] ?? 'GET') as 'GET',
        url: `${pathname}${search}`,
        headers,
        ...(body === undefined ? {} : { payload: body }),
      });
      assert.ok(reply.statusCode < 300, `${from}: ${line}: ${reply.statusCode} ${reply.body.slice(0, 200)}`);
    }
  });
});
