/** What a crawl may enter: the sites, domains or folders of its seeds. */

import { hostOf, registrableDomain, withoutWww } from './host.ts';

/** One rule: a site's host without `www.`, a registrable domain, or a URL's beginning without scheme and `www.`. */
export interface ScopeRule {
  readonly kind: 'site' | 'domain' | 'prefix';
  readonly value: string;
}

const VALUE_OF: Readonly<Record<ScopeRule['kind'], (host: string, seed: string) => string>> = {
  site: (host) => withoutWww(host),
  domain: (host) => registrableDomain(host),
  prefix: (host, seed) => withoutWww(host) + folderOf(seed),
};

export const SCOPE_KINDS: readonly string[] = Object.keys(VALUE_OF);

/** The rule that a seed gives; it is in force whatever the scheme, as sites move from http to https. */
export function scopeRuleOf(seed: string, kind: ScopeRule['kind']): ScopeRule {
  return { kind, value: VALUE_OF[kind](hostOf(seed).key, seed) };
}

function folderOf(url: string): string {
  const { pathname } = new URL(url);
  return pathname.slice(0, pathname.lastIndexOf('/') + 1);
}

export class Scope {
  readonly #sites = new Set<string>();
  readonly #domains = new Set<string>();
  readonly #prefixes = new Map<string, string[]>();

  constructor(rules: Iterable<ScopeRule>) {
    for (const rule of rules) this.add(rule);
  }

  add({ kind, value }: ScopeRule): void {
    if (kind === 'site') this.#sites.add(value);
    else if (kind === 'domain') this.#domains.add(value);
    else {
      const host = value.slice(0, value.indexOf('/'));
      this.#prefixes.set(host, [...(this.#prefixes.get(host) ?? []), value]);
    }
  }

  /** Takes a normalised URL. */
  includes(url: string): boolean {
    const { host, pathname } = new URL(url);
    const site = withoutWww(host);
    if (this.#sites.has(site)) return true;
    if (this.#domains.size > 0 && this.#domains.has(registrableDomain(host))) return true;
    const folders = this.#prefixes.get(site);
    return folders !== undefined && folders.some((folder) => (site + pathname).startsWith(folder));
  }
}
