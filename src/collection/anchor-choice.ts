/**
 * Which of the texts that lead to a page are worth indexing with it: those of other sites by how many sites say them,
 * a few of its own site that say more than its title does. A text that leads to many pages ("read more", in whatever
 * language) says nothing of any of them.
 */

import { hashString32 } from '../base/index.ts';
import type { InboundAnchor } from '../document/index.ts';
import type { TargetLinks } from './link-scan.ts';

const MAX_FOREIGN = 16;
const MAX_OWN = 4;
const MAX_CHARACTERS = 120;
const COUNTERS = 2 ** 20;
/** A text that leads to more pages than this, and to more than that share of all, is nobody's name. */
const COMMON_TARGETS = 8;
const COMMON_SHARE = 0.01;

/** How many pages each text leads to, never too few: texts share counters. */
export class TextTargets {
  readonly #counts = new Uint16Array(COUNTERS);

  /** Tells of the texts that lead to one page. */
  add(texts: ReadonlySet<string>): void {
    for (const text of texts) {
      const at = hashString32(text) % COUNTERS;
      this.#counts[at] = Math.min(0xffff, (this.#counts[at] as number) + 1);
    }
  }

  isCommon(text: string, pages: number): boolean {
    const targets = this.#counts[hashString32(text) % COUNTERS] as number;
    return targets > Math.max(COMMON_TARGETS, Math.min(0xfffe, COMMON_SHARE * pages));
  }
}

/** As texts are compared and kept. */
export function anchorText(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  // An address says nothing that the address does not say.
  return /^(?:https?:\/\/|www\.)\S*$/i.test(plain) || plain.length > MAX_CHARACTERS ? '' : plain;
}

/** The texts of a page's links. */
export function textsOf({ links }: TargetLinks): Set<string> {
  return new Set(links.map(({ text }) => anchorText(text).toLowerCase()).filter((text) => text !== ''));
}

/** The anchors of a page, the most said first; the same for the same links. */
export function chooseAnchors(
  target: TargetLinks,
  targets: TextTargets,
  pages: number,
): readonly InboundAnchor[] {
  const said = new Map<string, { text: string; foreign: Set<number>; own: number }>();
  for (const { text: raw, nofollow, inMenu, sourceHost, sourceSlot } of target.links) {
    const text = anchorText(raw);
    if (nofollow || text === '') continue;
    const key = text.toLowerCase();
    const known = said.get(key) ?? { text, foreign: new Set<number>(), own: 0 };
    said.set(key, known);
    if (sourceSlot !== target.domainSlot) known.foreign.add(sourceHost);
    else known.own += inMenu ? 0.1 : 1;
  }
  const useful = [...said.entries()].filter(([key]) => !targets.isCommon(key, pages)).map(([, use]) => use);
  const foreign = useful
    .filter((use) => use.foreign.size > 0)
    .sort((a, b) => b.foreign.size - a.foreign.size || (a.text < b.text ? -1 : 1))
    .slice(0, MAX_FOREIGN)
    .map((use): InboundAnchor => ({ text: use.text, isOwnSite: false, sites: use.foreign.size }));
  const own = useful
    .filter((use) => use.own > 0)
    .sort((a, b) => b.own - a.own || (a.text < b.text ? -1 : 1))
    .slice(0, MAX_OWN)
    .map((use): InboundAnchor => ({ text: use.text, isOwnSite: true, sites: 1 }));
  return [...foreign, ...own];
}

/** Leaves out what the page's own site says in words of the title. */
export function withoutTitle(anchors: readonly InboundAnchor[], title: string): readonly InboundAnchor[] {
  const known = new Set(wordsOf(title));
  return anchors.filter(
    ({ isOwnSite, text }) => !isOwnSite || wordsOf(text).some((word) => !known.has(word)),
  );
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
