/** What an answer means: a page to store, links to follow, a redirect, a reason to try again. */

import { hash64, isPeregrineError, messageOf } from '../base/index.ts';
import { type BuiltDocument, parseRobotsHeader } from '../document/index.ts';
import type { FollowedLinks } from './crawl-contract.ts';
import type { CrawlJob } from './crawl-job.ts';
import { placeOf } from './crawl-keys.ts';
import type { ReplyRecord, RequestRecord } from './crawl-records.ts';
import type { CrawlServices } from './crawl-services.ts';
import type { FetchResponse } from './fetcher.ts';
import type { DueEntry, NewRequest, RefusedUrl } from './frontier.ts';
import { registrableDomain } from './host.ts';
import { isForGood } from './kept-copies.ts';
import { type LinkRules, planLinks } from './link-plan.ts';
import { MAX_REST_MS, retryAfter_ms } from './politeness.ts';
import type { UrlFacts } from './rule-language.ts';
import type { Result } from './run-ledger.ts';
import { readSitemap } from './sitemap.ts';
import { normaliseUrl } from './url-normaliser.ts';

/** Redirects in a row at most. */
export const MAX_REDIRECTS = 10;
/** An index of sitemaps may name indexes, and those no more. */
const MAX_SITEMAP_DEPTH = 2;
/** Pages name the feed of their site, and further away also those of each page. */
const MAX_FEED_DEPTH = 1;
/** Longest name of a version that is kept. */
const MAX_VALIDATOR = 256;

/** What conclusions need of the crawl. */
export interface ConclusionContext {
  readonly services: CrawlServices;
  readonly job: () => CrawlJob;
  readonly rules: LinkRules;
  /** Makes requests durable and known to the queues. */
  readonly add: (requests: readonly NewRequest[], refused?: readonly RefusedUrl[]) => Promise<void>;
  /** The page as its scripts leave it, where that is more. */
  readonly render: (
    response: FetchResponse,
    depth: number,
    built: BuiltDocument,
  ) => Promise<{ readonly built: BuiltDocument; readonly bodyHash: bigint } | undefined>;
}

export type Conclusion = Result & {
  /** The reason may pass: try again, not before `after_ms` from now where the server says so. */
  readonly retry?: { readonly after_ms: number | undefined };
};

/** Errors of storage: no page's fault, and no reason to go on. */
export function isStorageFailure(error: unknown): boolean {
  return (['IO', 'DISK_FULL', 'READ_ONLY', 'CLOSED'] as const).some((code) => isPeregrineError(error, code));
}

/** What a failed fetch means. */
export function concludeFailure(error: unknown): Conclusion {
  const detail = messageOf(error);
  const answered = isPeregrineError(error) ? Number(error.facts['status'] ?? 0) : 0;
  const what = { detail, ...(answered > 0 && { status: answered }) };
  const lasting = LASTING_FAILURES.find(([code]) => isPeregrineError(error, code));
  if (lasting !== undefined) return { outcome: lasting[1], ...what };
  const outcome = isPeregrineError(error, 'FETCH_TIMEOUT') ? 'timeout' : 'network-error';
  return { outcome, ...what, retry: { after_ms: undefined } };
}

/** Failures that another try would not mend. */
const LASTING_FAILURES = [
  ['ADDRESS_REFUSED', 'address-refused'],
  ['TOO_LARGE', 'too-large'],
  ['UNSUPPORTED_TYPE', 'unsupported-type'],
] as const;

/** What an answer means; stores the page and makes its links durable on the way. */
export async function concludeResponse(
  context: ConclusionContext,
  entry: DueEntry,
  previous: ReplyRecord | undefined,
  response: FetchResponse,
): Promise<Conclusion> {
  const { status } = response;
  if (response.redirectTo !== undefined)
    return concludeRedirect(context, entry, response, response.redirectTo);
  if (status >= 200 && status <= 299) {
    if (entry.request.isSitemap) return concludeSitemap(context, entry, response);
    return concludePage(context, entry, previous, response);
  }
  if (status === 304) return concludeUnchanged(context, entry);
  if (status === 404 || status === 410) return concludeGone(context, entry, status);
  const failed = { outcome: 'http-error', status, detail: `the server answers ${status}` } as const;
  const asked_ms = retryAfter_ms(response.headers['retry-after'], context.services.clock.now());
  const after_ms = asked_ms === undefined ? undefined : Math.min(asked_ms, MAX_REST_MS);
  const mayPass = status >= 500 || status === 429 || status === 408 || status === 425;
  return mayPass ? { ...failed, retry: { after_ms } } : failed;
}

