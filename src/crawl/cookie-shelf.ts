/**
 * The cookies of one crawl: what sites set comes back to them with the next request, as long as the crawl lasts in this
 * process. Each registrable domain has a jar of its own, so that none can fill another's, and all together are bounded.
 */

import type { CookieJar } from 'tough-cookie';
import { registrableDomain } from './host.ts';

/** Domains whose cookies are kept; the one asked longest ago goes first. */
const MAX_DOMAINS = 2_000;
/** Cookies of one domain; beyond that it begins anew. */
const MAX_COOKIES = 100;
/** Taken of one answer, and of one cookie. */
const MAX_LINES = 30;
const MAX_LINE_CHARACTERS = 4_096;

export class CookieShelf {
  readonly #jars = new Map<string, CookieJar>();

  /** The value of `Cookie` for a request; empty where there is none. */
  async headerFor(url: string): Promise<string> {
    const jar = this.#jars.get(domainOf(url));
    return jar === undefined ? '' : jar.getCookieString(url);
  }

  /** Takes what an answer sets. What browsers would refuse (another domain, a public suffix, no TLS) is refused here. */
  async take(url: string, lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const domain = domainOf(url);
    // Loaded where a site sets a cookie: most crawls take none.
    const { CookieJar } = await import('tough-cookie');
    const jar = this.#jars.get(domain) ?? new CookieJar();
    this.#jars.delete(domain);
    this.#jars.set(domain, jar);
    const [oldest] = this.#jars.keys();
    if (this.#jars.size > MAX_DOMAINS && oldest !== undefined) this.#jars.delete(oldest);
    for (const line of lines.slice(0, MAX_LINES)) {
      if (line.length <= MAX_LINE_CHARACTERS) await jar.setCookie(line, url, { ignoreError: true });
    }
    if ((await jar.store.getAllCookies()).length > MAX_COOKIES) await jar.removeAllCookies();
  }
}

function domainOf(url: string): string {
  return registrableDomain(new URL(url).host);
}
