/** The reasons why a page is not found, in words: one for each kind. */

import type { ReplyRecord, UrlStatus } from '../crawl/index.ts';
import type { Absence } from '../query/index.ts';

/** Stable names: shown to people and programs. */
export type WhyNotKind =
  | 'found'
  | 'ranked-lower'
  | 'words-missing'
  | 'condition-not-met'
  | 'excluded'
  | 'folded-copy'
  | 'folded-site'
  | 'beyond-reach'
  | 'query-empty'
  | 'no-address'
  | 'not-seen'
  | 'queued'
  | 'not-indexed'
  | Exclude<ReplyRecord['outcome'], 'indexed' | 'unchanged'>;

export interface LinkingPage {
  readonly url: string;
  readonly text: string;
}

/** What the crawler knows of an address. */
export interface CrawlKnowledge {
  /** How it ended last; undefined before that. */
  readonly outcome?: ReplyRecord['outcome'];
  readonly detail?: string;
  readonly status?: number;
  readonly attempts?: number;
  readonly lastAttempt_ms?: number;
  readonly target?: string;
  /** It waits to be fetched since then, so many links from the start, after so many failures. */
  readonly queuedAt_ms?: number;
  readonly depth?: number;
  readonly failures?: number;
}

export interface WhyNotAnswer {
  readonly kind: WhyNotKind;
  readonly url: string;
  readonly query: string;
  /** The reason, for a person. */
  readonly sentence: string;
  /** What can be done about it, for a person; empty where nothing need be. */
  readonly advice: string;
  /** In the index: where it stands in the answer, and what it lacks. */
  readonly absence?: Absence;
  /** Not in the index: what the crawler knows. */
  readonly crawl?: CrawlKnowledge;
  /** Pages that link to it, the first so many. */
  readonly linkedFrom: readonly LinkingPage[];
}

export function knowledgeOf({ request, reply }: UrlStatus): CrawlKnowledge {
  return {
    ...(reply && {
      outcome: reply.outcome,
      detail: reply.detail,
      status: reply.status,
      attempts: reply.attempts,
      lastAttempt_ms: reply.at_ms,
      target: reply.target,
    }),
    ...(request && { queuedAt_ms: request.addedAt_ms, depth: request.depth, failures: request.tries }),
  };
}

/** A kind of answer with its words. */
export type Reason = Pick<WhyNotAnswer, 'kind' | 'sentence' | 'advice'> & Partial<WhyNotAnswer>;

export function wordsFor(absence: Absence, other: string): Reason {
  switch (absence.kind) {
    case 'found':
      return {
        kind: 'found',
        sentence: `It is found, in place ${absence.rank}.`,
        advice: '',
      };
    case 'ranked-lower': {
      const gaps = absence.gaps.slice(0, 3).map(({ feature, own, needed }) => {
        return `${feature} ${own.toFixed(2)} (the tenth has ${needed.toFixed(2)})`;
      });
      return {
        kind: 'ranked-lower',
        sentence: `It is found, but in place ${absence.rank}: its score is ${absence.score.toFixed(2)}, that of the tenth is ${absence.neededScore.toFixed(2)}. It stands behind in ${gaps.join(', ')}.${missingText(absence.missing)}`,
        advice: 'Ask with more of its own words, or in quotes.',
      };
    }
    case 'words-missing':
      return {
        kind: 'words-missing',
        sentence: `It is in the index, but holds none of the words.${missingText(absence.missing)}`,
        advice: 'Ask with words that the page uses.',
      };
    case 'condition-not-met':
      return {
        kind: 'condition-not-met',
        sentence: `It is in the index, but lacks something that the query requires.${missingText(absence.missing)}`,
        advice: 'Leave out quotes, + and fields.',
      };
    case 'excluded':
      return {
        kind: 'excluded',
        sentence: 'It is in the index, but holds what the query keeps away.',
        advice: 'Leave out what has a minus in front.',
      };
    case 'folded-copy':
      return {
        kind: 'folded-copy',
        sentence: `It has the same text as ${other}, which stands for it in place ${absence.rank}.`,
        advice: 'Ask for duplicates to be shown (dr=0).',
      };
    case 'folded-site':
      return {
        kind: 'folded-site',
        sentence: `Its site has better pages, ${other} first of them in place ${absence.rank}; more of one site is folded away.`,
        advice: 'Ask for all pages of a site (sc=0, or site: in the query).',
      };
    case 'beyond-reach':
      return {
        kind: 'beyond-reach',
        sentence: `It matches, but more than 10,000 documents are better.${missingText(absence.missing)}`,
        advice: 'Ask with more of its own words.',
      };
    case 'query-empty':
      return { kind: 'query-empty', sentence: 'The query asks for nothing.', advice: 'Type a word.' };
    default:
      return absence satisfies never;
  }
}

