/**
 * Spellings of one page, learned for each site: that `…/index.html` is `…/`, that http leads to https, that the site is one
 * with and without `www.`. What three pages have shown is believed, and links are taken in the one spelling from then on; a
 * single page that shows otherwise ends it, and pages that led nowhere by the chosen name are asked for by their own.
 */

import { ByteReader, ByteWriter } from '../base/index.ts';
import { hostOf, withoutWww } from './host.ts';

/** `index NAME`: the name goes; `secure`: https; `www`, `bare`: the host with or without `www.`. */
export type TwinRule = 'secure' | 'www' | 'bare' | `index ${string}`;

/** Pages that must have shown a rule. */
const CONFIRMATIONS = 3;
/** Sites remembered; the one looked at longest ago goes first, and is read again when it is visited. */
const MAX_SITES = 10_000;
const MAX_RULES = 16;
/** Pages of a site that lead nowhere and are asked for by their other name as well, to see whether the rule is right. */
const MAX_PROBES = 10;
const INDEX_NAME = /\/((?:index|default)\.(?:x?html?|php|aspx?|jsp|shtml))$/i;

/** What is known of a rule. */
interface Evidence {
  confirmed: number;
  isRefuted: boolean;
  /** Pages asked for by their own names since this run began. */
  probes: number;
}

type Rules = Map<TwinRule, Evidence>;

export class SiteTwins {
  readonly #sites = new Map<string, Rules>();
  readonly #changed = new Set<string>();

  /** The spelling in which a normalised URL is to be asked for. */
  chosen(url: string): string {
    // Of most crawls no site has taught anything, and pages have hundreds of links.
    const rules = this.#sites.size === 0 ? undefined : this.#sites.get(siteOf(url));
    if (rules === undefined) return url;
    let chosen = url;
    for (const [rule, evidence] of rules) if (isOn(evidence)) chosen = applied(chosen, rule) ?? chosen;
    return chosen;
  }

  /** Takes note that `url` turned out to be `target`: it leads there, names it, or says the same. */
  confirm(url: string, target: string, isRedirect: boolean): void {
    const site = siteOf(url);
    if (site !== siteOf(target)) return;
    const rule = ruleBetween(url, target);
    const reverse = ruleBetween(target, url);
    if (rule !== undefined) this.#count(site, rule);
    // Two that say the same are the same from either side, but for hosts: there the first one counts.
    else if (reverse !== undefined && !isRedirect && reverse !== 'www' && reverse !== 'bare')
      this.#count(site, reverse);
    if (isRedirect && reverse !== undefined) this.refute(url, reverse);
  }

  /** Takes note that a rule does not hold on the site of `url`. */
  refute(url: string, rule: TwinRule): void {
    const evidence = this.#evidence(siteOf(url), rule);
    if (evidence === undefined || evidence.isRefuted) return;
    evidence.isRefuted = true;
    this.#changed.add(siteOf(url));
  }

  /** Spellings that some page has shown to be one with this: if they say something else, the rule is to be refuted. */
  suspects(url: string): readonly { readonly rule: TwinRule; readonly twin: string }[] {
    return [...(this.#sites.get(siteOf(url)) ?? [])]
      .filter(([, { confirmed, isRefuted }]) => confirmed > 0 && !isRefuted)
      .flatMap(([rule]) => {
        const twin = applied(url, rule) ?? undone(url, rule);
        return twin === undefined ? [] : [{ rule, twin }];
      });
  }

  /**
   * A URL that leads nowhere may have stood for others, by rules that are or were believed: these are to be asked for by their
   * own names. Where some of a site lead nowhere either, its rule has proved itself and no more are named.
   */
  stoodFor(url: string): readonly string[] {
    const others: string[] = [];
    for (const [rule, evidence] of this.#sites.get(siteOf(url)) ?? []) {
      const other = evidence.confirmed < CONFIRMATIONS ? undefined : undone(url, rule);
      if (other === undefined || (!evidence.isRefuted && evidence.probes >= MAX_PROBES)) continue;
      evidence.probes += 1;
      others.push(other);
    }
    return others;
  }

  /** What is to be kept of the site of `url`, where it has changed since it was last taken. */
  takeChanged(url: string): Uint8Array | undefined {
    const site = siteOf(url);
    const rules = this.#sites.get(site);
    if (rules === undefined || !this.#changed.delete(site)) return undefined;
    return encodeTwins(rules);
  }

  knows(url: string): boolean {
    return this.#sites.has(siteOf(url));
  }

  /** Takes up what was kept; what was learned meanwhile goes before. */
  recall(url: string, kept: Uint8Array): void {
    const site = siteOf(url);
    const rules = this.#rulesOf(site);
    for (const [rule, evidence] of decodeTwins(kept)) if (!rules.has(rule)) rules.set(rule, evidence);
  }

  #count(site: string, rule: TwinRule): void {
    const evidence = this.#evidence(site, rule);
    if (evidence === undefined || evidence.confirmed >= CONFIRMATIONS) return;
    evidence.confirmed += 1;
    this.#changed.add(site);
    // One host is the other's twin, not both each other's.
    const opposite = rule === 'www' ? 'bare' : rule === 'bare' ? 'www' : undefined;
    if (opposite === undefined || !isOn(evidence)) return;
    const other = this.#sites.get(site)?.get(opposite);
    if (other !== undefined && other.confirmed >= CONFIRMATIONS) other.isRefuted = evidence.isRefuted = true;
  }

  #evidence(site: string, rule: TwinRule): Evidence | undefined {
    const rules = this.#rulesOf(site);
    let evidence = rules.get(rule);
    if (evidence === undefined && rules.size < MAX_RULES) {
      evidence = { confirmed: 0, isRefuted: false, probes: 0 };
      rules.set(rule, evidence);
    }
    return evidence;
  }

  #rulesOf(site: string): Rules {
    const rules: Rules = this.#sites.get(site) ?? new Map<TwinRule, Evidence>();
    this.#sites.delete(site);
    this.#sites.set(site, rules);
    const [oldest] = this.#sites.keys();
    if (this.#sites.size > MAX_SITES && oldest !== undefined) {
      this.#sites.delete(oldest);
      this.#changed.delete(oldest);
    }
    return rules;
  }
}