/** The stored copy is the last version still; what it leads to is asked for as if it had come. */
async function concludeUnchanged(context: ConclusionContext, { request }: DueEntry): Promise<Conclusion> {
  const { url, depth } = request;
  const links = await context.services.sink.storedLinks(context.job().collection, url);
  if (links === undefined) {
    return { outcome: 'http-error', status: 304, detail: 'the server names a version that is not stored' };
  }
  await follow(context, { url, depth, isKnown: true }, links);
  return { outcome: 'unchanged', status: 304, detail: 'the server says that it is the same as last time' };
}

/**
 * Makes durable what a page leads to: pages one link further, those of its series, itself in other languages, and near a start the feed that
 * tells what is new.
 */
async function follow(
  { add, rules, job }: ConclusionContext,
  { url, depth, isKnown: isOld }: Omit<UrlFacts, 'isSeed'>,
  { links, related: { alternates, series, feed } }: FollowedLinks,
): Promise<void> {
  const facts = { url, depth, isSeed: depth === 0, isKnown: isOld === true };
  if (rules.table().decide(facts).action === 'leaf') return;
  const plan = planLinks([...links, ...series], url, depth + 1, rules);
  const same = planLinks(alternates, url, depth, rules);
  const feeds = feed !== '' && depth <= MAX_FEED_DEPTH && job().settings.maxDepth > 0 ? [feed] : [];
  const requests = [...plan.requests, ...same.requests, ...sitemapRequests(feeds, url, MAX_SITEMAP_DEPTH)];
  await add(requests, [...plan.refused, ...same.refused]);
}

/** A page that can't be had now leads where its last good copy leads: else what stands behind it would seem unmet. */
export async function followKept(context: ConclusionContext, request: RequestRecord): Promise<void> {
  const { url, depth, isSitemap } = request;
  const { collection, isRefresh } = context.job();
  if (isSitemap || isRefresh === true) return;
  const links = await context.services.sink.storedLinks(collection, url);
  if (links !== undefined) await follow(context, { url, depth, isKnown: true }, links);
}

/** A page that was there is asked for once more before its copy goes. */
async function concludeGone(
  context: ConclusionContext,
  { request }: DueEntry,
  status: number,
): Promise<Conclusion> {
  const { services } = context;
  const gone = { outcome: 'not-found', status, detail: `the server answers ${status}` } as const;
  const { collection } = context.job();
  if ((await services.sink.storedAt_ms(collection, request.url)) === undefined) return gone;
  if (request.tries === 0 && services.retryDelays_ms.length > 0)
    return { ...gone, retry: { after_ms: undefined } };
  await services.sink.remove(collection, request.url);
  return gone;
}

async function concludeRedirect(
  context: ConclusionContext,
  entry: DueEntry,
  { status }: Pick<FetchResponse, 'status'>,
  to: string,
): Promise<Conclusion> {
  const { request } = entry;
  const target = normaliseUrl(to);
  if (!target.ok)
    return {
      outcome: 'http-error',
      status,
      detail: `redirects to ${to.slice(0, 200)}, which is no URL to crawl`,
    };
  const { url } = target;
  if (url === request.url)
    return { outcome: 'http-error', status, detail: 'redirects to itself', target: url };
  if (request.redirects >= MAX_REDIRECTS) {
    return {
      outcome: 'http-error',
      status,
      detail: `more than ${MAX_REDIRECTS} redirects in a row`,
      target: url,
    };
  }
  const isSitemapNearby = request.isSitemap && isSameDomain(url, request.url);
  if (!isSitemapNearby && !context.rules.scope.includes(url)) {
    if (isForGood(status)) await removeStored(context, request.url);
    return {
      outcome: 'out-of-scope',
      status,
      detail: `redirects out of the crawl's scope, to ${url}`,
      target: url,
    };
  }
  await removeStored(context, request.url);
  await context.add([
    { url, depth: request.depth, redirects: request.redirects + 1, isSitemap: request.isSitemap },
  ]);
  return { outcome: 'redirect', status, detail: `redirects to ${url}`, target: url };
}

