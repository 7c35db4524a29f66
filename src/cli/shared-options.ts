/** The options that every command takes. */

import { type Command, InvalidArgumentError } from 'commander';

import type { LogLevel } from '../base/index.ts';
import { addSettings } from './setting-options.ts';

export interface SharedOptions {
  readonly dataDir: string;
  readonly collection: string;
  readonly memory?: number;
  readonly shards?: number;
  readonly queryThreads?: number;
  readonly readOnly?: 'off' | 'on';
  readonly pageCacheCheck?: 'off' | 'on';
  readonly contact?: string;
  readonly crawlAccess?: string;
  readonly log?: 'short' | 'text' | 'json';
  readonly logLevel?: LogLevel;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export const DEFAULT_COLLECTION = 'main';

export function addSharedOptions(command: Command): Command {
  return addSettings(command, 'store')
    .option('--json', 'print JSON')
    .option('--quiet', 'print results and errors only')
    .option('--verbose', 'log everything that happens inside to stderr, one JSON object a line');
}

/** A parser of whole numbers in bounds, for options. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}
