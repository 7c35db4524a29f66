/** Runs an {@link IndexQuery} over segments: the first stage of a search, all of it in one call of the kernels. */

import type { DocId } from '../base/index.ts';
import type { QueryMemory } from './query-memory.ts';
import type { Clause } from './clause.ts';
import type { IndexQuery } from './index-query.ts';
import {
  EVERY_GROUP,
  P_BLOCKS_READ,
  P_HEAP_COUNT,
  P_MATCHES,
  P_PARTIAL,
  P_POSITIONS_READ,
  P_PRUNED,
  P_RESULTS,
  R_CONTENT,
  R_DOC,
  R_DOC_ID_HIGH,
  R_DOC_ID_LOW,
  R_RANKS,
  R_SCORE,
  R_SEGMENT,
  R_SITE,
  RESULT_BYTES,
} from './kernels/layout.ts';
import { joinDocId } from './document-table.ts';
import type { SearchTarget } from './program-writer.ts';
import { homeBonus } from './ranking-model.ts';

/** A document among the best of the first stage. */
export interface FirstStageHit {
  readonly docId: DocId;
  readonly score: number;
  /** Place of its segment in the list that was searched. */
  readonly segment: number;
  readonly document: number;
  readonly siteHash: number;
  readonly contentHash: number;
  readonly language: number;
}

export interface FirstStageResult {
  /** Best first; equal scores by ascending docId. */
  readonly hits: readonly FirstStageHit[];
  readonly matches: number;
  readonly isPruned: boolean;
  readonly isPartial: boolean;
  readonly blocksRead: number;
  readonly positionsRead: number;
}

/**
 * Runs the first stage: the best `limit` documents by weighed terms, best first. At the address `collect`, where it is
 * not 0, all matches of the one target are marked as bits; nothing may be pruned then. At the address `shared`, where it
 * is not 0, threads that search other segments for the same query tell the score that is too little. At `rescoring`, where
 * it is not 0, is a program of the second stage, which all matches are asked for; scores have its features then.
 */
export function runFirstStage(
  memory: QueryMemory,
  query: IndexQuery,
  limit: number,
  targets: readonly SearchTarget[],
  collect = 0,
  shared = 0,
  rescoring = 0,
): FirstStageResult {
  const { program, segments } = memory.programs.write(
    limit === 0 ? asCount(query) : query,
    limit,
    targets,
    collect,
    shared,
    rescoring,
  );
  memory.kernels.search(program, segments, targets.length);
  memory.programs.ended();
  return readResult(memory, program);
}

/** The same matches without scores. */
function asCount(query: IndexQuery): IndexQuery {
  if (query.required.length > 0) return { ...query, scored: [] };
  const home = query.home === undefined || homeBonus(query) === 0 ? [] : [query.home.hash];
  const clauses = query.scored
    .flatMap(({ stem, surface }) => (surface === undefined ? [stem] : [stem, surface]))
    .concat(home)
    .map((hash): Clause => ({ kind: 'term', hash, groups: EVERY_GROUP }));
  return { ...query, scored: [], required: [{ kind: 'any', clauses }] };
}

function readResult({ linear }: QueryMemory, program: number): FirstStageResult {
  const { words, floats } = linear;
  const at = program >> 2;
  const results = words[at + (P_RESULTS >> 2)] as number;
  const past = results + (words[at + (P_HEAP_COUNT >> 2)] as number) * RESULT_BYTES;
  const hits: FirstStageHit[] = [];
  for (let result = results; result < past; result += RESULT_BYTES) {
    const word = result >> 2;
    hits.push({
      docId: joinDocId(
        words[word + (R_DOC_ID_HIGH >> 2)] as number,
        words[word + (R_DOC_ID_LOW >> 2)] as number,
      ),
      score: floats[(result + R_SCORE) >> 3] as number,
      segment: words[word + (R_SEGMENT >> 2)] as number,
      document: words[word + (R_DOC >> 2)] as number,
      siteHash: (words[word + (R_SITE >> 2)] as number) >>> 0,
      contentHash: (words[word + (R_CONTENT >> 2)] as number) >>> 0,
      language: (words[word + (R_RANKS >> 2)] as number) & 0xffff,
    });
  }
  return {
    hits,
    matches: words[at + (P_MATCHES >> 2)] as number,
    isPruned: words[at + (P_PRUNED >> 2)] === 1,
    isPartial: words[at + (P_PARTIAL >> 2)] === 1,
    blocksRead: words[at + (P_BLOCKS_READ >> 2)] as number,
    positionsRead: words[at + (P_POSITIONS_READ >> 2)] as number,
  };
}
