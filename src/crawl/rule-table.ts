/** An ordered table of URL rules: the first row whose condition holds decides what becomes of a URL, and says why. */

import { PeregrineError } from '../base/index.ts';
import { type Condition, holds, parseCondition, type UrlFacts } from './rule-language.ts';

/** A row as a person writes it, and as it is kept. */
export interface UrlRule {
  /** See `rule-language.ts`; `always` holds for every URL. */
  readonly when: string;
  /** `crawl`: fetch and index; `leaf`: but follow no link of it; `follow`: fetch for its links alone; `skip`: leave alone; `delete`: and remove its copy. Default `crawl`. */
  readonly action?: 'crawl' | 'leaf' | 'follow' | 'skip' | 'delete';
  /** 0 first … 255 last; default: the depth of the URL. */
  readonly priority?: number;
  /** Pages of one host that this row lets in, in one pass. */
  readonly maxPagesPerHost?: number;
  /** What its pages are worth when the next refresh is planned; default by depth. */
  readonly weight?: number;
  /** A refresh asks for its pages when their copies are so old, before others and not earlier, s; default: by their claim. */
  readonly refreshAfter_s?: number;
  /** Least time between requests to a host for its pages, in place of the crawl's own, ms. */
  readonly delay_ms?: number;
  /** Its pages that are fetched at the same time, over all hosts. */
  readonly maxAtOnce?: number;
  /** For people. */
  readonly note?: string;
}

/** Numbers of a row, and their bounds. */
export const RULE_NUMBERS: Readonly<
  Record<'priority' | 'maxPagesPerHost' | 'refreshAfter_s' | 'delay_ms' | 'maxAtOnce', [number, number]>
> = {
  priority: [0, 255],
  maxPagesPerHost: [0, 1e9],
  refreshAfter_s: [60, 10 * 366 * 86_400],
  delay_ms: [0, 3_600_000],
  maxAtOnce: [1, 256],
};

/** What becomes of a URL, and which row says so. */
export interface RuleDecision extends Omit<UrlRule, 'when' | 'action' | 'note'> {
  readonly action: NonNullable<UrlRule['action']>;
  /** Row number from 1; 0 where no row holds, or one would that depends on what is not known yet. */
  readonly row: number;
  /** `rule 3: path ^= "/private/"`. */
  readonly reason: string;
}

export const MAX_RULES = 500;
const ACTIONS: readonly string[] = ['crawl', 'leaf', 'follow', 'skip', 'delete'];

export function isRuleAction(word: string): word is NonNullable<UrlRule['action']> {
  return ACTIONS.includes(word);
}

export class RuleTable {
  readonly rules: readonly UrlRule[];
  readonly #conditions: readonly Condition[];

  private constructor(rules: readonly UrlRule[], conditions: readonly Condition[]) {
    this.rules = rules;
    this.#conditions = conditions;
  }

  /** Checks every row. `BAD_ARGUMENT` names the row and what is wrong with it; `TOO_LARGE` above 500 rows. */
  static of(rules: readonly UrlRule[]): RuleTable {
    if (rules.length > MAX_RULES) {
      throw new PeregrineError(
        'TOO_LARGE',
        `A table has at most ${MAX_RULES} rules; this has ${rules.length}.`,
      );
    }
    const conditions = rules.map((rule, index) => checked(rule, index + 1));
    return new RuleTable(rules, conditions);
  }

  /** The first row that holds; a URL that none holds for is crawled. */
  decide(facts: UrlFacts): RuleDecision {
    for (const [index, condition] of this.#conditions.entries()) {
      const isSo = holds(condition, facts);
      const rule = this.rules[index];
      if (isSo === false || rule === undefined) continue;
      // What depends on the unknown is asked again when it is known: until then the URL is kept.
      if (isSo === undefined)
        return { ...NO_ROW, reason: `rule ${index + 1} depends on what is not known yet` };
      const { when, action = 'crawl', note: _forPeople, ...numbers } = rule;
      return { ...numbers, action, row: index + 1, reason: `rule ${index + 1}: ${when}` };
    }
    return NO_ROW;
  }

  /** What a table would do with URLs, before it is saved. */
  dryRun(all: Iterable<UrlFacts>): { readonly url: string; readonly decision: RuleDecision }[] {
    return [...all].map((facts) => ({ url: facts.url, decision: this.decide(facts) }));
  }
}

const NO_ROW: RuleDecision = {
  action: 'crawl',
  row: 0,
  reason: 'no rule holds',
};

function checked(rule: UrlRule, row: number): Condition {
  const refuse = (why: string): PeregrineError =>
    new PeregrineError('BAD_ARGUMENT', `Rule ${row}: ${why}`, { row });
  if (rule.action !== undefined && !isRuleAction(rule.action)) {
    throw refuse(`there is no action "${String(rule.action)}": use ${ACTIONS.join(', ')}.`);
  }
  for (const [name, [least, most]] of Object.entries(RULE_NUMBERS)) {
    const value = rule[name as keyof typeof RULE_NUMBERS];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least && value <= most))
      throw refuse(`${name} is a whole number from ${least} to ${most}.`);
  }
  if (rule.weight !== undefined && !(rule.weight > 0 && rule.weight <= 1_000)) {
    throw refuse('a weight is a number above 0, at most 1,000.');
  }
  try {
    return parseCondition(rule.when);
  } catch (error) {
    if (error instanceof PeregrineError) throw refuse(error.message);
    throw error;
  }
}

/** Tables to begin with. */
export const RULE_PROFILES: Readonly<Record<string, readonly UrlRule[]>> = {
  web: [
    { when: 'isSeed', priority: 0, weight: 4 },
    { when: 'isHome', priority: 1, weight: 3 },
    { when: 'isFeed', action: 'follow', priority: 1 },
    { when: 'parameters > 4', priority: 200 },
    { when: 'depth > 12', action: 'skip', note: 'far from every start' },
  ],
  site: [
    { when: 'isSeed or isHome', priority: 0, weight: 4 },
    { when: 'isFeed', action: 'follow', priority: 1 },
    { when: 'parameters > 6', priority: 200, weight: 0.1 },
  ],
  sites: [
    { when: 'isSeed or isHome', priority: 0, weight: 4, maxPagesPerHost: 10_000 },
    { when: 'isFeed', action: 'follow', priority: 1, maxPagesPerHost: 100 },
    { when: 'depth > 8', action: 'skip', note: 'each site has its turn' },
    { when: 'parameters > 4', priority: 200, weight: 0.1, maxPagesPerHost: 1_000 },
    { when: 'always', maxPagesPerHost: 10_000 },
  ],
  docs: [
    { when: 'path *= "/search" or query *= "action="', action: 'skip' },
    { when: 'extension in ("html", "htm", "md", "pdf", "") and depth <= 3', priority: 1, weight: 2 },
    { when: 'path *= "/changelog" or path *= "/archive"', priority: 100 },
  ],
  news: [
    { when: 'isHome or isFeed', priority: 0, weight: 20, refreshAfter_s: 900 },
    { when: 'depth <= 1', priority: 1, weight: 8 },
    { when: 'depth = 2', priority: 2 },
    { when: 'depth > 3 and isNew', action: 'skip' },
  ],
  intranet: [
    { when: 'path *= "/logout" or path *= "/login" or query *= "action=delete"', action: 'skip' },
    { when: 'parameters > 8', action: 'skip' },
    { when: 'always' },
  ],
};
