/**
 * A web of thousands of hosts in one process and simulated time, from a seed: latencies, errors, busy servers, traps,
 * redirects, pages that change, drips, resets and lying lengths. It keeps books about every rule that a crawler may
 * break, and knows by itself which pages can be reached.
 */

import {
  type Clock,
  hashString64,
  isPeregrineError,
  PeregrineError,
  type Random,
  seededRandom,
} from '../src/base/index.ts';
import type { Fetcher, FetchRequest, FetchResponse } from '../src/crawl/index.ts';

export interface SimulatedWebOptions {
  readonly seed: number;
  readonly hosts: number;
  /** Pages of a host on average. */
  readonly pagesPerHost: number;
  /** Share of fetches that fail in passing: resets, stalls, lying lengths, 500, 503, 429. Default 0.02. */
  readonly failures?: number;
  /** The crawl's own gap. */
  readonly delay_ms: number;
}

export interface SimulatedHost {
  readonly name: string;
  readonly address: string;
  readonly pages: number;
  readonly crawlDelay_ms: number;
  /** Everything below is forbidden. */
  readonly forbidden: string;
  readonly latency_ms: number;
  /** It has a calendar without end. */
  readonly hasTrap: boolean;
  readonly isDown: boolean;
}

export type BrokenRule =
  | 'gap of a host'
  | 'gap of an address'
  | 'two at once at a host'
  | 'two at once at an address'
  | 'robots.txt'
  | 'Retry-After';

interface LaneBooks {
  inFlight: number;
  lastAnswer_ms: number;
  restUntil_ms: number;
  /** When it asked for that rest. */
  askedAt_ms: number;
}

/** Time that a stalled answer hangs before our own limit ends it. */
const STALL_MS = 30_000;
/** Hosts that share an address, on average. */
const HOSTS_PER_ADDRESS = 3;
const SLACK_MS = 0.001;
/** As often is a page tried that fails. */
const TRIES = 3;
/** So long may an answer take to become durable. */
const UNWRITTEN_MS = 1_000;

