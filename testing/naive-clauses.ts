/** What a document holds, as plain loops over its positions: what tests hold clauses to. */

import type { AnalysedDocument } from '../src/text/analysed-document.ts';
import { ALL_GROUPS, type Clause } from '../src/index/clause.ts';

export function has(document: AnalysedDocument, hash: bigint | undefined): boolean {
  return hash !== undefined && (document.termHashes.includes(hash) || document.filterHashes.includes(hash));
}

export function positionsOf(
  { termHashes, positionStarts, positions }: AnalysedDocument,
  hash: bigint,
): Uint32Array {
  const term = termHashes.indexOf(hash);
  return term < 0 ? new Uint32Array(0) : positions.slice(positionStarts[term], positionStarts[term + 1]);
}

export function groupAt({ zoneStarts, zoneGroups }: AnalysedDocument, position: number): number {
  const zone = zoneStarts.findLastIndex((start) => start <= position);
  return zoneGroups[zone] ?? 0;
}

function isInGroups(document: AnalysedDocument, position: number, groups: number): boolean {
  return groups === ALL_GROUPS || ((groups >> groupAt(document, position)) & 1) === 1;
}

export function meets(document: AnalysedDocument, clause: Clause): boolean {
  if (clause.kind === 'filter') return has(document, clause.hash);
  if (clause.kind === 'any') return clause.clauses.some((inner) => meets(document, inner));
  if (clause.kind === 'all') return clause.clauses.every((inner) => meets(document, inner));
  if (clause.kind === 'not') return !meets(document, clause.clause);
  if (clause.kind === 'near') {
    const [left, right] = clause.hashes.map((hash) => positionsOf(document, hash));
    return (left ?? new Uint32Array(0)).some((a) =>
      right?.some((b) => (clause.isOrdered ? b > a : b !== a) && Math.abs(a - b) <= clause.distance),
    );
  }
  if (clause.kind === 'term') {
    if (clause.groups === ALL_GROUPS) return has(document, clause.hash);
    return positionsOf(document, clause.hash).some((at) => isInGroups(document, at, clause.groups));
  }
  const [lead = 0n, ...others] = clause.hashes;
  const from = clause.offsets[0] ?? 0;
  return positionsOf(document, lead).some(
    (at) =>
      isInGroups(document, at, clause.groups) &&
      others.every((hash, i) =>
        positionsOf(document, hash).includes(at + (clause.offsets[i + 1] ?? 0) - from),
      ),
  );
}
