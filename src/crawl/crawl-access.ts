/**
 * What a crawl needs to be let in: the names and passwords of sites, proxies, certificates. Read from a file that only its
 * owner may read; neither stored with the crawl nor told by any page, log or answer.
 */

import { readFileSync, statSync } from 'node:fs';
import { messageOf, PeregrineError } from '../base/index.ts';
import type { Proxy, ProxyRotation } from './proxy-ring.ts';

export interface CrawlAccess {
  /** Longest beginning first. */
  readonly sites: readonly SiteAccess[];
  readonly proxies: readonly Proxy[];
  readonly rotation: ProxyRotation;
  /** Certificates of authorities that are trusted beside those of the system's, as PEM. */
  readonly certificates: readonly string[];
  /** What messages about a job are signed with. */
  readonly webhookSecret: string | undefined;
}

/** What is sent with every request below an address. */
export interface SiteAccess {
  /** Normalised beginning of URLs: scheme, host, port and path must be the same. */
  readonly below: string;
  /** Value of `Authorization`; a secret. */
  readonly authorization: string;
}

export const NO_ACCESS: CrawlAccess = {
  sites: [],
  proxies: [],
  rotation: 'host',
  certificates: [],
  webhookSecret: undefined,
};

/** What to send as `Authorization`; undefined where nothing is known of the site. */
export function authorizationFor({ sites }: CrawlAccess, url: string): string | undefined {
  return sites.find(({ below }) => url.startsWith(below))?.authorization;
}

/** `BAD_ARGUMENT` says what is wrong with the file, and never what stands in it. */
export async function readAccess(file: string): Promise<CrawlAccess> {
  const refuse = (why: string): PeregrineError =>
    new PeregrineError('BAD_ARGUMENT', `The file of accesses ${file} ${why}.`, { file });
  let text: string;
  try {
    const { mode } = statSync(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw refuse('can be read by others; make it yours alone: chmod 600');
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw error instanceof PeregrineError ? error : refuse(`can't be read: ${messageOf(error)}`);
  }
  const { z } = await import('zod');
  const word = z.string().min(1).max(4_096);
  const site = z.union([
    z.strictObject({
      url: z.url({ protocol: /^https?$/ }),
      user: word.regex(/^[^:]*$/),
      password: z.string().max(4_096),
    }),
    z.strictObject({ url: z.url({ protocol: /^https?$/ }), bearer: word.regex(/^[\x21-\x7e]+$/) }),
  ]);
  const shape = z.strictObject({
    sites: z.array(site).max(10_000).default([]),
    proxies: z
      .array(z.url({ protocol: /^(?:https?|socks5)$/ }))
      .max(256)
      .default([]),
    rotate: z.enum(['host', 'request']).default('host'),
    certificates: z.array(z.string().startsWith('-----BEGIN CERTIFICATE-----')).max(100).default([]),
    webhookSecret: word.optional(),
  });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    // The parser's words quote what it read.
    throw refuse('is not valid JSON');
  }
  const parsed = shape.safeParse(raw);
  if (!parsed.success) {
    const places = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'its top'))];
    throw refuse(`does not say what is needed at ${places.join(', ')}`);
  }
  const { sites, proxies, rotate, certificates, webhookSecret } = parsed.data;
  return {
    sites: sites
      .map((row) => ({
        below: beginningOf(row.url),
        authorization: 'bearer' in row ? `Bearer ${row.bearer}` : basic(row.user, row.password),
      }))
      .sort((a, b) => b.below.length - a.below.length),
    proxies: proxies.map(proxyOf),
    rotation: rotate,
    certificates,
    webhookSecret,
  };
}

/** A whole folder or origin: `https://a.example/x` is no beginning of `https://a.example/xy`. */
function beginningOf(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname.endsWith('/') ? pathname : `${pathname}/`}`;
}

function proxyOf(address: string): Proxy {
  const { protocol, host, username, password } = new URL(address);
  const login =
    username === ''
      ? undefined
      : { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  return {
    // Of other schemes than those of the web, URLs have no origin.
    origin: `${protocol}//${host}`,
    authorization: login && basic(login.user, login.password),
    login,
  };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
