/** `peregrine config`: settings looked at, checked, written down. */

import { setTimeout } from 'node:timers/promises';

import type { Command } from 'commander';

import { type EffectiveSetting, messageOf, PeregrineError } from '../../base/index.ts';
import { CONFIG_FILE, configTemplate, readConfig, textOf } from '../config-file.ts';
import { listenForInterruption } from '../interruption.ts';
import { addSettings, settingsOf } from '../setting-options.ts';
import type { Terminal } from '../terminal.ts';

/** Between two looks at a watched file. */
const WATCH_MS = 300;

export function configCommand(command: Command, terminal: Terminal): Command {
  command
    .description('Look at the settings: where each comes from, whether a config file is right.')
    .addHelpText(
      'after',
      `
Settings come from the command line, then PEREGRINE_… variables, then the config file (--config, $PEREGRINE_CONFIG,
or ./${CONFIG_FILE} where it is), then the defaults.

Examples:
  peregrine config new > ${CONFIG_FILE}
  peregrine config check ${CONFIG_FILE} --watch
  peregrine config show`,
    );
  command
    .command('check')
    .description('Say whether every line of a config file can be read; ends with 1 where one can’t.')
    .argument('[file]', 'the config file', CONFIG_FILE)
    .option('--watch', 'look again whenever the file changes, until interrupted')
    .action(async (file: string, { watch = false }: { readonly watch?: boolean }) => {
      if (watch) return watchConfig(terminal, file);
      const problems = tellConfig(terminal, file, textOf(file));
      if (problems > 0) {
        throw new PeregrineError('PARSE_FAILED', `${problems} of its lines can't be used.`, { file });
      }
    });
  command
    .command('new')
    .description('Print a config file with every setting, explained.')
    .action(() => terminal.out(configTemplate().trimEnd()));
  const show = addSettings(addSettings(addSettings(command.command('show'), 'store'), 'serve'), 'cluster')
    .description('Print the settings that are in force, and where each comes from.')
    .option('--json', 'print JSON');
  show.action((options: { readonly json?: boolean }) => {
    const settings = settingsOf(show);
    if (options.json === true) terminal.out(JSON.stringify(settings, null, 2));
    else for (const line of linesOf(settings)) terminal.out(line);
  });
  return command;
}

/** Says what is wrong with the file, or that nothing is; returns how many lines can't be used. */
function tellConfig(terminal: Terminal, file: string, text: string): number {
  const { lines, problems } = readConfig(text);
  for (const { line, problem } of problems) terminal.err(`${file}:${line}: ${problem}`);
  if (problems.length === 0) {
    terminal.out(
      `${file}: ${lines.length} ${lines.length === 1 ? 'setting' : 'settings'}, all of them good.`,
    );
  }
  return problems.length;
}

/** Compares what stands there: editors put a new file in the place of the old one, and clocks of files are coarse. */
async function watchConfig(terminal: Terminal, file: string): Promise<void> {
  const interruption = listenForInterruption(terminal);
  const { signal } = interruption;
  let told: string | undefined;
  try {
    while (!signal.aborted) {
      let text: string;
      try {
        text = textOf(file);
        if (text !== told) tellConfig(terminal, file, text);
      } catch (error) {
        // It may come back: an editor may be writing it.
        text = messageOf(error);
        if (text !== told) terminal.err(text);
      }
      told = text;
      await setTimeout(WATCH_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    interruption.release();
  }
}

function* linesOf(settings: readonly EffectiveSetting[]): Iterable<string> {
  const width = Math.max(...settings.map(({ name }) => name.length));
  const valueWidth = Math.max(...settings.map(({ value }) => (value ?? '–').length));
  for (const { name, value, source } of settings)
    yield `${name.padEnd(width)}  ${(value ?? '–').padEnd(valueWidth)}  ${source}`;
}
