/**
 * The config file: `name = value` lines, `#` begins a remark. Values stand below the command line and the environment
 * and above the defaults.
 */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Command } from 'commander';

import {
  formOf,
  messageOf,
  PeregrineError,
  readSetting,
  type Setting,
  settingOf,
  SETTINGS,
  variableOf,
} from '../base/index.ts';
import { attributeOf } from './setting-options.ts';

/** Read where none is named and it is there. */
export const CONFIG_FILE = 'peregrine.conf';

export interface ConfigLine {
  readonly line: number;
  readonly setting: Setting;
  readonly written: string;
}

export interface ConfigProblem {
  readonly line: number;
  readonly problem: string;
}

/** Reads a config file's text: what it sets, and each line that can't be read with what is wrong. */
export function readConfig(text: string): {
  lines: readonly ConfigLine[];
  problems: readonly ConfigProblem[];
} {
  const lines: ConfigLine[] = [];
  const problems: ConfigProblem[] = [];
  const seen = new Map<string, number>();
  for (const [index, whole] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const content = whole.replace(/(?:^|\s)#.*$/, '').trim();
    if (content === '') continue;
    const [, name = '', quoted = ''] = /^([a-z][a-z-]*)\s*=\s*(.*)$/.exec(content) ?? [];
    const setting = settingOf(name);
    const written = quoted.replace(/^(["'])(.*)\1$/, '$2');
    const before = seen.get(name);
    if (setting === undefined) {
      problems.push({ line, problem: name === '' ? `"${content}" is no "name = value"` : unknown(name) });
    } else if (before !== undefined) {
      problems.push({ line, problem: `${name} was set in line ${before} already` });
    } else {
      seen.set(name, line);
      try {
        readSetting(setting, written);
        lines.push({ line, setting, written });
      } catch (error) {
        problems.push({ line, problem: `${name}: ${messageOf(error)}` });
      }
    }
  }
  return { lines, problems };
}

/** Gives `command` what the config file says, where neither command line nor environment said anything. */
export function applyConfig(command: Command): void {
  const takesSettings = command.options.some(({ long }) => long === '--config');
  if (!takesSettings) return;
  const named = command.getOptionValue('config') as string | undefined;
  if (named === undefined && !existsSync(CONFIG_FILE)) return;
  const { lines, problems } = readConfig(textOf(named ?? CONFIG_FILE));
  const [first] = problems;
  if (first !== undefined) {
    throw new PeregrineError('BAD_ARGUMENT', `${named ?? CONFIG_FILE}:${first.line}: ${first.problem}`, {
      file: resolve(named ?? CONFIG_FILE),
      line: first.line,
    });
  }
  for (const { setting, written } of lines) {
    if (command.options.every(({ long }) => long !== `--${setting.name}`)) continue;
    const attribute = attributeOf(setting.name);
    const source = command.getOptionValueSource(attribute);
    if (source === undefined || source === 'default') {
      command.setOptionValueWithSource(attribute, readSetting(setting, written), 'config');
    }
  }
}

export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new PeregrineError(
      'NOT_FOUND',
      `The config file ${file} can't be read: ${messageOf(error)}.`,
      { file },
      error,
    );
  }
}

/** A config file with every setting, each explained and set to nothing else than its default. */
export function configTemplate(): string {
  const blocks = SETTINGS.map((setting) => {
    const { name, does, default: value, since } = setting;
    return `# ${does}.\n# ${formOf(setting)}; ${variableOf(setting)}; since ${since}\n#${name} = ${value ?? ''}`;
  });
  return `# Settings of Peregrine. Command line, then environment, then this file, then the defaults.\n\n${blocks.join('\n\n')}\n`;
}

function unknown(name: string): string {
  const near = SETTINGS.find((setting) => setting.name.replaceAll('-', '') === name.replaceAll('-', ''));
  return `there is no setting "${name}"${near === undefined ? '' : `; do you mean ${near.name}?`}`;
}