function missingText(missing: readonly { readonly word: string; readonly nearest: string }[]): string {
  if (missing.length === 0) return '';
  const words = missing.slice(0, 5).map(({ word, nearest }) => {
    return nearest === '' ? `"${word}"` : `"${word}" (the nearest is "${nearest}")`;
  });
  return ` It lacks ${words.join(', ')}.`;
}

export function kindOf({ outcome }: ReplyRecord): WhyNotKind {
  return outcome === 'indexed' || outcome === 'unchanged' ? 'not-indexed' : outcome;
}

export function sentenceOf({ outcome, detail, status, target, attempts, at_ms }: ReplyRecord): {
  readonly sentence: string;
  readonly advice: string;
} {
  const when = new Date(at_ms).toISOString().slice(0, 16).replace('T', ' ');
  const why = detail === '' ? '' : `: ${detail}`;
  const tries = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}, the last on ${when} UTC`;
  const failed = (what: string): { sentence: string; advice: string } => ({
    sentence: `It could not be fetched: ${what}${why} (${tries}).`,
    advice: 'See whether the address works in a browser; it is tried again with the next crawl.',
  });
  switch (outcome) {
    case 'robots-forbidden':
      return {
        sentence: `robots.txt of its site forbids it${why}.`,
        advice: 'Only the owner of the site can change that.',
      };
    case 'noindex':
      return {
        sentence: `The page asks not to be indexed${why}.`,
        advice: 'Only its owner can change that.',
      };
    case 'duplicate':
      return { sentence: `It has the same text as ${target}, which is indexed in its place.`, advice: '' };
    case 'canonical-elsewhere':
      return { sentence: `It names ${target} as the address to be indexed.`, advice: '' };
    case 'redirect':
      return { sentence: `It leads on to ${target}.`, advice: '' };
    case 'out-of-scope':
      return {
        sentence: `The rules of the crawl keep it out${why}.`,
        advice: 'Add it to the seeds, or widen the scope of the crawl.',
      };
    case 'trap':
      return {
        sentence: `It looks like one of endlessly many addresses${why}.`,
        advice: 'Add it to the seeds, if it is none.',
      };
    case 'limit':
      return {
        sentence: `A limit of the crawl was reached${why}.`,
        advice: 'Raise the limit and crawl again.',
      };
    case 'address-refused':
      return {
        sentence: `Its server has an address that may not be visited${why}.`,
        advice: 'Allow private addresses, if it is yours.',
      };
    case 'unsupported-type':
      return { sentence: `It is of a kind that holds no text to index${why}.`, advice: '' };
    case 'parse-failed':
      return { sentence: `It was fetched, but could not be read${why}.`, advice: '' };
    case 'too-large':
      return {
        sentence: `It is larger than pages may be${why}.`,
        advice: 'Raise the limit and crawl again.',
      };
    case 'not-found':
      return failed(`the server says that it is not there (${status})`);
    case 'http-error':
      return failed(`the server answers ${status}`);
    case 'timeout':
      return failed('the server did not answer in time');
    case 'network-error':
      return failed('the server can not be reached');
    case 'sitemap':
      return { sentence: 'It is a sitemap: its addresses are read, it is no page itself.', advice: '' };
    case 'indexed':
    case 'unchanged':
      return {
        sentence: 'It was fetched, but is not in the index: it holds no words, or was removed since.',
        advice: 'Crawl it again.',
      };
    default:
      return outcome satisfies never;
  }
}

export function queued({ request }: UrlStatus, now_ms: number): Reason {
  const since = new Date(request?.addedAt_ms ?? now_ms).toISOString().slice(0, 16).replace('T', ' ');
  const depth = request?.depth ?? 0;
  const tries = request?.tries ?? 0;
  const waits =
    tries > 0
      ? `${tries} ${tries === 1 ? 'attempt' : 'attempts'} failed; it waits to be tried again`
      : 'it waits for the turn of its site, pages nearer to the start first';
  return {
    kind: 'queued',
    sentence: `It is known since ${since} UTC, ${depth} ${depth === 1 ? 'link' : 'links'} from the start, and not fetched yet: ${waits}.`,
    advice: 'Let the crawl go on; if it is paused, resume it.',
  };
}

export function notIndexed(isNoIndex: boolean): Reason {
  return isNoIndex
    ? {
        kind: 'noindex',
        sentence: 'The page asks not to be indexed.',
        advice: 'Only its owner can change that.',
      }
    : { kind: 'not-indexed', sentence: 'It is stored, but holds no words to be found by.', advice: '' };
}

export function notSeen(linkedFrom: readonly LinkingPage[]): Reason {
  const [first] = linkedFrom;
  return {
    kind: 'not-seen',
    sentence:
      first === undefined
        ? 'It was never seen: no page that was fetched links to it, and nobody asked for it.'
        : `It was never asked for, though ${first.url} links to it: that link is outside the crawl, or not to be followed.`,
    advice: 'Add it to the seeds of a crawl.',
  };
}
