/**
 * Every setting of the program, declared once. From this table come the options of the commands, the environment
 * variables, the lines of the config file, the answers of `GET /settings`, the page under /admin/settings and the
 * documentation under /docs/settings.
 */

import type { Setting } from './setting.ts';

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
    name: 'read-only',
    value: { kind: 'choice', of: ['off', 'on'] },
    default: 'off',
    placeholder: 'off|on',
    does: 'change nothing in the data directory: search, verify, export and serve what is on a disk that takes no writes',
    since: V,
    of: 'store',
  },
  {
    name: 'page-cache-check',
    value: { kind: 'choice', of: ['off', 'on'] },
    default: 'off',
    placeholder: 'off|on',
    does: 'read each page of records that is held in memory once more before it is used, and log where disk and memory differ: slow, to find out which of them goes wrong',
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
