/** Options of commands made from the settings, and the values that are in force with where they come from. */

import { type Command, InvalidArgumentError, Option } from 'commander';

import {
  assert,
  type EffectiveSetting,
  messageOf,
  readSetting,
  type Setting,
  settingOf,
  SETTINGS,
  type SettingSource,
  variableOf,
} from '../base/index.ts';

/** Settings of `kind` as options of `command`: option, then variable, then config file, then default. */
export function addSettings(command: Command, kind: Setting['of']): Command {
  for (const setting of SETTINGS) {
    if (setting.of === kind) command.addOption(madeFrom(setting));
  }
  if (kind === 'store' && command.options.every(({ long }) => long !== '--config')) {
    command.addOption(
      new Option('--config <file>', 'settings, one "name = value" a line').env('PEREGRINE_CONFIG'),
    );
  }
  return command;
}

/** One setting as an option, for commands that take few of them. */
export function optionOf(name: string): Option {
  const setting = settingOf(name);
  assert(setting !== undefined, 'settings are named in the table');
  return madeFrom(setting);
}

function madeFrom(setting: Setting): Option {
  const option = new Option(`--${setting.name} <${setting.placeholder}>`, setting.does);
  option.env(variableOf(setting)).argParser((written: string, before: unknown) => {
    const value = valueOf(setting, written);
    // Given several times, a list goes on.
    return Array.isArray(value) && Array.isArray(before) ? [...(before as string[]), ...value] : value;
  });
  if (setting.default !== undefined) option.default(readSetting(setting, setting.default), setting.default);
  return option;
}

function valueOf(setting: Setting, written: string): ReturnType<typeof readSetting> {
  try {
    return readSetting(setting, written);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

const SOURCES: Readonly<Record<string, SettingSource>> = {
  default: 'default',
  config: 'config file',
  env: 'environment',
  cli: 'command line',
};

/** Every setting that `command` takes, with its value and where that comes from. */
export function settingsOf(command: Command): readonly EffectiveSetting[] {
  return SETTINGS.filter(({ name }) => command.options.some(({ long }) => long === `--${name}`)).map(
    ({ name, isSecret }) => {
      const attribute = attributeOf(name);
      const value = command.getOptionValue(attribute) as string | number | readonly string[] | undefined;
      return {
        name,
        value: value === undefined ? undefined : isSecret ? '…' : withoutPasswords([value].flat().join(', ')),
        source: SOURCES[command.getOptionValueSource(attribute) ?? 'default'] ?? 'default',
      };
    },
  );
}

/** Settings are shown to operators: a password in an address is not. */
const withoutPasswords = (shown: string): string => shown.replaceAll(/(?<=:\/\/)[^/@\s]+(?=@)/g, '…');

/** `rate-limit` → `rateLimit`: what Commander calls the value. */
export function attributeOf(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
