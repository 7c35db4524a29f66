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
function anchorText(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  // An address says nothing that the address does not say.
  return /^(?:https?:\/\/|www\.)\S*$/i.test(plain) || plain.length > MAX_CHARACTERS ? '' : plain;
}

/** The texts of a page's links. */
export function textsOf({ texts }: TargetLinks): Set<string> {
  return new Set(texts.map((text) => anchorText(text).toLowerCase()).filter((text) => text !== ''));
}

/** What is said of a page in one text. */
interface Saying {
  readonly text: string;
  /** Hosts of other sites that say it. */
  readonly foreign: Set<number>;
  /** By pages of its own site. */
  own: number;
}

/** The anchors of a page, the most said first; the same for the same links. */
export function chooseAnchors(
  target: TargetLinks,
  targets: TextTargets,
  pages: number,
): readonly InboundAnchor[] {
  const said = new Map<string, Saying>();
  // Of each text as it was written, once it was met: undefined, or what is said by it; null where it says nothing.
  const byText: (Saying | null | undefined)[] = [];
  for (let link = 0; link < target.count; link++) {
    if (target.isNofollow[link] !== 0) continue;
    const number = target.textOf[link] as number;
    let saying = byText[number];
    if (saying === undefined) {
      saying = sayingOf(target.texts[number] ?? '', said);
      byText[number] = saying;
    }
    if (saying === null) continue;
    if (target.slots[link] !== target.domainSlot) saying.foreign.add(target.hosts[link] as number);
    else saying.own += target.isInMenu[link] !== 0 ? 0.1 : 1;
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

function sayingOf(raw: string, said: Map<string, Saying>): Saying | null {
  const text = anchorText(raw);
  if (text === '') return null;
  const key = text.toLowerCase();
  let saying = said.get(key);
  if (saying === undefined) said.set(key, (saying = { text, foreign: new Set(), own: 0 }));
  return saying;
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
