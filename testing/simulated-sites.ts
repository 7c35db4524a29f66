/** A web of sites as it is: names of one to three words, joined or not in the host, front pages that say next to nothing. */

import { type Random, seededRandom } from '../src/base/index.ts';

export interface SimulatedSite {
  readonly home: string;
  /** How people ask for it. */
  readonly names: readonly string[];
}

const FIRST =
  `amber blue cedar delta ember frost golden harbor iron jasper kestrel lunar maple north ocean pine quartz
  river silver tidal umber violet willow xenon yellow zephyr alpine bright copper dusty`.split(/\s+/);
const SECOND =
  `anchor bakery canyon dental estates forge gardens hotels insurance jewelry kitchen logistics motors
  networks outfitters pharmacy quarry records software travel union vision works yachts analytics bikes coffee`.split(
    /\s+/,
  );
const THIRD = ['', '', 'group', 'online', 'labs', 'direct'];
const SUFFIXES = ['com', 'org', 'net', 'de', 'co.uk'];

/** `count` sites with a thin front page and some that talk about them, by URL; the same for the same seed. */
export function simulatedWeb(
  count: number,
  seed: number,
): {
  readonly pages: Readonly<Record<string, string>>;
  readonly sites: readonly SimulatedSite[];
} {
  const random = seededRandom(seed);
  const pages: Record<string, string> = {};
  const sites: SimulatedSite[] = [];
  const taken = new Set<string>();
  while (sites.length < count) {
    const words = [pick(random, FIRST), pick(random, SECOND), pick(random, THIRD)].filter(
      (word) => word !== '',
    );
    const joined = words.join('');
    if (taken.has(joined)) continue;
    taken.add(joined);
    sites.push(addSite(random, pages, words, sites));
  }
  return { pages, sites };
}

function addSite(
  random: Random,
  pages: Record<string, string>,
  words: readonly string[],
  before: readonly SimulatedSite[],
): SimulatedSite {
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
  const label = words.join(random.below(3) === 0 ? '-' : '');
  const host = `${random.below(2) === 0 ? 'www.' : ''}${label}.${pick(random, SUFFIXES)}`;
  const home = `https://${host}/`;
  const titles = [name, `Welcome | ${name}`, `${name} - Home`, 'Home'];
  pages[home] = page(pick(random, titles), 'Welcome. Please enter.');
  // Inner pages say the name far more often than the front page does.
  for (const topic of ['about', 'news', 'contact']) {
    pages[`${home}${topic}`] = page(
      `${name} ${topic}`,
      `${name} ${topic}: what ${name} does, who works for ${name}, and how ${name} can be reached. `.repeat(
        3,
      ),
    );
  }
  const other = before[random.below(Math.max(1, before.length))];
  if (other !== undefined) {
    pages[`${other.home}partners/${label}`] = page(
      `Our partner ${name}`,
      `${name} is a partner of ours. ${name} and we have worked together for years; ask for ${name}.`,
    );
  }
  return { home, names: [words.join(' '), words.join(''), host.replace(/^www\./, '')] };
}

function page(title: string, text: string): string {
  return `<html lang="en"><title>${title}</title><body><p>${text}</p></body></html>`;
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)] as T;
}
