/** Writers and readers of a cluster that keep books: what was acknowledged, what was answered, what failed. */

import { randomInt } from 'node:crypto';

import { must } from '../src/base/index.ts';
import type { HostProcess } from './cluster-hosts.ts';

const WORDS = 'heron otter lynx badger osprey falcon kestrel marten stoat weasel plover dunlin'.split(' ');

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const anyWord = (): string => must(WORDS[randomInt(WORDS.length)], 'a word');

interface Page {
  readonly url: string;
  readonly content: string;
  readonly contentType: string;
}

function pageOf(n: number): Page {
  const words = WORDS.filter((_, i) => n % (i + 2) === 0).join(' ');
  return {
    url: `https://site${n % 97}.example/${n}`,
    content: `<title>Page ${n} ${words}</title><p>Bench number${n}: ${`${words} and `.repeat(12)}</p>`,
    contentType: 'text/html',
  };
}

interface Answer {
  readonly partial?: boolean;
  readonly results: readonly { readonly url: string }[];
}

export class ClusterLoad {
  readonly acknowledged: Set<string> = new Set();
  readonly latencies_ms: number[] = [];
  failedQueries = 0;
  /** Writes that a host which is there answered with an error, each of which was asked again of another. */
  refusedWrites = 0;
  lastRefusal = '';
  partialAnswers = 0;
  /** Whole answers that miss a document which had been acknowledged before they were asked for. */
  wrongAnswers = 0;
  /** The longest time in which no write was acknowledged while some were asked for. */
  longestPause_ms = 0;
  readonly #hosts: readonly HostProcess[];
  readonly #away = new Set<HostProcess>();
  readonly #numbers: number[] = [];
  #lastWrite_ms = 0;
  #next = 0;

  constructor(hosts: readonly HostProcess[]) {
    this.#hosts = hosts;
  }

  /** Through any host that answers, as often as it takes. */
  async write(): Promise<void> {
    const n = this.#next++;
    const page = pageOf(n);
    for (let attempt = 0; ; attempt++) {
      const host = must(this.#hosts[(n + attempt) % this.#hosts.length], 'a host');
      const response = await this.#post(host, page);
      if (response?.ok === true) break;
      if (!this.#away.has(host)) {
        this.refusedWrites += 1;
        this.lastRefusal = `${host.name} ${response?.status ?? 0} ${(await response?.text().catch(() => '')) ?? ''}`;
      }
      if (attempt > 400)
        throw new Error(`${page.url} could be written nowhere: ${response?.status ?? 'no answer'}`);
      await pause(100);
    }
    const now_ms = performance.now();
    if (this.#lastWrite_ms > 0)
      this.longestPause_ms = Math.max(this.longestPause_ms, now_ms - this.#lastWrite_ms);
    this.#lastWrite_ms = now_ms;
    this.acknowledged.add(page.url);
    this.#numbers.push(n);
  }

  /** A search for two words. */
  async ask(): Promise<void> {
    await this.#search(`${anyWord()} ${anyWord()}`);
  }

  /** A search for one document that was acknowledged before. */
  async askForOne(): Promise<void> {
    if (this.#numbers.length === 0) return pause(50);
    const n = must(this.#numbers[randomInt(this.#numbers.length)], 'a document');
    const answer = await this.#search(`number${n}`);
    if (answer === undefined || answer.partial === true) return;
    if (!answer.results.some(({ url }) => url === pageOf(n).url)) this.wrongAnswers += 1;
  }

  /** Who asks a host that is away asks another one. */
  leaves(host: HostProcess): void {
    this.#away.add(host);
  }

  returns(host: HostProcess): void {
    this.#away.delete(host);
  }

  async kill(host: HostProcess): Promise<void> {
    this.leaves(host);
    await host.kill();
  }

  async revive(host: HostProcess): Promise<void> {
    await host.start();
    this.returns(host);
  }

  /** Writes and asks until the harm is done. */
  async while(harm: () => Promise<void>, writers = 4): Promise<void> {
    const end = { isReached: false };
    const forever = async (work: () => Promise<void>): Promise<void> => {
      while (!end.isReached) await work();
    };
    this.#lastWrite_ms = performance.now();
    const work = [
      ...Array.from({ length: writers }, () => forever(() => this.write())),
      forever(() => this.ask()),
      forever(() => this.askForOne()),
    ];
    await harm().finally(() => (end.isReached = true));
    await Promise.all(work);
    this.#lastWrite_ms = 0;
  }

  /** Only asks, until the harm is done. */
  async asking(readers: number, harm: () => Promise<void>): Promise<void> {
    const end = { isReached: false };
    const reader = async (): Promise<void> => {
      while (!end.isReached) await this.ask();
    };
    const reading = Array.from({ length: readers }, reader);
    await harm().finally(() => (end.isReached = true));
    await Promise.all(reading);
  }

  /** Documents that a host misses or finds twice, at the worst of all hosts. */
  async count(): Promise<{ readonly lost: number; readonly duplicates: number }> {
    let [lost, duplicates] = [0, 0];
    for (const host of this.#hosts) {
      const found = await this.everything(host);
      const distinct = new Set(found);
      duplicates = Math.max(duplicates, found.length - distinct.size);
      lost = Math.max(lost, [...this.acknowledged].filter((url) => !distinct.has(url)).length);
    }
    return { lost, duplicates };
  }

  /** The URLs of all documents, as a host finds them. */
  async everything(host: HostProcess): Promise<string[]> {
    const response = await fetch(`${host.origin}/search?stream=1&q=bench`);
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    return lines.flatMap((line) => (JSON.parse(line) as { url?: string }).url ?? []);
  }

  async #search(query: string): Promise<Answer | undefined> {
    const up = this.#hosts.filter((host) => !this.#away.has(host));
    const host = must(up[randomInt(up.length)], 'a host that is up');
    const began_ms = performance.now();
    const response = await fetch(`${host.origin}/search?format=json&q=${encodeURIComponent(query)}`, {
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined);
    const answer =
      response?.ok === true ? await (response.json() as Promise<Answer>).catch(() => undefined) : undefined;
    this.latencies_ms.push(performance.now() - began_ms);
    // Who asks a host in the moment in which it goes asks another one.
    if (answer === undefined && !this.#away.has(host)) this.failedQueries += 1;
    if (answer?.partial === true) this.partialAnswers += 1;
    return answer;
  }

  async #post(host: HostProcess, page: Page): Promise<Response | undefined> {
    if (this.#away.has(host)) return undefined;
    return fetch(`${host.origin}/inject`, {
      method: 'POST',
      headers: { authorization: `Bearer ${host.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(page),
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined);
  }
}
