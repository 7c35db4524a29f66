/** The reasons why a page is not found, in words: one for each kind. */

import type { CrawlLimit, CrawlReach, QueuePlace, ReplyRecord, UrlStatus } from '../crawl/index.ts';
import { type Absence, featureWords } from '../query/index.ts';

/** Places of a crawl that are named. */
const MAX_SCOPE_NAMES = 3;

/** Stable names: shown to people and programs. */
export type WhyNotKind =
  | 'found'
  | 'ranked-lower'
  | 'words-missing'
  | 'condition-not-met'
  | 'excluded'
  | 'blocked'
  | 'folded-copy'
  | 'folded-site'
  | 'beyond-reach'
  | 'index-damaged'
  | 'query-empty'
  | 'no-address'
  | 'not-seen'
  | 'queued'
  | 'not-indexed'
  | Exclude<ReplyRecord['outcome'], 'indexed' | 'unchanged'>;

export interface LinkingPage {
  readonly url: string;
  readonly text: string;
  /** Links from a seed. */
  readonly depth: number;
  /** Neither the page nor the link asks not to be followed. */
  readonly isFollowed: boolean;
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
  /** Its place among what waits for its host, from 1; where it is far down, the least that it can be. */
  readonly queuePlace?: number;
  /** It is not asked for before. */
  readonly due_ms?: number;
  /** Its host is left alone until then. */
  readonly restUntil_ms?: number;
  /** Whether the crawl is at work. */
  readonly crawl?: QueuePlace['crawl'];
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

export function knowledgeOf({ request, reply, queue }: UrlStatus): CrawlKnowledge {
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
    ...(queue && {
      queuePlace: queue.ahead + 1,
      crawl: queue.crawl,
      ...(queue.due_ms > 0 && { due_ms: queue.due_ms }),
      ...(queue.restUntil_ms > 0 && { restUntil_ms: queue.restUntil_ms }),
    }),
  };
}

/** A kind of answer with its words. */
export type Reason = Pick<WhyNotAnswer, 'kind' | 'sentence' | 'advice'> & Partial<WhyNotAnswer>;

export function wordsFor(absence: Absence, other: string): Reason {
  const reason = wordsOf(absence, other);
  if (absence.reading === undefined) return reason;
  return { ...reason, sentence: `${absence.reading} is searched for instead. ${reason.sentence}` };
}