const isOn = ({ confirmed, isRefuted }: Evidence): boolean => confirmed >= CONFIRMATIONS && !isRefuted;

/** Hosts with and without `www.` are one site. */
export function siteOf(url: string): string {
  return withoutWww(hostOf(url).key);
}

/** The one rule that makes `target` of `url`. */
export function ruleBetween(url: string, target: string): TwinRule | undefined {
  const index = INDEX_NAME.exec(new URL(url).pathname)?.[1];
  const rules: TwinRule[] = ['secure', 'www', 'bare'];
  if (index !== undefined) rules.push(`index ${index}`);
  return rules.find((rule) => applied(url, rule) === target);
}

/** The URL in the spelling that a rule chooses; undefined where it has nothing to choose. */
function applied(address: string, rule: TwinRule): string | undefined {
  const url = new URL(address);
  const { host } = url;
  if (rule === 'secure')
    return url.protocol === 'http:' && url.port === '' ? `https${address.slice(4)}` : undefined;
  if (rule === 'bare') return host === withoutWww(host) ? undefined : address.replace('//www.', '//');
  if (rule === 'www') return withWww(host) ? address.replace('//', '//www.') : undefined;
  const name = rule.slice(6);
  if (!url.pathname.endsWith(`/${name}`)) return undefined;
  // A query asks the page something: whether its twin answers alike is not known.
  return url.search === '' ? address.slice(0, -name.length) : undefined;
}

/** The spelling that a rule would have changed to this one. */
function undone(address: string, rule: TwinRule): string | undefined {
  const url = new URL(address);
  if (rule === 'secure')
    return url.protocol === 'https:' && url.port === '' ? `http${address.slice(5)}` : undefined;
  if (rule === 'bare') return applied(address, 'www');
  if (rule === 'www') return applied(address, 'bare');
  return url.pathname.endsWith('/') && url.search === '' ? address + rule.slice(6) : undefined;
}

/** A name that can have a `www.`: addresses and single words can't. */
function withWww(host: string): boolean {
  return host === withoutWww(host) && /\.[a-z][a-z0-9-]*(?::\d+)?$/i.test(host);
}

const VERSION = 1;

function encodeTwins(rules: Rules): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).u8(rules.size);
  for (const [rule, { confirmed, isRefuted }] of rules)
    writer
      .text(rule)
      .u8(confirmed)
      .u8(isRefuted ? 1 : 0);
  return writer.finish();
}

function decodeTwins(bytes: Uint8Array): Rules {
  const reader = new ByteReader(bytes);
  const rules: Rules = new Map();
  // A newer program's: it learns anew.
  if (reader.u8() !== VERSION) return rules;
  for (let left = reader.u8(); left > 0; left--) {
    const rule = reader.text();
    const evidence = { confirmed: reader.u8(), isRefuted: reader.u8() === 1, probes: 0 };
    if (isTwinRule(rule)) rules.set(rule, evidence);
  }
  return rules;
}

function isTwinRule(rule: string): rule is TwinRule {
  return rule === 'secure' || rule === 'www' || rule === 'bare' || rule.startsWith('index ');
}
