/**
 * Every setting of the program, declared once. From this table come the options of the commands, the environment
 * variables, the lines of the config file, the answers of `GET /settings`, the page under /admin/settings and the
 * documentation under /docs/settings.
 */

import { PeregrineError } from './errors.ts';
import { machineMemory_bytes } from './machine-memory.ts';

/** What a value may be, and how it is written. */
export type SettingKind =
  | { readonly kind: 'text' }
  | { readonly kind: 'whole'; readonly least: number; readonly most: number }
  /** Bytes, written as `512MB`. */
  | { readonly kind: 'size'; readonly least_bytes: number }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  /** Words by commas. */
  | { readonly kind: 'list' }
  | { readonly kind: 'collection' }
  /** Origins by commas, or `*`. */
  | { readonly kind: 'origins' }
  | { readonly kind: 'address' };

export interface Setting {
  /** `rate-limit`: the option `--rate-limit`, the variable `PEREGRINE_RATE_LIMIT`, the line `rate-limit = …`. */
  readonly name: string;
  readonly value: SettingKind;
  /** As a person writes it; undefined: not set. */
  readonly default?: string;
  /** What stands for the value in help texts. */
  readonly placeholder: string;
  /** What it does, in one sentence without a full stop. */
  readonly does: string;
  /** Version that brought it. */
  readonly since: string;
  /** `store`: commands that open the data directory; `serve`: those that listen as well; `cluster`: a host of one. */
  readonly of: 'store' | 'serve' | 'cluster';
  /** Its value is shown to nobody. */
  readonly isSecret?: true;
}

const V = '0.1.0';

