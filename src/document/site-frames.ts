/**
 * Remembers of each site which blocks its pages repeat: notices, teasers and footers that neither name nor place gives away.
 * In memory and bounded; what is forgotten, or lost with the program, is learned again from the next pages of the site.
 */

import { hashString32 } from '../base/index.ts';
import type { BuiltDocument } from './document.ts';
import { fingerprintHalves, isNearAny } from './near-duplicates.ts';

/** Sites that are remembered, those that came last. */
const MAX_SITES = 1024;
/** Blocks of a site; those that stood on one page alone are forgotten first. */
const MAX_BLOCKS = 256;
/** Pages that are counted before all counts are halved: a site may change its frame. */
const MAX_PAGES = 256;
/** Pages, and part of all of a site, on which a block of its frame has stood. */
const LEAST_PAGES = 4;
const LEAST_SHARE = 0.5;
/** Pages of a site that came last, none of which another that says nearly the same counts beside. */
const RECENT_PAGES = 16;

/** What is learned from a page. */
export type FramedPage = Pick<BuiltDocument, 'url' | 'fingerprint' | 'edges'>;

const NOTHING = new Uint32Array(0);

interface SiteFrame {
  /** Hashes of addresses that were counted. */
  readonly pages: Set<number>;
  /** Fingerprints of the last of them, in halves. */
  readonly recent: Int32Array;
  /** Pages that were counted, all of them. */
  learned: number;
  /** Pages that were counted: of those before the last halving half. */
  count: number;
  /** Pages on which a block stood, by its hash. */
  readonly blocks: Map<number, number>;
}

export class SiteFrames {
  /** The site that came last stands last. */
  readonly #sites = new Map<string, SiteFrame>();

  /** Hashes of the blocks that pages of `host` repeat; undefined where none are known. */
  frameOf(host: string): Uint32Array | undefined {
    const site = this.#sites.get(host);
    if (site === undefined || site.count < LEAST_PAGES) return undefined;
    const least = Math.max(LEAST_PAGES, site.count * LEAST_SHARE);
    const repeated: number[] = [];
    site.blocks.forEach((pages, hash) => {
      if (pages >= least) repeated.push(hash);
    });
    return repeated.length === 0 ? undefined : Uint32Array.from(repeated);
  }

  /** Takes in a page of `host`. It counts once, however often it comes and under however many addresses. */
  learn(host: string, { url, fingerprint, edges = NOTHING }: FramedPage): void {
    if (edges.length === 0) return;
    const site = this.#siteOf(host);
    const page = hashString32(url);
    const halves = fingerprintHalves(fingerprint);
    const { recent, learned } = site;
    const isNear = isNearAny(halves, recent, Math.min(learned, RECENT_PAGES));
    if (isNear || site.pages.has(page)) return;
    if (site.pages.size >= MAX_PAGES) halve(site);
    site.pages.add(page);
    recent.set(halves, (learned % RECENT_PAGES) * 2);
    site.learned += 1;
    site.count += 1;
    for (const hash of edges) {
      const seen = site.blocks.get(hash) ?? 0;
      // Taken out and put back: what was seen last stands last.
      site.blocks.delete(hash);
      site.blocks.set(hash, seen + 1);
    }
    forgetSingles(site.blocks);
  }

  #siteOf(host: string): SiteFrame {
    const known = this.#sites.get(host);
    if (known !== undefined) this.#sites.delete(host);
    else if (this.#sites.size >= MAX_SITES) {
      for (const oldest of this.#sites.keys()) {
        this.#sites.delete(oldest);
        break;
      }
    }
    const site = known ?? {
      pages: new Set<number>(),
      recent: new Int32Array(RECENT_PAGES * 2),
      learned: 0,
      count: 0,
      blocks: new Map<number, number>(),
    };
    this.#sites.set(host, site);
    return site;
  }
}

function halve(site: SiteFrame): void {
  site.pages.clear();
  site.count /= 2;
  for (const [hash, pages] of site.blocks) {
    if (pages < 2) site.blocks.delete(hash);
    else site.blocks.set(hash, pages / 2);
  }
}

/** Keeps the blocks of a site within their bound: the rarest go, of those the ones that were seen longest ago. */
function forgetSingles(blocks: Map<number, number>): void {
  for (let rarest = 1; blocks.size > MAX_BLOCKS; rarest *= 2) {
    for (const [hash, pages] of blocks) {
      if (blocks.size <= MAX_BLOCKS) return;
      if (pages <= rarest) blocks.delete(hash);
    }
  }
}
