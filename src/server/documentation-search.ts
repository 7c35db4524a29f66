/** Search in the documentation: its sections, by the words and stems of the program's own text analysis. */

import { stem, wordsOf } from '../text/index.ts';
import { anchorOf, markdownOf, writtenPages } from './documentation.ts';

export interface FoundSection {
  /** Page and anchor: `crawling#url-rules`. */
  readonly target: string;
  readonly page: string;
  readonly heading: string;
  /** The sentence or line that holds most of the words. */
  readonly text: string;
}

interface Section extends Omit<FoundSection, 'text'> {
  readonly lines: readonly string[];
  /** How often each stem occurs; those of headings count as several. */
  readonly stems: ReadonlyMap<string, number>;
  readonly length: number;
}

const FOUND_MAX = 20;
const HEADING_WEIGHT = 6;
/** BM25 with its usual constants: sections differ much in length. */
const K1 = 1.2;
const B = 0.75;

let known: readonly Section[] | undefined;

/** The best sections first; those that hold none of the words are left out. */
export function searchDocumentation(query: string): readonly FoundSection[] {
  known ??= writtenPages().flatMap(([path, name]) => sectionsOf(path, name, markdownOf(path) ?? ''));
  const sections = known;
  const wanted = [...new Set(stemsOf(query))];
  const mean = sections.reduce((sum, { length }) => sum + length, 0) / Math.max(1, sections.length);
  const scored = sections.map((section) => {
    let score = 0;
    for (const one of wanted) {
      const times = section.stems.get(one) ?? 0;
      if (times === 0) continue;
      const having = sections.filter(({ stems }) => stems.has(one)).length;
      const worth = Math.log(1 + (sections.length - having + 0.5) / (having + 0.5));
      score += (worth * times * (K1 + 1)) / (times + K1 * (1 - B + (B * section.length) / mean));
    }
    return { section, score };
  });
  return scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, FOUND_MAX)
    .map(({ section: { target, page, heading, lines } }) => ({
      target,
      page,
      heading,
      text: bestLine(lines, wanted),
    }));
}

function sectionsOf(path: string, name: string, markdown: string): readonly Section[] {
  const sections: Section[] = [];
  let heading = name;
  let lines: string[] = [];
  const end = (): void => {
    const body = lines.map(plain).filter((line) => line !== '');
    const stems = new Map<string, number>();
    const all = stemsOf(body.join('\n'));
    for (const one of all) stems.set(one, (stems.get(one) ?? 0) + 1);
    for (const one of stemsOf(`${name} ${heading}`)) stems.set(one, (stems.get(one) ?? 0) + HEADING_WEIGHT);
    sections.push({
      target: `${path}#${anchorOf(heading)}`,
      page: name,
      heading: plain(heading),
      lines: body,
      stems,
      length: Math.max(1, all.length),
    });
    lines = [];
  };
  for (const line of markdown.split('\n')) {
    const [, title] = /^#{1,3} (.+)$/.exec(line) ?? [];
    if (title === undefined) lines.push(line);
    else {
      if (lines.length > 0) end();
      heading = title;
    }
  }
  end();
  return sections;
}

const stemsOf = (text: string): readonly string[] => wordsOf(text).map((word) => stem(word, 'en'));

function bestLine(lines: readonly string[], wanted: readonly string[]): string {
  const held = (line: string): number => {
    const own = new Set(stemsOf(line));
    return wanted.filter((one) => own.has(one)).length;
  };
  return lines.reduce((best, line) => (held(line) > held(best) ? line : best), lines[0] ?? '');
}

/** A line of Markdown as it is read: without its signs. */
function plain(line: string): string {
  return line
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(?:[-*]|\d+\.)\s+|^\|[\s:|-]+\|$|```\w*|[`*]/g, '')
    .replace(/^\||\|$/g, '')
    .replace(/\s*\|\s*/g, ' · ')
    .trim();
}
