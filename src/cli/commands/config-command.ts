/** `peregrine config`: settings looked at, checked, written down. */

import type { Command } from 'commander';

import { type EffectiveSetting, PeregrineError } from '../../base/index.ts';
import { CONFIG_FILE, configTemplate, readConfig, textOf } from '../config-file.ts';
import { addSettings, settingsOf } from '../setting-options.ts';
import type { Terminal } from '../terminal.ts';

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
  peregrine config check ${CONFIG_FILE}
  peregrine config show`,
    );
  command
    .command('check')
    .description('Say whether every line of a config file can be read; ends with 1 where one can’t.')
    .argument('[file]', 'the config file', CONFIG_FILE)
    .action((file: string) => {
      const { lines, problems } = readConfig(textOf(file));
      for (const { line, problem } of problems) terminal.err(`${file}:${line}: ${problem}`);
      if (problems.length > 0) {
        throw new PeregrineError('PARSE_FAILED', `${problems.length} of its lines can't be used.`, { file });
      }
      terminal.out(
        `${file}: ${lines.length} ${lines.length === 1 ? 'setting' : 'settings'}, all of them good.`,
      );
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

function* linesOf(settings: readonly EffectiveSetting[]): Iterable<string> {
  const width = Math.max(...settings.map(({ name }) => name.length));
  const valueWidth = Math.max(...settings.map(({ value }) => (value ?? '–').length));
  for (const { name, value, source } of settings)
    yield `${name.padEnd(width)}  ${(value ?? '–').padEnd(valueWidth)}  ${source}`;
}
