/** Folds away results that add nothing: the same text again, and more than enough of one site. */

import { hashString32 } from '../base/index.ts';
import type { IndexHit } from '../index/index.ts';

export interface FoldedHits {
  readonly kept: readonly IndexHit[];
  readonly folded: number;
}

/** Pages without main text are all equal, and no duplicates of each other. */
const NO_TEXT: ReadonlySet<number> = new Set([0, hashString32('')]);

/** `perSite` 0 keeps all. The best of each kind stays, in order. */
export function foldHits(
  hits: readonly IndexHit[],
  options: { readonly duplicates: boolean; readonly perSite: number },
): FoldedHits {
  const texts = new Set<number>();
  const ofSite = new Map<number, number>();
  const kept = hits.filter(({ contentHash, siteHash }) => {
    if (options.duplicates && !NO_TEXT.has(contentHash)) {
      if (texts.has(contentHash)) return false;
      texts.add(contentHash);
    }
    if (options.perSite === 0) return true;
    const before = ofSite.get(siteHash) ?? 0;
    ofSite.set(siteHash, before + 1);
    return before < options.perSite;
  });
  return { kept, folded: hits.length - kept.length };
}

export function areOfOneSite(hits: readonly IndexHit[]): boolean {
  return hits.every(({ siteHash }) => siteHash === hits[0]?.siteHash);
}
