/** Values of settings as people write them: read, checked, and said in words. */

import { PeregrineError } from './errors.ts';
import { machineMemory_bytes } from './machine-memory.ts';
import type { Setting } from './setting.ts';

/** How a value is written, for people. */
export function formOf({ value }: Setting): string {
  switch (value.kind) {
    case 'whole':
      return `whole number, ${value.least} to ${value.most}`;
    case 'size':
      return 'size such as 512MB';
    case 'choice':
      return value.of.join(' | ');
    case 'list':
      return 'words by commas';
    case 'collection':
      return 'name of a collection';
    case 'origins':
      return 'origins by commas, or *';
    case 'address':
      return 'web address';
    case 'text':
    default:
      return 'text';
  }
}

/** What a value means: bytes, a number, words. `BAD_ARGUMENT` says what it must be. */
export function readSetting({ value: form }: Setting, written: string): string | number | readonly string[] {
  switch (form.kind) {
    case 'whole':
      return wholeNumber(written, form.least, form.most);
    case 'size':
      return size_bytes(written, form.least_bytes);
    case 'choice':
      if (form.of.includes(written)) return written;
      throw refusal(`It must be ${form.of.join(', ').replace(/, ([^,]*)$/, ' or $1')}.`);
    case 'list':
      return words(written);
    case 'origins':
      return words(written).map(origin);
    case 'collection':
      return collectionName(written);
    case 'address':
      if (URL.canParse(written) && /^https?:$/.test(new URL(written).protocol)) return written;
      throw refusal('It must be an address such as https://search.example.org/.');
    case 'text':
    default:
      if (written !== '') return written;
      throw refusal('It must not be empty.');
  }
}

function words(written: string): readonly string[] {
  return written
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function origin(written: string): string {
  if (written === '*' || (URL.canParse(written) && new URL(written).origin === written)) return written;
  throw refusal('It must be an origin such as https://www.example.org, or "*".');
}

function collectionName(written: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,63}$/.test(written)) return written;
  throw refusal(
    'It must be 1 to 64 lower-case letters, digits, "-" and "_", beginning with a letter or digit.',
  );
}

function wholeNumber(written: string, least: number, most: number): number {
  const value = Number(written);
  if (/^\d+$/.test(written) && value >= least && value <= most) return value;
  throw refusal(`It must be a whole number from ${least} to ${most}.`);
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `512MB`, `512M`, `512MiB`, `0.5g` or bytes; in powers of 1,024, as memory is sold. */
function size_bytes(written: string, least_bytes: number): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(written.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  if (number === '' || !Number.isSafeInteger(bytes) || bytes <= 0) {
    throw refusal('It must be a size, such as 512MB or 4GB.');
  }
  const most = machineMemory_bytes();
  if (bytes > most) throw refusal(`There are ${Math.floor(most / 1024 ** 2)}MB for this process.`);
  if (bytes < least_bytes) throw refusal(`It must be at least ${least_bytes / 1024 ** 2}MB.`);
  return bytes;
}

function refusal(sentence: string): PeregrineError {
  return new PeregrineError('BAD_ARGUMENT', sentence);
}
