/** What other pages say of a document: indexed with it, from a record of its own. */

export interface InboundAnchor {
  readonly text: string;
  /** Said by pages of the document's own site. */
  readonly isOwnSite: boolean;
  /** How many sites say it, at least 1. */
  readonly sites: number;
}

export interface Inbound {
  /** Standing in the link graph, 0 … 255; 128: a page like any other. */
  readonly rank: number;
  readonly anchors: readonly InboundAnchor[];
}

export const NEUTRAL_RANK = 128;
/** A text that many sites say stands so often in the index at most. */
const MAX_REPEATS = 4;

/** How often an anchor text counts: once, and once more for each doubling of the sites that say it. */
export function repeatsOf({ sites }: InboundAnchor): number {
  return Math.min(MAX_REPEATS, 1 + Math.floor(Math.log2(Math.max(1, sites))));
}