async function concludeSitemap(
  context: ConclusionContext,
  { request }: DueEntry,
  { status, bytes }: FetchResponse,
): Promise<Conclusion> {
  let sitemap: Awaited<ReturnType<typeof readSitemap>>;
  try {
    sitemap = await readSitemap(bytes);
  } catch (error) {
    return { outcome: 'sitemap', status, detail: messageOf(error) };
  }
  const nested =
    request.depth >= MAX_SITEMAP_DEPTH
      ? []
      : sitemapRequests(sitemap.sitemaps, request.url, request.depth + 1);
  await context.add(nested);
  const { isRefresh, settings } = context.job();
  // A whole pass asks for all of them anyway.
  const changedAt_ms = isRefresh === true ? latest(sitemap.changedAt_ms, settings.refreshPages) : undefined;
  const named = [...sitemap.urls, ...sitemap.alternates];
  // In slices, so that 50,000 URLs neither block others nor stand in memory twice.
  for (let at = 0; at < named.length; at += 1_000) {
    const plan = planLinks(named.slice(at, at + 1_000), request.url, 1, context.rules, changedAt_ms);
    await context.add(plan.requests, plan.refused);
  }
  return {
    outcome: 'sitemap',
    status,
    detail: `names ${sitemap.urls.length} URLs and ${nested.length} sitemaps`,
  };
}

/** The `most` that changed last. */
function latest(changedAt_ms: ReadonlyMap<string, number>, most: number): ReadonlyMap<string, number> {
  if (changedAt_ms.size <= most) return changedAt_ms;
  return new Map([...changedAt_ms].sort(([, a], [, b]) => b - a).slice(0, most));
}

/** Requests for sitemaps on the domain that names them. */
export function sitemapRequests(urls: Iterable<string>, namedBy: string, depth: number): NewRequest[] {
  const requests = new Map<string, NewRequest>();
  for (const raw of urls) {
    const normal = normaliseUrl(raw, namedBy);
    if (!normal.ok || !isSameDomain(normal.url, namedBy)) continue;
    requests.set(normal.url, { url: normal.url, depth, redirects: 0, isSitemap: true });
  }
  return [...requests.values()];
}

async function concludePage(
  context: ConclusionContext,
  entry: DueEntry,
  previous: ReplyRecord | undefined,
  response: FetchResponse,
): Promise<Conclusion> {
  const { services, rules } = context;
  const job = context.job();
  const { url, depth } = entry.request;
  const { status, bytes, headers } = response;
  let bodyHash = hash64(bytes);
  let isRendered = false;
  let built: BuiltDocument;
  try {
    built = await services.sink.build({
      url,
      bytes,
      headers,
      status,
      fetchedAt_ms: services.clock.now(),
      depth,
      ip: response.ip,
      truncated: response.truncated,
    });
    const rendered = await context.render(response, depth, built);
    isRendered = rendered !== undefined;
    ({ built, bodyHash } = rendered ?? { built, bodyHash });
  } catch (error) {
    if (isStorageFailure(error) || isPeregrineError(error, 'CANCELLED')) throw error;
    const outcome = isPeregrineError(error, 'UNSUPPORTED_TYPE') ? 'unsupported-type' : 'parse-failed';
    return { outcome, status, detail: messageOf(error), bodyHash };
  }
  // What the server calls a version of the shell says nothing of what scripts fill in.
  const version = isRendered
    ? { etag: '', lastModified: '' }
    : { etag: (headers['etag'] ?? '').slice(0, MAX_VALIDATOR), lastModified: dateOf(headers) };
  const page = { status, bodyHash, title: built.title, version };
  const refresh = built.refreshTo === '' ? undefined : normaliseUrl(built.refreshTo, url);
  if (refresh?.ok === true && refresh.url !== url && rules.scope.includes(refresh.url)) {
    return { ...page, ...(await concludeRedirect(context, entry, response, refresh.url)) };
  }
  rules.traps.learn(url, built);
  // Links first: once the page is stored it is never fetched again, so what it leads to must be safe by then.
  if (!built.robots.nofollow) {
    const links = built.links.filter((link) => !link.nofollow).map((link) => link.url);
    const facts = { url, depth, isKnown: isKnown(previous) };
    await follow(context, facts, { links, related: built.related });
  }
  const decision = rules.table().decide({ url, depth, isSeed: depth === 0, isKnown: isKnown(previous) });
  if (built.robots.noindex || decision.action === 'follow') {
    await removeStored(context, url);
    const detail = built.robots.noindex ? whoForbids(headers, services.clock.now()) : decision.reason;
    return { ...page, outcome: 'noindex', detail };
  }
  const canonical = await canonicalElsewhere(context, entry, built);
  if (canonical !== undefined) {
    await removeStored(context, url);
    await context.add([{ url: canonical, depth, redirects: 0, isSitemap: false }]);
    const detail = `names ${canonical} as its canonical URL`;
    return { ...page, outcome: 'canonical-elsewhere', detail, target: canonical };
  }
  return services.twins.hold(`${job.collection} ${built.contentHash}`, async () => {
    if (built.tokens > 0) {
      const twin = await services.sink.duplicateOf(job.collection, built);
      if (twin !== undefined && twin !== url) {
        await removeStored(context, url);
        return { ...page, outcome: 'duplicate', detail: `says the same as ${twin}`, target: twin } as const;
      }
    }
    const isSame = previous !== undefined && previous.bodyHash === bodyHash;
    if (isSame && (await services.sink.storedAt_ms(job.collection, url)) !== undefined) {
      return { ...page, outcome: 'unchanged', detail: 'the same bytes as last time' } as const;
    }
    await services.sink.store(job.collection, built);
    return { ...page, outcome: 'indexed', detail: built.warnings[0] ?? '' } as const;
  });
}

