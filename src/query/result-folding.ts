/** Folds away results that add nothing: the same text again, and more than enough of one site. */

import { hashString32 } from '../base/index.ts';
import type { IndexHit } from '../index/index.ts';

/** A hit, and what was folded away behind it. */
export interface KeptHit {
  readonly hit: IndexHit;
  readonly moreOfSite: number;
  readonly copies: number;
}

export interface FoldedHits {
  readonly kept: readonly KeptHit[];
  readonly folded: number;
}

/** Pages without main text are all equal, and no duplicates of each other. */
const NO_TEXT: ReadonlySet<number> = new Set([0, hashString32('')]);

/** `perSite` 0 keeps all. The best of each kind stays, in order; what is folded counts with the last of its kind. */
export function foldHits(
  hits: readonly IndexHit[],
  options: { readonly duplicates: boolean; readonly perSite: number },
): FoldedHits {
  const texts = new Map<number, { copies: number }>();
  const ofSite = new Map<number, { count: number; last: { moreOfSite: number } }>();
  const kept: KeptHit[] = [];
  for (const hit of hits) {
    const { contentHash, siteHash } = hit;
    const own = { hit, moreOfSite: 0, copies: 0 };
    if (options.duplicates && !NO_TEXT.has(contentHash)) {
      const same = texts.get(contentHash);
      if (same !== undefined) {
        same.copies += 1;
        continue;
      }
      texts.set(contentHash, own);
    }
    const site = ofSite.get(siteHash);
    if (options.perSite > 0 && site !== undefined && site.count >= options.perSite) {
      site.last.moreOfSite += 1;
      continue;
    }
    ofSite.set(siteHash, { count: (site?.count ?? 0) + 1, last: own });
    kept.push(own);
  }
  return { kept, folded: hits.length - kept.length };
}

export function areOfOneSite(hits: readonly IndexHit[]): boolean {
  return hits.every(({ siteHash }) => siteHash === hits[0]?.siteHash);
}
