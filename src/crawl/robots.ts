/**
 * robots.txt by RFC 9309: which line decides whether an agent may fetch a URL. The most specific (longest) matching
 * rule wins, `Allow` on a tie; groups of one agent are merged; `*` and `$` are wildcards.
 */

/** Bytes of a robots.txt that are read; the rest is ignored (RFC 9309 §2.5 asks for 500 KiB at least). */
export const MAX_ROBOTS_BYTES: number = 500 * 1024;
const MAX_SITEMAPS = 100;

export interface RobotsRule {
  readonly allow: boolean;
  /** As matched: escapes normalised, wildcards in place. */
  readonly pattern: string;
  /** From 1. */
  readonly line: number;
}

/** May this URL be fetched, and which line says so. */
export interface RobotsDecision {
  readonly allowed: boolean;
  /** For people: `line 4: Disallow: /private`. */
  readonly reason: string;
}

interface Group {
  readonly agents: string[];
  readonly rules: RobotsRule[];
  crawlDelay_ms: number | undefined;
}

export class Robots {
  readonly #groups: readonly Group[];
  /** URLs of sitemaps as they stand in the file. */
  readonly sitemaps: readonly string[];

  private constructor(groups: readonly Group[], sitemaps: readonly string[]) {
    this.#groups = groups;
    this.sitemaps = sitemaps;
  }

  /** Reads any text: lines that make no sense are passed over. */
  static parse(text: string): Robots {
    const groups: Group[] = [];
    const sitemaps: string[] = [];
    let current: Group | undefined;
    let isNaming = false;
    for (const { key, value, line } of directives(text)) {
      if (key === 'user-agent') {
        if (current === undefined || !isNaming) {
          current = { agents: [], rules: [], crawlDelay_ms: undefined };
          groups.push(current);
        }
        current.agents.push(productToken(value));
        isNaming = true;
      } else if (key === 'sitemap') {
        if (sitemaps.length < MAX_SITEMAPS && value !== '') sitemaps.push(value);
      } else if (current !== undefined && key === 'crawl-delay') {
        const seconds = Number.parseFloat(value);
        if (Number.isFinite(seconds) && seconds >= 0) current.crawlDelay_ms = seconds * 1000;
        // RFC 9309 §2.2.1: a line that is no rule does not end the list of agents.
      } else if (current !== undefined && (key === 'allow' || key === 'disallow')) {
        isNaming = false;
        if (value !== '') {
          current.rules.push({ allow: key === 'allow', pattern: normalisePattern(value), line });
        }
      }
    }
    return new Robots(groups, sitemaps);
  }

  /** Decides on `url` for an agent's product token, e.g. `PeregrineBot`. */
  decide(url: string, agent: string): RobotsDecision {
    const path = pathOf(url);
    if (path === '/robots.txt') return { allowed: true, reason: 'robots.txt itself may always be read' };
    let best: RobotsRule | undefined;
    for (const { rules } of this.#groupsOf(agent)) {
      for (const rule of rules) {
        if (best !== undefined && !outranks(rule, best)) continue;
        if (matches(rule.pattern, path)) best = rule;
      }
    }
    if (best === undefined) return { allowed: true, reason: 'no line forbids it' };
    const reason = `line ${best.line}: ${best.allow ? 'Allow' : 'Disallow'}: ${best.pattern}`;
    return { allowed: best.allow, reason };
  }

  /** What the file asks between two requests of an agent, in milliseconds; undefined where it asks nothing. */
  crawlDelay_ms(agent: string): number | undefined {
    return this.#groupsOf(agent).reduce<number | undefined>(
      (most, { crawlDelay_ms: delay }) => (delay === undefined ? most : Math.max(most ?? 0, delay)),
      undefined,
    );
  }

  /** The groups that name the agent; where none does, those for everybody. */
  #groupsOf(agent: string): readonly Group[] {
    const token = productToken(agent);
    const own = this.#groups.filter(({ agents }) => agents.includes(token) && token !== '*');
    return own.length > 0 ? own : this.#groups.filter(({ agents }) => agents.includes('*'));
  }
}

function outranks(rule: RobotsRule, best: RobotsRule): boolean {
  const longer = rule.pattern.length - best.pattern.length;
  return longer > 0 || (longer === 0 && rule.allow && !best.allow);
}

/** Misspellings that are common enough that other crawlers obey them too. */
const SPELLINGS: Readonly<Record<string, string>> = {
  useragent: 'user-agent',
  'user agent': 'user-agent',
  dissallow: 'disallow',
  dissalow: 'disallow',
  disalow: 'disallow',
  diasllow: 'disallow',
  disallaw: 'disallow',
  crawldelay: 'crawl-delay',
  'site-map': 'sitemap',
};

function* directives(text: string): Generator<{ key: string; value: string; line: number }> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const [index, raw] of lines.entries()) {
    const hash = raw.indexOf('#');
    const clean = (hash === -1 ? raw : raw.slice(0, hash)).trim();
    // A missing colon is forgiven where white space stands in its place.
    const found =
      /^([a-z-]+(?: agent)?)\s*:\s*(.*)$/i.exec(clean) ??
      /^(user[ -]?agent)\s+(\S.*)$/i.exec(clean) ??
      /^([a-z-]+)\s+(\S+)$/i.exec(clean);
    if (found === null) continue;
    const name = (found[1] ?? '').toLowerCase();
    yield { key: SPELLINGS[name] ?? name, value: found[2] ?? '', line: index + 1 };
  }
}

/** An agent's name ends where a version, a comment or another word begins (RFC 9309 §2.2.1, and digits besides). */
function productToken(value: string): string {
  const text = value.trim().toLowerCase();
  if (text === '*' || text.startsWith('* ')) return '*';
  return text.split(/[\s/;,()]/, 1)[0] ?? text;
}

function pathOf(url: string): string {
  const parsed = URL.parse(url, 'http://localhost/');
  if (parsed === null) return '/';
  return normaliseEscapes(`${parsed.pathname}${parsed.search}`).replace(/[*$]/g, escapeByte);
}

const escapeByte = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** Both sides are compared in one spelling: escapes in upper case, what needs none unescaped, the rest escaped. */
function normaliseEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}|[^\x21-\x7e]|["<>\\^`{|}]/giu, (part) => {
    if (part.length !== 3 || !part.startsWith('%')) return encodeURIComponent(part.toWellFormed());
    const character = String.fromCharCode(Number.parseInt(part.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : part.toUpperCase();
  });
}

/** A `$` means the end only where it is the end; before that it is a character like others. */
function normalisePattern(value: string): string {
  const pattern = normaliseEscapes(value)
    .replace(/\*{2,}/g, '*')
    .replace(/\$(?!$)/g, escapeByte);
  return pattern.startsWith('/') || pattern.startsWith('*') ? pattern : `/${pattern}`;
}

/**
 * Greedy matching with one place to go back to: linear in practice, product of the lengths at worst, never
 * exponential.
 */
function matches(pattern: string, path: string): boolean {
  const isAnchored = pattern.endsWith('$');
  const body = isAnchored ? pattern.slice(0, -1) : pattern;
  const pieces = body.split('*');
  const first = pieces[0] ?? '';
  if (!path.startsWith(first)) return false;
  if (pieces.length === 1) return !isAnchored || path.length === first.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = path.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  const last = pieces[pieces.length - 1] ?? '';
  if (!isAnchored) return path.indexOf(last, at) !== -1;
  return path.length - last.length >= at && path.endsWith(last);
}