export class SimulatedWeb implements Fetcher {
  readonly hosts: readonly SimulatedHost[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #delay_ms: number;
  readonly #failures: number;
  readonly #byName: ReadonlyMap<string, SimulatedHost>;
  readonly #lanes = new Map<string, LaneBooks>();
  readonly broken: Map<BrokenRule, number> = new Map();
  /** URL → how often it was answered with a page. */
  readonly answered: Map<string, number> = new Map();
  /** URL → failures in a row, since it was last answered. */
  readonly #failed = new Map<string, number>();
  /** URLs that failed so often in a row that nobody need ask them again. */
  readonly #spent = new Set<string>();
  fetches = 0;
  smallestGap_ms: number = Number.POSITIVE_INFINITY;

  constructor({ seed, hosts, pagesPerHost, failures = 0.02, delay_ms }: SimulatedWebOptions, clock: Clock) {
    this.#clock = clock;
    this.#delay_ms = delay_ms;
    this.#failures = failures;
    this.#random = seededRandom(seed ^ 0x5eed);
    const random = seededRandom(seed);
    this.hosts = Array.from({ length: hosts }, (_, number) => hostOf(number, hosts, pagesPerHost, random));
    this.#byName = new Map(this.hosts.map((host) => [host.name, host]));
  }

  get seeds(): string[] {
    return this.hosts.map(({ name }) => `http://${name}/`);
  }

  get brokenRules(): string[] {
    return [...this.broken].map(([rule, count]) => `${rule}: ${count}`);
  }

  /**
   * Every page that a crawler may and can read, by a walk of its own over the plan of the web. What failed as often in a
   * row as a page is tried leads nowhere, and where robots.txt did so the host is nobody's to read.
   */
  reachable(): Set<string> {
    const found = new Set<string>();
    for (const host of this.hosts) {
      if (host.isDown || this.#spent.has(`http://${host.name}/robots.txt`)) continue;
      const queue = [0];
      const seen = new Set(queue);
      for (let page = queue.shift(); page !== undefined; page = queue.shift()) {
        const path = pathOf(page);
        if (path.startsWith(host.forbidden) || this.#spent.has(`http://${host.name}${path}`)) continue;
        const target = redirectOf(host, page);
        if (target === undefined) found.add(`http://${host.name}${path}`);
        for (const next of target === undefined ? linksOf(host, page) : [target]) {
          if (seen.has(next)) continue;
          seen.add(next);
          queue.push(next);
        }
      }
    }
    return found;
  }

  async addressOf(url: string): Promise<string | undefined> {
    return this.#byName.get(new URL(url).host)?.address;
  }

  async fetch(request: FetchRequest): Promise<FetchResponse> {
    const url = new URL(request.url);
    const host = this.#byName.get(url.host);
    if (host === undefined) throw new PeregrineError('FETCH_FAILED', `There is no host ${url.host}.`);
    this.fetches += 1;
    const now_ms = this.#clock.monotonic();
    const lanes = [this.#laneOf(host.name), this.#laneOf(host.address)] as const;
    this.#check(host, url.pathname, lanes, now_ms);
    for (const lane of lanes) lane.inFlight += 1;
    try {
      const answer = await this.#answer(host, request);
      this.#note(request.url, answer.status >= 500 || answer.status === 429);
      return answer;
    } catch (error) {
      if (!isPeregrineError(error, 'CANCELLED')) this.#note(request.url, true);
      throw error;
    } finally {
      for (const lane of lanes) {
        lane.inFlight -= 1;
        lane.lastAnswer_ms = this.#clock.monotonic();
      }
    }
  }

  async close(): Promise<void> {}

  /** The crawler was killed: of what it was asked in the last moment it may know nothing. */
  crawlerWasKilled(): void {
    for (const lane of this.#lanes.values()) {
      if (this.#clock.monotonic() - lane.askedAt_ms < UNWRITTEN_MS) lane.restUntil_ms = 0;
    }
  }

  #note(url: string, hasFailed: boolean): void {
    const failures = hasFailed ? (this.#failed.get(url) ?? 0) + 1 : 0;
    if (failures === 0) this.#failed.delete(url);
    else this.#failed.set(url, failures);
    if (failures >= TRIES) this.#spent.add(url);
  }

  #check(
    host: SimulatedHost,
    path: string,
    [own, shared]: readonly [LaneBooks, LaneBooks],
    now_ms: number,
  ): void {
    if (own.inFlight > 0) this.#breaks('two at once at a host');
    if (shared.inFlight > 0) this.#breaks('two at once at an address');
    // The first page after robots.txt may not know its delay yet; what follows must.
    const gap_ms = path === '/robots.txt' ? this.#delay_ms : Math.max(this.#delay_ms, host.crawlDelay_ms);
    this.smallestGap_ms = Math.min(
      this.smallestGap_ms,
      now_ms - own.lastAnswer_ms,
      now_ms - shared.lastAnswer_ms,
    );
    if (now_ms - own.lastAnswer_ms < gap_ms - SLACK_MS) this.#breaks('gap of a host');
    if (now_ms - shared.lastAnswer_ms < this.#delay_ms - SLACK_MS) this.#breaks('gap of an address');
    if (now_ms < own.restUntil_ms - SLACK_MS) this.#breaks('Retry-After');
    if (path !== '/robots.txt' && path.startsWith(host.forbidden)) this.#breaks('robots.txt');
  }

  async #answer(host: SimulatedHost, { url, max_bytes, signal }: FetchRequest): Promise<FetchResponse> {
    const path = new URL(url).pathname;
    const wait_ms = host.latency_ms * (0.5 + this.#random.unit());
    if (host.isDown) {
      await this.#clock.sleep(wait_ms, signal);
      throw new PeregrineError('FETCH_FAILED', 'The page could not be fetched: connect ECONNREFUSED.');
    }
    const chance = this.#random.unit();
    if (chance < this.#failures) return this.#fail(host, url, chance / this.#failures, wait_ms, signal);
    // Some answers come in drops.
    const drip_ms = this.#random.unit() < 0.01 ? 5_000 : 0;
    await this.#clock.sleep(wait_ms + drip_ms, signal);
    if (path === '/robots.txt') return respond(url, host, 200, robotsOf(host), 'text/plain');
    const page = pageOf(path);
    if (page === undefined || (page >= host.pages && !(host.hasTrap && isTrap(path)))) {
      return respond(url, host, 404, '');
    }
    const target = isTrap(path) ? undefined : redirectOf(host, page);
    if (target !== undefined) {
      return { ...respond(url, host, 301, ''), redirectTo: `http://${host.name}${pathOf(target)}` };
    }
    this.answered.set(url, (this.answered.get(url) ?? 0) + 1);
    const body = isTrap(path) ? trapPage(path) : pageText(host, page);
    return respond(url, host, 200, body.slice(0, max_bytes));
  }

  async #fail(
    host: SimulatedHost,
    url: string,
    kind: number,
    wait_ms: number,
    signal: AbortSignal | undefined,
  ): Promise<FetchResponse> {
    if (kind < 0.2) {
      await this.#clock.sleep(STALL_MS, signal);
      throw new PeregrineError('FETCH_TIMEOUT', 'The server is too slow: its body took too long.');
    }
    await this.#clock.sleep(wait_ms, signal);
    if (kind < 0.4)
      throw new PeregrineError('FETCH_FAILED', 'The page could not be fetched: read ECONNRESET.');
    if (kind < 0.6) {
      throw new PeregrineError(
        'FETCH_FAILED',
        'The page could not be fetched: other side closed, lying length.',
      );
    }
    if (kind < 0.7) return respond(url, host, 500, '');
    const rest_s = 1 + this.#random.below(20);
    const lane = this.#laneOf(host.name);
    lane.askedAt_ms = this.#clock.monotonic();
    lane.restUntil_ms = lane.askedAt_ms + rest_s * 1_000;
    const busy = respond(url, host, kind < 0.85 ? 429 : 503, '');
    return { ...busy, headers: { ...busy.headers, 'retry-after': String(rest_s) } };
  }

  #laneOf(name: string): LaneBooks {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { inFlight: 0, lastAnswer_ms: Number.NEGATIVE_INFINITY, restUntil_ms: 0, askedAt_ms: 0 };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #breaks(rule: BrokenRule): void {
    this.broken.set(rule, (this.broken.get(rule) ?? 0) + 1);
  }
}

function hostOf(number: number, hosts: number, pagesPerHost: number, random: Random): SimulatedHost {
  const address = random.below(Math.ceil(hosts / HOSTS_PER_ADDRESS));
  return {
    name: `h${number}.site${number % Math.ceil(hosts / 2)}.test`,
    address: `203.0.${address >> 8}.${address & 255}`,
    pages: 1 + random.below(2 * pagesPerHost),
    crawlDelay_ms: random.below(10) === 0 ? 1_000 * (1 + random.below(3)) : 0,
    forbidden: random.below(4) === 0 ? '/p1' : '/private/',
    latency_ms: 5 + Math.floor(random.unit() ** 4 * 2_000),
    hasTrap: random.below(20) === 0,
    isDown: random.below(50) === 0,
  };
}

const pathOf = (page: number): string => (page === 0 ? '/' : `/p${page}`);
const isTrap = (path: string): boolean => path.startsWith('/calendar/');

function pageOf(path: string): number | undefined {
  if (path === '/') return 0;
  if (isTrap(path)) return Number.MAX_SAFE_INTEGER;
  const digits = /^\/p(\d+)$/.exec(path)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Each page leads to a few: a tree of three, and some at random, back and across. */
function linksOf({ name, pages }: SimulatedHost, page: number): number[] {
  const random = seededRandom(Number(hashString64(`${name} ${page}`) & 0xffff_ffffn));
  const tree = [3 * page + 1, 3 * page + 2, 3 * page + 3].filter((child) => child < pages);
  return [...tree, random.below(pages), random.below(pages)];
}

/** One page of forty leads elsewhere. */
function redirectOf({ name, pages }: SimulatedHost, page: number): number | undefined {
  if (page === 0 || page % 40 !== 39) return undefined;
  return Number(hashString64(`${name} to ${page}`) % BigInt(Math.min(pages, page)));
}

function robotsOf({ crawlDelay_ms, forbidden }: SimulatedHost): string {
  const delay = crawlDelay_ms > 0 ? `Crawl-delay: ${crawlDelay_ms / 1_000}\n` : '';
  return `User-agent: *\n${delay}Disallow: ${forbidden}\n`;
}

function pageText(host: SimulatedHost, page: number): string {
  const links = linksOf(host, page).map((target) => `<a href="${pathOf(target)}">page ${target}</a>`);
  if (host.hasTrap && page === 0) links.push('<a href="/calendar/0">calendar</a>');
  return `<title>${host.name} ${page}</title><p>The text of page ${page} of ${host.name}.</p>${links.join(' ')}`;
}

function trapPage(path: string): string {
  const day = Number(path.slice('/calendar/'.length));
  return `<title>Calendar</title><p>Nothing happens on this day.</p><a href="/calendar/${day + 1}">next</a>`;
}

function respond(
  url: string,
  host: SimulatedHost,
  status: number,
  body: string,
  type = 'text/html',
): FetchResponse {
  const bytes = new TextEncoder().encode(body);
  return {
    url,
    status,
    headers: { 'content-type': type },
    bytes,
    truncated: false,
    wire_bytes: bytes.length,
    redirectTo: undefined,
    ip: host.address,
  };
}
