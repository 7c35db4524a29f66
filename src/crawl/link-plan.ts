/** From what a page links to, to what is asked for: in scope, normalised, each once, and no trap. */

import { isForeignPath } from './content-types.ts';
import type { NewRequest, RefusedUrl } from './frontier.ts';
import type { RuleTable } from './rule-table.ts';
import type { Scope } from './scope.ts';
import type { SiteTwins } from './site-twins.ts';
import type { TrapGuard } from './trap-guard.ts';
import { MAX_URL_CHARACTERS, normaliseUrl } from './url-normaliser.ts';

const NO_DATES: ReadonlyMap<string, number> = new Map();
/** Links taken of one page. */
const MAX_LINKS = 10_000;

export interface LinkRules {
  readonly scope: Scope;
  readonly traps: TrapGuard;
  readonly twins: SiteTwins;
  readonly maxDepth: () => number;
  readonly table: () => RuleTable;
  /** A URL that is known to have been asked for in this pass: it needs no second look. */
  readonly isAsked: (url: string) => boolean;
}

export interface LinkPlan {
  readonly requests: readonly NewRequest[];
  readonly refused: readonly RefusedUrl[];
}

/**
 * Plans the URLs found on a page (or in a sitemap) at `base`; they are of depth `depth`. Of some a sitemap says when they
 * changed.
 */
export function planLinks(
  urls: Iterable<string>,
  base: string,
  depth: number,
  rules: LinkRules,
  changedAt_ms: ReadonlyMap<string, number> = NO_DATES,
): LinkPlan {
  const requests = new Map<string, NewRequest>();
  const refused = new Map<string, RefusedUrl>();
  if (depth > rules.maxDepth()) return { requests: [], refused: [] };
  let seen = 0;
  for (const raw of urls) {
    seen += 1;
    if (seen > MAX_LINKS) break;
    const normal = normaliseUrl(raw, base);
    if (!normal.ok) {
      const long = normal.refusal === 'too-long' ? URL.parse(raw.slice(0, 65_536), base)?.href : undefined;
      if (long !== undefined && rules.scope.includes(long)) {
        refused.set(long, {
          url: long,
          outcome: 'trap',
          detail: `it is longer than ${MAX_URL_CHARACTERS} characters`,
        });
      }
      continue;
    }
    const url = rules.twins.chosen(normal.url);
    if (requests.has(url) || refused.has(url) || !rules.scope.includes(url)) continue;
    const changed_ms = changedAt_ms.get(raw);
    // What is known to have changed may be asked for again though it was passed by before.
    if (changed_ms === undefined && rules.isAsked(url)) continue;
    const trap = rules.traps.refuseShape(url);
    if (trap !== undefined) refused.set(url, { url, outcome: 'trap', detail: trap });
    else if (isForeignPath(url)) {
      refused.set(url, {
        url,
        outcome: 'unsupported-type',
        detail: 'its name is that of a file which is no document',
      });
    } else {
      const { action, priority, reason } = rules.table().decide({ url, depth, isSeed: false });
      if (action === 'skip') refused.set(url, { url, outcome: 'out-of-scope', detail: reason });
      // What is to be deleted is looked at in its turn.
      else {
        const dated = changed_ms === undefined ? {} : { changedAt_ms: changed_ms };
        requests.set(url, { url, depth, redirects: 0, isSitemap: false, priority, ...dated });
      }
    }
  }
  return { requests: [...requests.values()], refused: [...refused.values()] };
}
