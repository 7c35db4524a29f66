/**
 * The cookies of one crawl: what sites set comes back to them with the next request, over restarts too. Each registrable
 * domain has a jar of its own, so that none can fill another's, and all together are bounded.
 */

import type { Cookie, CookieJar } from 'tough-cookie';
import { decodeCookies, encodeCookies, type KeptCookie } from './cookie-records.ts';
import { registrableDomain } from './host.ts';

/** Domains whose cookies are at hand; the one asked longest ago goes first, and is read again when it is visited. */
const MAX_DOMAINS = 2_000;
/** Cookies of one domain, and characters of them; beyond that it begins anew. */
const MAX_COOKIES = 100;
const MAX_CHARACTERS = 65_536;
/** Taken of one answer, and of one cookie. */
const MAX_LINES = 30;
const MAX_LINE_CHARACTERS = 4_096;

interface Jar {
  readonly jar: CookieJar;
  /** Set since it was written. */
  isChanged: boolean;
  kept: readonly KeptCookie[];
}

export class CookieShelf {
  readonly #jars = new Map<string, Jar>();

  /** The value of `Cookie` for a request; empty where there is none. */
  async headerFor(url: string): Promise<string> {
    const domain = cookieDomain(url);
    const own = this.#jars.get(domain);
    if (own === undefined) return '';
    this.#useLast(domain, own);
    return own.jar.getCookieString(url);
  }

  /** Takes what an answer sets. What browsers would refuse (another domain, a public suffix, no TLS) is refused here. */
  async take(url: string, lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const own = await this.#jarOf(cookieDomain(url));
    const { jar } = own;
    for (const line of lines.slice(0, MAX_LINES)) {
      if (line.length <= MAX_LINE_CHARACTERS) await jar.setCookie(line, url, { ignoreError: true });
    }
    let cookies = await jar.store.getAllCookies();
    const characters = cookies.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    if (cookies.length > MAX_COOKIES || characters > MAX_CHARACTERS) {
      await jar.removeAllCookies();
      cookies = [];
    }
    own.kept = cookies.map(keptOf);
    own.isChanged = true;
  }

  knows(domain: string): boolean {
    return this.#jars.has(domain);
  }

  /** Takes up what an earlier process kept of a domain; what was set to last for a session lasts for one round of the crawl. */
  async recall(domain: string, record: Uint8Array, round: number, now_ms: number): Promise<void> {
    const kept = decodeCookies(record);
    const live = (kept?.cookies ?? []).filter(({ expires_ms }) =>
      expires_ms === 0 ? kept?.round === round : expires_ms > now_ms,
    );
    if (live.length === 0) return;
    const { Cookie } = await import('tough-cookie');
    const own = await this.#jarOf(domain);
    for (const { name, value, expires_ms, ...rest } of live) {
      const expires = expires_ms === 0 ? 'Infinity' : new Date(expires_ms);
      await own.jar.store.putCookie(new Cookie({ ...rest, key: name, value, expires }));
    }
    own.kept = live;
  }

  /** What is to be written of a domain, where it has changed since. */
  takeChanged(domain: string, round: number): Uint8Array | undefined {
    const own = this.#jars.get(domain);
    if (own === undefined || !own.isChanged) return undefined;
    own.isChanged = false;
    return encodeCookies({ round, cookies: own.kept });
  }

  async #jarOf(domain: string): Promise<Jar> {
    // Loaded where a site sets a cookie: most crawls take none.
    const { CookieJar } = await import('tough-cookie');
    const own = this.#jars.get(domain) ?? { jar: new CookieJar(), isChanged: false, kept: [] };
    this.#useLast(domain, own);
    const [oldest] = this.#jars.keys();
    if (this.#jars.size > MAX_DOMAINS && oldest !== undefined) this.#jars.delete(oldest);
    return own;
  }

  /** The order of a map is that of use. */
  #useLast(domain: string, own: Jar): void {
    this.#jars.delete(domain);
    this.#jars.set(domain, own);
  }
}

function keptOf(cookie: Cookie): KeptCookie {
  const expires_ms = cookie.expiryTime() ?? Infinity;
  return {
    name: cookie.key,
    value: cookie.value,
    domain: cookie.domain ?? '',
    path: cookie.path ?? '/',
    hostOnly: cookie.hostOnly === true,
    secure: cookie.secure,
    expires_ms: expires_ms === Infinity ? 0 : Math.max(1, Math.floor(expires_ms)),
  };
}

/** Whose jar a page's cookies go to. */
export function cookieDomain(url: string): string {
  return registrableDomain(new URL(url).host);
}