export const SETTINGS: readonly Setting[] = [
  {
    name: 'data-dir',
    value: { kind: 'text' },
    default: './peregrine-data',
    placeholder: 'path',
    does: 'where everything is kept',
    since: V,
    of: 'store',
  },
  {
    name: 'collection',
    value: { kind: 'collection' },
    default: 'main',
    placeholder: 'name',
    does: 'collection to work with, and of requests that name none',
    since: V,
    of: 'store',
  },
  {
    name: 'memory',
    value: { kind: 'size', least_bytes: 134_217_728 },
    placeholder: 'size',
    does: 'memory that all processes together may hold, e.g. 512MB or 4GB; default: 512MB, and 128MB for each core beyond two up to five, or four fifths of what a container allows',
    since: V,
    of: 'store',
  },
  {
    name: 'shards',
    value: { kind: 'whole', least: 1, most: 64 },
    placeholder: 'n',
    does: 'shards of a new data directory; default: 1',
    since: V,
    of: 'store',
  },
  {
    name: 'query-threads',
    value: { kind: 'whole', least: 0, most: 16 },
    placeholder: 'n',
    does: 'threads for long searches beside the main thread, started when they are needed; default: 0',
    since: V,
    of: 'store',
  },
  {
    name: 'contact',
    value: { kind: 'text' },
    placeholder: 'address',
    does: 'address or URL for site owners, sent with every request of a crawl',
    since: V,
    of: 'store',
  },
  {
    name: 'crawl-access',
    value: { kind: 'text' },
    placeholder: 'file',
    does: 'passwords of sites, proxies and certificates for crawls, as JSON in a file that only its owner may read',
    since: V,
    of: 'store',
  },
  {
    name: 'log',
    value: { kind: 'choice', of: ['short', 'text', 'json'] },
    default: 'short',
    placeholder: 'form',
    does: 'form of the log on stderr: errors in short, a readable line for each event, or JSON',
    since: V,
    of: 'store',
  },
  {
    name: 'log-level',
    value: { kind: 'choice', of: ['debug', 'info', 'warn', 'error'] },
    default: 'info',
    placeholder: 'level',
    does: 'events of less weight are left out of the log (not of the short form, which tells errors)',
    since: V,
    of: 'store',
  },
  {
    name: 'port',
    value: { kind: 'whole', least: 0, most: 65_535 },
    default: '8080',
    placeholder: 'n',
    does: 'port to listen on; 0 takes any free one',
    since: V,
    of: 'serve',
  },
  {
    name: 'host',
    value: { kind: 'text' },
    default: '127.0.0.1',
    placeholder: 'address',
    does: 'address to listen on; 0.0.0.0 for everybody',
    since: V,
    of: 'serve',
  },
  {
    name: 'public-url',
    value: { kind: 'address' },
    placeholder: 'url',
    does: 'where the world reaches the server when a proxy stands before it',
    since: V,
    of: 'serve',
  },
  {
    name: 'public',
    value: { kind: 'list' },
    placeholder: 'collections',
    does: 'collections that everybody may search, by commas, or "none"; default: all',
    since: V,
    of: 'serve',
  },
  {
    name: 'allow-origin',
    value: { kind: 'origins' },
    placeholder: 'origins',
    does: 'origins whose pages may ask from a browser, by commas, or "*"',
    since: V,
    of: 'serve',
  },
  {
    name: 'rate-limit',
    value: { kind: 'whole', least: 1, most: 1_000_000 },
    placeholder: 'n',
    does: 'requests a minute that one address may send without a key; default: no bound',
    since: V,
    of: 'serve',
  },
  {
    name: 'tls-cert',
    value: { kind: 'text' },
    placeholder: 'file',
    does: 'certificate chain (PEM): serve HTTPS; read again when it changes',
    since: V,
    of: 'serve',
  },
  {
    name: 'tls-key',
    value: { kind: 'text' },
    placeholder: 'file',
    does: 'private key of the certificate (PEM)',
    since: V,
    of: 'serve',
  },
  {
    name: 'otlp',
    value: { kind: 'address' },
    placeholder: 'url',
    does: 'OpenTelemetry collector that traces are sent to (OTLP over HTTP), e.g. http://127.0.0.1:4318',
    since: V,
    of: 'serve',
  },
  {
    name: 'alarm-webhook',
    value: { kind: 'address' },
    placeholder: 'url',
    does: 'post alarms (disk, damage, hosts of a cluster) here, as JSON',
    since: V,
    of: 'serve',
  },
  {
    name: 'alarm-secret',
    value: { kind: 'text' },
    placeholder: 'text',
    does: 'signs what is posted to alarm-webhook (HMAC-SHA-256)',
    since: V,
    of: 'serve',
    isSecret: true,
  },
  {
    name: 'alarm-mail',
    value: { kind: 'list' },
    placeholder: 'addresses',
    does: 'mail alarms to these addresses, by commas',
    since: V,
    of: 'serve',
  },
  {
    name: 'alarm-smtp',
    value: { kind: 'text' },
    placeholder: 'url',
    does: 'server that mails alarms, e.g. smtp://name:password@mail.example.org:587',
    since: V,
    of: 'serve',
  },
  {
    name: 'alarm-from',
    value: { kind: 'text' },
    placeholder: 'address',
    does: 'whom mailed alarms are from; default: the first of alarm-mail',
    since: V,
    of: 'serve',
  },
  {
    name: 'cluster',
    value: { kind: 'list' },
    placeholder: 'servers',
    does: 'be a host of a cluster on these NATS servers, by commas, e.g. nats://10.0.0.1:4222',
    since: V,
    of: 'cluster',
  },
  {
    name: 'cluster-name',
    value: { kind: 'collection' },
    default: 'peregrine',
    placeholder: 'name',
    does: 'name of the cluster on its NATS servers',
    since: V,
    of: 'cluster',
  },
  {
    name: 'host-name',
    value: { kind: 'text' },
    placeholder: 'name',
    does: 'name of this host in its cluster; default: that of the machine',
    since: V,
    of: 'cluster',
  },
  {
    name: 'copies',
    value: { kind: 'whole', least: 1, most: 16 },
    placeholder: 'n',
    does: 'mirrors of each shard of a new cluster, as far as there are hosts; default: 2',
    since: V,
    of: 'cluster',
  },
  {
    name: 'nats-credentials',
    value: { kind: 'text' },
    placeholder: 'file',
    does: 'credentials for the servers of NATS, a .creds file; or write a name and password into their addresses',
    since: V,
    of: 'cluster',
  },
  {
    name: 'nats-ca',
    value: { kind: 'text' },
    placeholder: 'file',
    does: 'certificate (PEM) of who signed those of the servers of NATS; default: what the system trusts',
    since: V,
    of: 'cluster',
  },
  {
    name: 'nats-cert',
    value: { kind: 'text' },
    placeholder: 'file',
    does: 'certificate (PEM) that this host shows to the servers of NATS',
    since: V,
    of: 'cluster',
  },
  {
    name: 'nats-key',
    value: { kind: 'text' },
    placeholder: 'file',
    does: 'private key of that certificate (PEM)',
    since: V,
    of: 'cluster',
  },
  {
    name: 'advertise',
    value: { kind: 'text' },
    default: '127.0.0.1',
    placeholder: 'address',
    does: 'address of this machine on which other hosts of the cluster fetch copies',
    since: V,
    of: 'cluster',
  },
];

/** Where a value comes from; the later wins. */
export type SettingSource = 'default' | 'config file' | 'environment' | 'command line';

/** A setting with the value that is in force. */
export interface EffectiveSetting {
  readonly name: string;
  readonly value: string | undefined;
  readonly source: SettingSource;
}

export function settingOf(name: string): Setting | undefined {
  return SETTINGS.find((setting) => setting.name === name);
}

export function variableOf({ name }: Pick<Setting, 'name'>): string {
  return `PEREGRINE_${name.toUpperCase().replaceAll('-', '_')}`;
}

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