function whoForbids(headers: Readonly<Record<string, string>>, now_ms: number): string {
  return parseRobotsHeader(headers['x-robots-tag'] ?? '', now_ms).noindex
    ? 'its server says so in the header X-Robots-Tag'
    : 'the page says so in a meta element';
}

const STAYING_ENDS: ReadonlySet<string> = new Set(['indexed', 'unchanged', 'duplicate']);

/** The canonical URL that a page names, where that is another page which is in scope and may yet be indexed. */
async function canonicalElsewhere(
  context: ConclusionContext,
  { request }: DueEntry,
  built: BuiltDocument,
): Promise<string | undefined> {
  const { services, rules } = context;
  const { collection, round } = context.job();
  if (built.canonical === '') return undefined;
  const normal = normaliseUrl(built.canonical, request.url);
  if (!normal.ok || normal.url === request.url) return undefined;
  const { url } = normal;
  if (!rules.scope.includes(url) || rules.traps.refuseShape(url) !== undefined) return undefined;
  const reply = await services.frontier.reply(placeOf(collection, url));
  const isLater = reply === undefined || reply.round < round;
  // One that redirects back, is gone or names another in turn would leave the text unfound.
  if (!isLater && !STAYING_ENDS.has(reply.outcome)) return undefined;
  // From here to the note of it nothing is waited for, so that of two that name each other one stays.
  if (services.moves.has(collection, round, url)) return undefined;
  services.moves.add(collection, round, request.url);
  return url;
}

/** The URL was answered with a page before. */
export function isKnown(previous: ReplyRecord | undefined): boolean {
  return previous !== undefined && previous.history.seenAt_ms > 0;
}

/** A date that is not the moment of the answer: some servers say that every page changed just now. */
function dateOf(headers: FetchResponse['headers']): string {
  const text = headers['last-modified'] ?? '';
  return text === headers['date'] ? '' : text.slice(0, MAX_VALIDATOR);
}

/** Takes an older copy out of the index. */
export async function removeStored(
  { services, job }: Pick<ConclusionContext, 'services' | 'job'>,
  url: string,
): Promise<void> {
  const { collection } = job();
  if ((await services.sink.storedAt_ms(collection, url)) !== undefined)
    await services.sink.remove(collection, url);
}

function isSameDomain(a: string, b: string): boolean {
  return registrableDomain(new URL(a).host) === registrableDomain(new URL(b).host);
}
