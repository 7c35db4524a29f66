/** Pages that weigh and read like pages of the web, made from a seed: for benches and simulated webs. */

import { type Random, seededRandom } from '../src/base/index.ts';

/** The commonest words of English, in their order: they tell the language, and make the text's curve of frequencies. */
const COMMON = (
  'the of and to in is that for it as was with be by on not he his but at are this have from or had an they which ' +
  'one you were her all she there would their we him been has when who will more no if out so said what up its about'
).split(' ');
const SYLLABLES =
  'ba ce di fo gu har len mi nor pel qua ris sto tan ul ver win yor zel ark est ing ton ly'.split(' ');
const VOCABULARY_WORDS = 20_000;
/** Markup between the words, as menus, classes and scripts of real pages weigh. */
const SENTENCE_WORDS = 14;

export interface PageShape {
  readonly title: string;
  readonly links: readonly { readonly href: string; readonly text: string }[];
  /** Size of the whole page, about. */
  readonly size_bytes: number;
}

/** Writes pages; the same seed writes the same pages in the same order. */
export class PageWriter {
  readonly #random: Random;
  readonly #words: readonly string[];
  readonly #steps: Float64Array;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#words = vocabulary(this.#random);
    this.#steps = zipfSteps(this.#words.length);
  }

  /** A size around `median_bytes` as sizes of pages are spread: half of them between a half and two times of it. */
  size(median_bytes: number): number {
    const normal =
      Math.sqrt(-2 * Math.log(1 - this.#random.unit())) * Math.cos(2 * Math.PI * this.#random.unit());
    return Math.round(Math.min(8, Math.max(0.1, Math.exp(0.7 * normal))) * median_bytes);
  }

  word(): string {
    const at = this.#random.unit();
    let low = 0;
    let high = this.#steps.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#steps[middle] ?? 1) < at) low = middle + 1;
      else high = middle;
    }
    return this.#words[low] ?? '';
  }

  sentence(words: number = SENTENCE_WORDS): string {
    const text = Array.from({ length: words }, () => this.word()).join(' ');
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  }

  /** About two fifths of a page are its text, the rest is what stands around it. */
  page({ title, links, size_bytes }: PageShape): string {
    const parts = [
      `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
      `<meta name="description" content="${this.sentence()}"><meta name="viewport" content="width=device-width">`,
      `<style>${'.card{margin:0 auto;padding:4px 8px;border:1px solid #ccc}\n'.repeat(Math.ceil(size_bytes / 400))}</style>`,
      `</head><body class="page page--article"><header><a href="/">Home</a></header>`,
      `<nav class="menu"><ul>`,
      ...links.map(
        ({ href, text }) => `<li class="menu__item"><a class="menu__link" href="${href}">${text}</a></li>\n`,
      ),
      `</ul></nav><main><h1>${title}</h1>`,
    ];
    let size = parts.reduce((sum, part) => sum + part.length, 0) + 400;
    while (size < size_bytes) {
      const isHeading = this.#random.unit() < 0.1;
      const text = isHeading ? this.sentence(5) : `${this.sentence()} ${this.sentence()} ${this.sentence()}`;
      const part = isHeading
        ? `<h2 class="article__heading" id="${this.word()}">${text}</h2>\n`
        : `<div class="article__block" data-block="${size}"><p class="article__paragraph text text--large">${text}</p>` +
          `<span class="article__tools" aria-hidden="true" data-role="share" data-target="paragraph"></span></div>\n`;
      parts.push(part);
      size += part.length;
    }
    parts.push(
      `</main><footer class="footer"><p>${this.sentence()}</p></footer>`,
      `<script>window.dataLayer=window.dataLayer||[];window.dataLayer.push({page:"${title}"});</script></body></html>`,
    );
    return parts.join('');
  }
}

function vocabulary(random: Random): string[] {
  const words = new Set(COMMON);
  while (words.size < VOCABULARY_WORDS) {
    let word = '';
    for (let left = 2 + random.below(3); left > 0; left--)
      word += SYLLABLES[random.below(SYLLABLES.length)] ?? '';
    words.add(word);
  }
  return [...words];
}

/** Zipf's law: the n-th word comes with a share of 1/n. */
function zipfSteps(count: number): Float64Array {
  const steps = new Float64Array(count);
  let sum = 0;
  for (let at = 0; at < count; at++) steps[at] = sum += 1 / (at + 1);
  return steps.map((step) => step / sum);
}
