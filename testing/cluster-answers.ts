/** Pages that a cluster is asked for, many queries for them, and what its hosts answer. */

import assert from 'node:assert/strict';

import { seededRandom } from '../src/base/index.ts';
import type { HostProcess } from './cluster-hosts.ts';
import { pause } from './cluster-load.ts';

export interface Answer {
  readonly hits: number;
  readonly urls: readonly string[];
  readonly scores: readonly number[];
  readonly didYouMean: string | undefined;
}

/** What a host answers to a search, or undefined while it does not. */
export async function search(host: HostProcess, query: string): Promise<Answer | undefined> {
  return (await ask(host, query))?.answer;
}

/** An answer of all shards: on a busy machine one may miss its deadline, and the answer says so. */
export async function searchAll(host: HostProcess, query: string): Promise<Answer | undefined> {
  let asked = await ask(host, query);
  for (let again = 0; asked?.isPartial !== false && again < 20; again++) {
    await pause(100);
    asked = await ask(host, query);
  }
  return asked?.answer;
}

async function ask(
  host: HostProcess,
  query: string,
): Promise<{ answer: Answer; isPartial: boolean } | undefined> {
  const url = `${host.origin}/search?format=json&n=5&q=${encodeURIComponent(query)}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
  if (response?.ok !== true) return undefined;
  const { hits, results, partial, didYouMean } = (await response.json()) as {
    hits: number;
    results: { url: string; docScore: number }[];
    partial: boolean;
    didYouMean?: string;
  };
  const urls = results.map((result) => result.url);
  const scores = results.map(({ docScore }) => docScore);
  return { answer: { hits, urls, scores, didYouMean }, isPartial: partial };
}

/** Until all hosts find so many. */
export async function allFind(hosts: readonly HostProcess[], query: string, hits: number): Promise<void> {
  for (const host of hosts) {
    let found = await search(host, query);
    for (let waited = 0; found?.hits !== hits && waited < 100; waited++) {
      await pause(100);
      found = await search(host, query);
    }
    assert.equal(found?.hits, hits, `host ${host.name}\n${host.log.slice(-3_000)}`);
  }
}

const ANIMALS = ['heron', 'otter', 'lynx', 'badger', 'osprey'] as const;

export function pageOf(n: number): { url: string; content: string; contentType: string } {
  const link = `<a href="https://site${(n + 1) % 7}.example/x">on</a>`;
  const words = ANIMALS.filter((_, i) => n % (i + 2) === 0).join(' and the ');
  return {
    url: `https://site${n % 7}.example/${n}`,
    content: `<title>Page ${n} ${words}</title><p>The falcon of number${n} met the ${words}. ${link}`,
    contentType: 'text/html',
  };
}

const FIXED_QUERIES = [
  'falcon',
  'heron otter',
  '"falcon of" number12',
  'lynx OR badger',
  'otter -heron',
  'osprey site:site3.example',
  'falcn',
  'hero*',
  'met NEAR/2 lynx',
  'title:badger',
  'kestrel',
  'falcon facet:site',
];
const WORDS = [...ANIMALS, 'falcon', 'met', 'page', 'the', 'kestrel', 'falcn', 'ottr', 'herons'] as const;

/** The fixed ones, and others of one to four parts by chance, all different. */
export function manyQueries(count: number, pages: number): string[] {
  const random = seededRandom(count);
  const any = <T>(list: readonly T[]): T => list[random.below(list.length)] as T;
  const part = (): string => {
    switch (random.below(10)) {
      case 0:
        return `number${random.below(pages)}`;
      case 1:
        return `"met the ${any(ANIMALS)}"`;
      case 2:
        return `${any(ANIMALS).slice(0, 3)}*`;
      case 3:
        return `title:${any(WORDS)}`;
      case 4:
        return `site:site${random.below(8)}.example`;
      case 5:
        return `${any(WORDS)} ${random.below(2) === 1 ? 'O' : ''}NEAR/${1 + random.below(6)} ${any(WORDS)}`;
      case 6:
        return `(${any(WORDS)} OR ${any(WORDS)})`;
      default:
        return any(WORDS);
    }
  };
  const queries = new Set<string>(FIXED_QUERIES);
  while (queries.size < count) {
    const parts = Array.from({ length: 1 + random.below(4) }, part);
    queries.add(parts.map((text, i) => (i > 0 && random.below(5) === 0 ? `-${text}` : text)).join(' '));
  }
  return [...queries];
}
