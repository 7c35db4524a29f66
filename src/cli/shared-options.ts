/** The options that every command takes. */

import { totalmem } from 'node:os';

import { type Command, InvalidArgumentError, Option } from 'commander';

export interface SharedOptions {
  readonly dataDir: string;
  readonly collection: string;
  readonly memory?: number;
  readonly shards?: number;
  readonly contact?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export const DEFAULT_DATA_DIRECTORY = './peregrine-data';
export const DEFAULT_COLLECTION = 'main';

export function addSharedOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--data-dir <path>', 'where everything is kept')
        .env('PEREGRINE_DATA_DIR')
        .default(DEFAULT_DATA_DIRECTORY),
    )
    .option('--collection <name>', 'collection to work with', collectionName, DEFAULT_COLLECTION)
    .option('--memory <size>', 'memory to use, e.g. 512MB or 4GB', memorySize)
    .option('--shards <n>', 'shards of a new data directory', wholeNumber(1, 64))
    .option('--contact <address>', 'address or URL for site owners, sent with every request of a crawl')
    .option('--json', 'print JSON')
    .option('--quiet', 'print results and errors only')
    .option('--verbose', 'log what happens inside, one JSON object a line, to stderr');
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

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `512MB`, `512M`, `512MiB`, `0.5g` or bytes; in powers of 1,024, as memory is sold. */
export function memorySize(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  if (number === '' || !Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new InvalidArgumentError('It must be a size, such as 512MB or 4GB.');
  }
  if (bytes > totalmem()) {
    throw new InvalidArgumentError(`This machine has ${Math.floor(totalmem() / 1024 ** 2)}MB.`);
  }
  return bytes;
}

function collectionName(text: string): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(text)) {
    throw new InvalidArgumentError(
      'It must be 1 to 64 lower-case letters, digits, "-" and "_", beginning with a letter or digit.',
    );
  }
  return text;
}
