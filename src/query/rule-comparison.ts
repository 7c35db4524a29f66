/** A change of rules tried on saved queries before it is live: both answers side by side, and what each is worth. */

import { urlKey } from '../document/index.ts';
import type { SearchResponse } from './search-contract.ts';
import type { JudgedQuery } from './search-rules.ts';

/** Results that are compared. */
export const COMPARED_RESULTS = 10;

export interface RankedPage {
  readonly url: string;
  readonly title: string;
  /** Place in the other answer, from 1; 0 where it is not among the first. */
  readonly otherPlace: number;
}

export interface QueryComparison {
  readonly query: string;
  readonly live: readonly RankedPage[];
  readonly candidate: readonly RankedPage[];
  /** Of the first ten; undefined where nothing was judged. */
  readonly liveNdcg: number | undefined;
  readonly candidateNdcg: number | undefined;
}

export interface RuleComparison {
  readonly queries: readonly QueryComparison[];
  /** Queries whose first ten differ. */
  readonly changed: number;
  /** Means over the judged queries; undefined where there are none. */
  readonly liveNdcg: number | undefined;
  readonly candidateNdcg: number | undefined;
}

type Ask = (query: string) => Promise<SearchResponse>;

export async function compareAnswers(
  queries: readonly JudgedQuery[],
  live: Ask,
  candidate: Ask,
): Promise<RuleComparison> {
  const compared: QueryComparison[] = [];
  for (const judged of queries) {
    const before = (await live(judged.query)).results;
    const after = (await candidate(judged.query)).results;
    compared.push({
      query: judged.query,
      live: side(before, after),
      candidate: side(after, before),
      liveNdcg: ndcg(
        before.map(({ url }) => url),
        judged.judgements,
      ),
      candidateNdcg: ndcg(
        after.map(({ url }) => url),
        judged.judgements,
      ),
    });
  }
  return {
    queries: compared,
    changed: compared.filter(
      (one) =>
        one.live.length !== one.candidate.length || one.live.some((page, i) => page.otherPlace !== i + 1),
    ).length,
    liveNdcg: mean(compared.map((one) => one.liveNdcg)),
    candidateNdcg: mean(compared.map((one) => one.candidateNdcg)),
  };
}

function side(own: SearchResponse['results'], other: SearchResponse['results']): RankedPage[] {
  return own.map(({ url, title }) => ({
    url,
    title: title.text,
    otherPlace: other.findIndex((result) => result.url === url) + 1,
  }));
}

/** Discounted gain of the first ten against that of the best order. An address is known with `www.` and without, as by `url:`. */
export function ndcg(
  urls: readonly string[],
  judgements: Readonly<Record<string, number>> | undefined,
): number | undefined {
  const gradeOf = new Map(Object.entries(judgements ?? {}).map(([url, grade]) => [urlKey(url), grade]));
  const grades = [...gradeOf.values()].filter((grade) => grade > 0);
  if (grades.length === 0) return undefined;
  const best = gain(grades.toSorted((a, b) => b - a));
  return gain(urls.map((url) => gradeOf.get(urlKey(url)) ?? 0)) / best;
}

function gain(grades: readonly number[]): number {
  return grades
    .slice(0, COMPARED_RESULTS)
    .reduce((sum, grade, place) => sum + Math.max(0, grade) / Math.log2(place + 2), 0);
}

function mean(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, number) => sum + number, 0) / known.length;
}
