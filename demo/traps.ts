/** What the real web does to crawlers, as replies: redirects, loops, calendars, sessions, failures, floods. */

import { renderPage, renderPrintVersion } from './template.ts';
import type { Page, Site } from './site-pages.ts';

/** An answer before it is compressed and sent. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Iterable<string>;
  /** Waits so long before it answers. */
  readonly delay_ms?: number;
  /** Last change; a reply with one gets an ETag and answers conditional requests. */
  readonly modified?: string;
}

export interface TrapSettings {
  readonly origin: string;
  readonly slow_ms: number;
  /** A new number at each call: sessions are never the same twice. */
  nextSession(): number;
}

const HTML = { 'content-type': 'text/html; charset=utf-8' };

/** Where each of these leads, and how. */
const REDIRECTS: Readonly<Record<string, readonly [status: number, to: string]>> = {
  '/museum/moved-permanently': [301, '/crawling/redirects'],
  '/museum/moved-for-now': [302, '/crawling/politeness'],
  '/museum/chain': [308, '/museum/chain-link'],
  '/museum/chain-link': [307, '/museum/end-of-the-chain'],
  '/museum/loop': [302, '/museum/loop-back'],
  '/museum/loop-back': [302, '/museum/loop'],
};

/** Second addresses of an article. One says so, as content systems do that number their articles; one does not. */
const TWINS: Readonly<Record<string, { readonly of: string; readonly isHonest: boolean }>> = {
  '/article/4711': { of: '/ranking/bm25', isHonest: true },
  '/museum/original-copy': { of: '/museum/original', isHonest: false },
};

export const BIG_PAGE_PATH = '/museum/endless-log.txt';
export const BIG_PAGE_BYTES: number = 6 * 1024 * 1024;

/** The reply to `url` if one of the traps stands there. */
export function trapReply(url: URL, site: Site, settings: TrapSettings): Reply | undefined {
  const { pathname } = url;
  const redirect = REDIRECTS[pathname];
  if (redirect !== undefined) return redirectReply(...redirect);
  const twin = TWINS[pathname];
  const original = site.pages.get(twin?.of ?? '');
  if (twin !== undefined && original !== undefined) {
    const canonical = twin.isHonest ? original.path : '';
    return pageReply({ ...original, canonical }, site, settings.origin);
  }
  if (pathname.startsWith('/print/')) {
    const page = site.pages.get(pathname.slice('/print'.length));
    if (page?.isPrintable !== true) return undefined;
    return {
      status: 200,
      headers: HTML,
      body: renderPrintVersion(page, settings.origin),
      modified: page.updated,
    };
  }
  if (pathname === BIG_PAGE_PATH) {
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: endlessLog() };
  }
  const page = site.pages.get(pathname);
  if (page === undefined) return undefined;
  const reply = pageReply(page, site, settings.origin);
  switch (pathname) {
    case '/museum/broken':
      return { status: 500, headers: reply.headers, body: reply.body };
    case '/museum/slow':
      return { ...reply, delay_ms: settings.slow_ms };
    case '/museum/noindex-header':
      return { ...reply, headers: { ...reply.headers, 'x-robots-tag': 'noindex' } };
    case '/museum/calendar':
      return { status: 200, headers: HTML, body: renderPage(calendarPage(page, url), site, settings.origin) };
    case '/museum/catalogue':
    case '/museum/catalogue/card-index':
    case '/museum/catalogue/punched-cards':
      return {
        status: 200,
        headers: { ...HTML, 'cache-control': 'no-store' },
        body: renderPage(withSession(page, settings.nextSession()), site, settings.origin),
      };
    default:
      return reply;
  }
}

/** A page as it stands, in the encoding that it asks for. The header names a charset unless the page claims none. */
export function pageReply(page: Page, site: Site, origin: string): Reply {
  const isHonest = page.claimedCharset === page.charset;
  const contentType = isHonest ? `text/html; charset=${page.charset}` : 'text/html';
  return {
    status: 200,
    headers: { 'content-type': contentType },
    body: renderPage(page, site, origin),
    modified: page.updated,
  };
}

export function redirectReply(status: number, to: string): Reply {
  const body = `<!doctype html><title>Moved</title><p>This page is at <a href="${to}">${to}</a> now.</p>\n`;
  return { status, headers: { ...HTML, location: to }, body };
}

const MONTH = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** One month of an events calendar that has no events and no end. */
function calendarPage(page: Page, url: URL): Page {
  const [, year = '2024', month = '1'] = /^(\d{4})-(\d{2})$/.exec(url.searchParams.get('month') ?? '') ?? [];
  const shown = new Date(Date.UTC(Number(year), Number(month) - 1, 1));
  const next = new Date(Date.UTC(Number(year), Number(month), 1)).toISOString().slice(0, 7);
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const cells = Array.from({ length: days }, (_, day) => `<li>${day + 1}</li>`).join('');
  const grid = `<h2 id="month">${MONTH.format(shown)}</h2>
<ol class="calendar">${cells}</ol>
<p>No events this month. <a href="/museum/calendar?month=${next}">Next month</a></p>`;
  return { ...page, body: page.body.replace('{{calendar}}', grid) };
}

/** Every link into the catalogue carries a session that no other response has had. */
function withSession(page: Page, number: number): Page {
  const session = Math.imul(number, 0x9e3779b1).toString(16).replace('-', '').padStart(8, '0').repeat(2);
  return { ...page, body: page.body.replaceAll('{{session}}', session) };
}

/** Six megabytes of a machine talking to itself, in pieces of about 64 KB. */
function* endlessLog(): Generator<string> {
  let size_bytes = 0;
  let line = 0;
  while (size_bytes < BIG_PAGE_BYTES) {
    let piece = '';
    while (piece.length < 65_536) {
      line += 1;
      const seconds = String(line % 60).padStart(2, '0');
      const minutes = String(Math.floor(line / 60) % 60).padStart(2, '0');
      piece += `heartbeat ${line} at ${minutes}:${seconds}, boiler ${60 + (line % 7)} degrees, nothing to report\n`;
    }
    size_bytes += piece.length;
    yield piece;
  }
}