function wordsOf(absence: Absence, other: string): Reason {
  switch (absence.kind) {
    case 'found':
      return {
        kind: 'found',
        sentence: `It is found, in place ${absence.rank}${absence.isPinned === true ? ', where a rule of the collection pins it' : ''}.`,
        advice: '',
      };
    case 'ranked-lower': {
      const gaps = absence.gaps.slice(0, 3).map(({ feature, own, needed }) => {
        return `${featureWords(feature)} ${own.toFixed(2)} (the tenth has ${needed.toFixed(2)})`;
      });
      const scores =
        gaps.length === 0
          ? ''
          : `: its score is ${absence.score.toFixed(2)}, that of the tenth is ${absence.neededScore.toFixed(2)}. It stands behind in ${gaps.join(', ')}`;
      return {
        kind: 'ranked-lower',
        sentence: `It is found, but in place ${absence.rank}${scores}.${missingText(absence.missing)}`,
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
        sentence: `It is in the index, but does not meet what the query requires: ${absence.condition}${absence.condition.endsWith('.') ? '' : '.'}${missingText(absence.missing)}`,
        advice: 'Leave that part out, or ask for its words without quotes, + and fields.',
      };
    case 'excluded':
      return {
        kind: 'excluded',
        sentence: `It is in the index, but holds what the query keeps away: ${absence.condition}.`,
        advice: 'Leave out what has a minus in front.',
      };
    case 'blocked':
      return {
        kind: 'blocked',
        sentence: `It is in the index, but block rule ${absence.rule} of the collection keeps it from being shown: ${absence.filter}.`,
        advice: 'Take the rule out in the relevance lab.',
      };
    case 'folded-copy':
      return {
        kind: 'folded-copy',
        sentence: `It has the same text, or nearly, as ${other}, which stands for it in place ${absence.rank}.`,
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
    case 'index-damaged':
      return indexDamaged();
    case 'query-empty':
      return { kind: 'query-empty', sentence: 'The query asks for nothing.', advice: 'Type a word.' };
    default:
      return absence satisfies never;
  }
}

/** It is stored; what the index would say of it stands in a part that can't be read. */
export function indexDamaged(): Reason {
  return {
    kind: 'index-damaged',
    sentence:
      'It is stored, but part of the index is damaged and left out of searches; that may well be why it is not found.',
    advice: 'Repair the index (peregrine rebuild --repair, or under "Store, index"), then ask again.',
  };
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
  const when = minuteOf(at_ms);
  // What the sentence says by itself is not said again.
  const said = detail.replace(/^robots\.txt forbids it, /, '');
  const why = said === '' || said === `the server answers ${status}` ? '' : `: ${said}`;
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
        sentence: `It is not to be indexed${why}.`,
        advice: 'What a page or its server asks only their owner can change; rules of the crawl are yours.',
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

/** A page that leads to itself by way of others. */
export function round(target: string, sentence: string): Pick<Reason, 'sentence' | 'advice'> {
  return {
    sentence: `${sentence} That leads back to ${target}: it goes round in a circle, and nothing is ever answered.`,
    advice: 'Only the owner of the site can change that.',
  };
}

export function queued({ request, queue }: UrlStatus, now_ms: number): Reason {
  const since = minuteOf(request?.addedAt_ms ?? now_ms);
  const known = `It is known since ${since} UTC, ${linksFromStart(request?.depth ?? 0)}`;
  if (queue?.limit !== undefined) {
    return {
      kind: 'limit',
      sentence: `${known}, but the crawl had its ${limitInWords(queue.limit)} before its turn came: ${placeInWords(queue)}.`,
      advice: `Raise ${queue.limit.setting} and crawl again.`,
    };
  }
  return {
    kind: 'queued',
    sentence: `${known}, and not fetched yet${
      queue === undefined
        ? ''
        : `: ${placeInWords(queue)}, and waits for ${waitedFor(queue, request?.tries ?? 0, now_ms)}`
    }.`,
    advice: queue === undefined ? 'Start the crawl again.' : ADVICE[queue.crawl],
  };
}

function limitInWords({ setting, value }: CrawlLimit): string {
  const count = value.toLocaleString('en');
  if (setting === 'maxPages') return `${count} ${value === 1 ? 'page' : 'pages'}`;
  return setting === 'maxTime_s' ? `${count} seconds` : `${count} bytes`;
}

const ADVICE: Readonly<Record<QueuePlace['crawl'], string>> = {
  running: 'Let the crawl go on.',
  paused: 'Resume the crawl.',
  done: 'Start the crawl again.',
  idle: 'Start the crawl again.',
};

function placeInWords({ ahead, isAtLeast }: QueuePlace): string {
  if (ahead === 0) return 'it is the next of its host';
  const count = ahead.toLocaleString('en');
  return `${isAtLeast ? 'at least ' : ''}${count} of its host ${ahead === 1 ? 'stands' : 'stand'} before it`;
}

/** The first of the things that keep it. */
function waitedFor({ due_ms, restUntil_ms, crawl }: QueuePlace, tries: number, now_ms: number): string {
  if (crawl === 'paused') return 'the crawl, which is paused';
  if (crawl !== 'running') return 'a crawl: the last one has ended';
  if (due_ms > now_ms) {
    const again = tries > 0 ? `, after ${tries} ${tries === 1 ? 'attempt' : 'attempts'} that failed` : '';
    return `its time, ${minuteOf(due_ms)} UTC${again}`;
  }
  if (restUntil_ms > now_ms) return `its host, which is left alone until ${minuteOf(restUntil_ms)} UTC`;
  return 'its turn: a host is asked for one page at a time, those nearer to the start first';
}

function minuteOf(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 16).replace('T', ' ');
}

export function notIndexed(isNoIndex: boolean): Reason {
  return isNoIndex
    ? {
        kind: 'noindex',
        sentence: 'It is not to be indexed: the page or its server says so.',
        advice: 'Only their owner can change that.',
      }
    : { kind: 'not-indexed', sentence: 'It is stored, but holds no words to be found by.', advice: '' };
}

export function notSeen(linkedFrom: readonly LinkingPage[], reach: CrawlReach | undefined): Reason {
  const [first] = linkedFrom;
  return {
    kind: 'not-seen',
    sentence:
      first === undefined
        ? 'It was never seen: no page that was fetched links to it, and nobody asked for it.'
        : `It was never asked for, though ${first.url} links to it: ${whyNotAsked(linkedFrom, reach)}.`,
    advice: 'Add it to the seeds of a crawl.',
  };
}

function whyNotAsked(linkedFrom: readonly LinkingPage[], reach: CrawlReach | undefined): string {
  if (reach === undefined) return 'there was no crawl';
  if (!reach.isInScope) return `the crawl keeps to ${inWords(reach.scope)}`;
  const followed = linkedFrom.filter(({ isFollowed }) => isFollowed);
  if (followed.length === 0) return 'page or link asks not to be followed';
  const depth = Math.min(...followed.map((page) => page.depth));
  if (depth >= reach.maxDepth) {
    return `that page is ${linksFromStart(depth)}, and the crawl goes no further (maxDepth ${reach.maxDepth})`;
  }
  return 'that link was not there when the page was crawled, or it is one too many';
}

/** The first of the places that a crawl keeps to. */
function inWords(scope: readonly string[]): string {
  const named = scope.slice(0, MAX_SCOPE_NAMES).join(', ');
  return scope.length > MAX_SCOPE_NAMES ? `${named} and ${scope.length - MAX_SCOPE_NAMES} others` : named;
}

function linksFromStart(depth: number): string {
  return `${depth} ${depth === 1 ? 'link' : 'links'} from the start`;
}
