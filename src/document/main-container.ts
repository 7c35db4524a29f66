/** Finds the part of a page that holds its running text, by where the prose stands in the tree of its elements. */

import type { TextBlock } from './text-blocks.ts';

/** The elements of a page that hold others, by number: a parent has a lower one than its children; 0 is the page. */
export class Containers {
  readonly #parents: number[] = [0];
  /** Name and class, or style where there is none: what is repeated item by item has the same. */
  readonly #elements: string[] = [''];
  readonly #looks: string[] = [''];
  /** Comments, and forms to fill in: said about the page or beside it, not by it. */
  readonly #areBeside: boolean[] = [false];

  get length(): number {
    return this.#parents.length;
  }

  /** The number of a new container inside `parent`. */
  add(parent: number, element: string, classes: string, id: string, style: string): number {
    if (this.#parents.length >= MAX_CONTAINERS) return parent;
    this.#parents.push(parent);
    this.#elements.push(element);
    this.#looks.push(classes === '' ? style : classes);
    const isBeside =
      (this.#areBeside[parent] ?? false) ||
      element === 'form' ||
      (classes !== '' && BESIDE.test(classes)) ||
      (id !== '' && BESIDE.test(id));
    this.#areBeside.push(isBeside);
    return this.#parents.length - 1;
  }

  parent(container: number): number {
    return this.#parents[container] ?? 0;
  }

  isAlike(a: number, b: number): boolean {
    return this.#elements[a] === this.#elements[b] && this.#looks[a] === this.#looks[b];
  }

  isNameless(container: number): boolean {
    return this.#looks[container] === '';
  }

  /** Name of the element. */
  element(container: number): string {
    return this.#elements[container] ?? '';
  }

  isBeside(container: number): boolean {
    return this.#areBeside[container] ?? false;
  }
}

const MAX_CONTAINERS = 100_000;
const BESIDE =
  /(?:^|[\s_-])(?:comments?|consent|cookies?|disqus|gdpr|login|modal|newsletter|overlay|popup|respond|signup|subscribe)(?:$|[\s_-])/i;

/** Shorter blocks are labels, captions, dates. */
const LEAST_PROSE = 40;
/** What a letter of Chinese, Japanese or Korean says, in letters of an alphabet. */
const WIDE_WEIGHT = 2.5;
/** Link characters per character from which on a block is no prose. */
const LINKED = 0.4;
/** What stands beside weighs so much less than what the page says. */
const BESIDE_WEIGHT = 0.15;
/** Part of the prose that a container must hold to stand for all of it; less where the page says what it is. */
const LEAST_SHARE = 0.66;
const LEAST_NAMED_SHARE = 0.4;
const NAMED: ReadonlySet<string> = new Set(['article', 'main']);
/** A table may be the frame of a page, or one of many things in its text. */
const LEAST_TABLE_SHARE = 0.9;
/** Elements that are parts of a text, never all of it. */
const PARTS_OF_TEXT: ReadonlySet<string> = new Set([
  'ul',
  'ol',
  'dl',
  'li',
  'blockquote',
  'figure',
  'details',
]);
/** Prose right inside of a container, characters and part of all, which makes it the text's own. */
const LEAST_DIRECT = 200;
const LEAST_DIRECT_SHARE = 0.06;
/** Characters of prose from which on a page has a running text at all. */
const LEAST_RUNNING_TEXT = 250;
/** Link characters per character from which on a container inside the running text leads elsewhere. */
const LEADING_ELSEWHERE = 0.45;
/** Of the prose below the title of a page, so much may stand above it and be no part of the text. */
const MOST_ABOVE_TITLE = 0.5;
/** A part of the page that is larger than this is no aside; of nothing but links it may be larger. */
const LARGEST_ASIDE = 0.3;
const NOTHING_BUT_LINKS = 0.8;
const LARGEST_LINKED_ASIDE = 0.6;
/** Items with the same name and class are a list: one long one doesn't stand for all. Without a class they need prose. */
const LEAST_ITEMS = 2;
const LEAST_NAMELESS_ITEMS = 3;
/** Characters from which on an item is one. */
const LEAST_ITEM = 20;

/** Marks as menu what stands outside of the running text, and what inside of it only leads elsewhere. */
export function markFrame(blocks: readonly TextBlock[], containers: Containers): void {
  const tally = new Tally(blocks, containers);
  const total = tally.prose[0] ?? 0;
  if (total < LEAST_RUNNING_TEXT) return;
  const main = tally.main(containers);
  const isInside = insideOf(main, containers);
  const mainText = tally.text[main] ?? 0;
  const hasOwnText = ownProse(main, isInside, blocks, containers) >= LEAST_RUNNING_TEXT;
  const isProse = (tally.prose[main] ?? 0) >= mainText / 2;
  const leadsElsewhere = new Uint8Array(containers.length);
  for (let id = main + 1; id < containers.length; id++) {
    if (isInside[id] !== 1 || !isProse) continue;
    const text = tally.text[id] ?? 0;
    const links = tally.links[id] ?? 0;
    const largest = links > text * NOTHING_BUT_LINKS ? LARGEST_LINKED_ASIDE : LARGEST_ASIDE;
    // A short cell that is a link says something of its row.
    const isData = containers.element(id) === 'td' && text < LEAST_ITEM;
    const isAside = !isData && links > text * LEADING_ELSEWHERE && text < mainText * largest;
    const isBeside = hasOwnText && containers.isBeside(id);
    if (isAside || isBeside || leadsElsewhere[containers.parent(id)] === 1) leadsElsewhere[id] = 1;
  }
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i] as TextBlock;
    const id = block.container ?? 0;
    if (block.kind === 'menu' || block.level === 1) continue;
    if (i < tally.title || isInside[id] !== 1 || leadsElsewhere[id] === 1) block.kind = 'menu';
  }
  if (isProse) markLoneHeadings(blocks);
}

/** What each container holds, with all that is inside of it. */
class Tally {
  readonly prose: Float64Array;
  readonly text: Float64Array;
  readonly links: Float64Array;
  /** Prose that stands in the container itself, in none of those inside. */
  readonly #direct: Float64Array;
  /** Place of the title among the blocks, or 0; of the first block in each container. */
  readonly title: number;
  readonly #first: Uint32Array;
  /** Prose of all blocks before each. */
  readonly #before: Float64Array;

  constructor(blocks: readonly TextBlock[], containers: Containers) {
    this.prose = new Float64Array(containers.length);
    this.text = new Float64Array(containers.length);
    this.links = new Float64Array(containers.length);
    this.title = titleOf(blocks, containers);
    this.#first = new Uint32Array(containers.length).fill(blocks.length);
    this.#before = new Float64Array(blocks.length + 1);
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i] as TextBlock;
      const { container: id = 0, text, linkLength } = block;
      this.#before[i + 1] = this.#before[i] as number;
      if ((this.#first[id] as number) > i) this.#first[id] = i;
      if (block.kind === 'menu') continue;
      this.text[id] = (this.text[id] ?? 0) + text.length;
      this.links[id] = (this.links[id] ?? 0) + Math.min(linkLength, text.length);
      // What stands above the title of the page is said to everybody who comes by.
      const isBeside = i < this.title || containers.isBeside(id);
      const prose = proseOf(block) * (isBeside ? BESIDE_WEIGHT : 1);
      this.prose[id] = (this.prose[id] ?? 0) + prose;
      this.#before[i + 1] = (this.#before[i] as number) + prose;
    }
    this.#direct = this.prose.slice();
    const counts = countsIn(blocks, containers);
    const haveTwins = twinsIn(containers, counts);
    for (let id = containers.length - 1; id > 0; id--) {
      const parent = containers.parent(id);
      // A container around nothing but one paragraph is a paragraph, where its neighbour is one too.
      if (haveTwins[id] === 1) this.#direct[parent] = (this.#direct[parent] ?? 0) + (this.#direct[id] ?? 0);
      this.#first[parent] = Math.min(this.#first[parent] as number, this.#first[id] as number);
      addTo(this.prose, parent, id);
      addTo(this.text, parent, id);
      addTo(this.links, parent, id);
    }
  }

  /** The innermost container that holds most of the prose. */
  main(containers: Containers): number {
    const richest = new Uint32Array(containers.length);
    for (let id = containers.length - 1; id > 0; id--) {
      const parent = containers.parent(id);
      const best = richest[parent] ?? 0;
      if (best === 0 || (this.prose[id] ?? 0) > (this.prose[best] ?? 0)) richest[parent] = id;
    }
    let main = 0;
    for (;;) {
      const next = richest[main] ?? 0;
      if (next === 0 || !this.#standsFor(next, main, containers)) return main;
      main = next;
    }
  }

  /** Hardly any prose of `outer` stands outside of `inner`, and nothing that belongs to it. */
  #standsFor(inner: number, outer: number, containers: Containers): boolean {
    const element = containers.element(inner);
    if (PARTS_OF_TEXT.has(element)) return false;
    const prose = this.prose[outer] ?? 0;
    const direct = Math.max(this.#direct[outer] ?? 0, this.#leadOf(inner, outer));
    if (direct >= LEAST_DIRECT || direct >= prose * LEAST_DIRECT_SHARE) return false;
    const isNamed = NAMED.has(element) && this.#isOnly(inner, containers);
    const least = element === 'table' ? LEAST_TABLE_SHARE : isNamed ? LEAST_NAMED_SHARE : LEAST_SHARE;
    return (this.prose[inner] ?? 0) >= prose * least && !this.#isItem(inner, containers);
  }

  /** Prose between the title and `inner`, where the title is in `outer` too: the beginning of the text. */
  #leadOf(inner: number, outer: number): number {
    const first = this.#first[inner] as number;
    const isAbove = this.title > 0 && (this.#first[outer] as number) <= this.title && first > this.title;
    return isAbove ? (this.#before[first] as number) - (this.#before[this.title] as number) : 0;
  }

  /** No other element of that name holds any prose. */
  #isOnly(container: number, containers: Containers): boolean {
    const element = containers.element(container);
    for (let id = 1; id < containers.length; id++) {
      if (id !== container && containers.element(id) === element && (this.prose[id] ?? 0) > 0) return false;
    }
    return true;
  }

  /** One of several containers side by side that look the same. */
  #isItem(container: number, containers: Containers): boolean {
    const parent = containers.parent(container);
    const isNameless = containers.isNameless(container);
    const least = isNameless ? LEAST_NAMELESS_ITEMS : LEAST_ITEMS;
    let alike = 0;
    for (let id = parent + 1; id < containers.length && alike < least; id++) {
      if (containers.parent(id) !== parent || !containers.isAlike(id, container)) continue;
      const text = this.text[id] ?? 0;
      const isText = text >= LEAST_ITEM && (this.links[id] ?? 0) < text * LINKED;
      if (isText && (!isNameless || (this.prose[id] ?? 0) >= LEAST_PROSE)) alike += 1;
    }
    return alike >= least;
  }
}

/** Place of the only heading of the first level that is no menu; 0 where there is none, or much of the text stands above it. */
function titleOf(blocks: readonly TextBlock[], containers: Containers): number {
  const title = blocks.findIndex(isTitle);
  if (title <= 0 || blocks.findLastIndex(isTitle) !== title) return 0;
  let above = 0;
  let below = 0;
  blocks.forEach((block, i) => {
    const weight = containers.isBeside(block.container ?? 0) ? BESIDE_WEIGHT : 1;
    const prose = block.kind === 'menu' ? 0 : proseOf(block) * weight;
    if (i < title) above += prose;
    else below += prose;
  });
  return above < below * MOST_ABOVE_TITLE ? title : 0;
}

function isTitle({ kind, level }: TextBlock): boolean {
  return kind === 'heading' && level === 1;
}

/** Blocks in each container, with all that is inside of it. */
function countsIn(blocks: readonly TextBlock[], containers: Containers): Uint32Array {
  const counts = new Uint32Array(containers.length);
  for (const { container = 0 } of blocks) counts[container] = (counts[container] ?? 0) + 1;
  for (let id = containers.length - 1; id > 0; id--) {
    const parent = containers.parent(id);
    counts[parent] = (counts[parent] ?? 0) + (counts[id] ?? 0);
  }
  return counts;
}

/** 1 for containers of one block that look as another one right before or behind them; cells of a table never do. */
function twinsIn(containers: Containers, counts: Uint32Array): Uint8Array {
  const twins = new Uint8Array(containers.length);
  const before = new Uint32Array(containers.length);
  for (let id = 1; id < containers.length; id++) {
    const parent = containers.parent(id);
    const neighbour = before[parent] ?? 0;
    before[parent] = id;
    if (neighbour === 0 || counts[id] !== 1 || counts[neighbour] !== 1) continue;
    if (containers.element(id) === 'td' || !containers.isAlike(neighbour, id)) continue;
    twins[neighbour] = twins[id] = 1;
  }
  return twins;
}

function addTo(sum: Float64Array, parent: number, id: number): void {
  sum[parent] = (sum[parent] ?? 0) + (sum[id] ?? 0);
}

function ownProse(
  main: number,
  isInside: Uint8Array,
  blocks: readonly TextBlock[],
  containers: Containers,
): number {
  if (containers.isBeside(main)) return 0;
  return blocks.reduce((sum, block) => {
    const { container = 0, kind } = block;
    const counts = kind !== 'menu' && isInside[container] === 1 && !containers.isBeside(container);
    return counts ? sum + proseOf(block) : sum;
  }, 0);
}

function proseOf({ kind, text, linkLength }: TextBlock): number {
  if (kind === 'heading' || kind === 'caption') return 0;
  const weight = isWide(text) ? WIDE_WEIGHT : 1;
  const isProse = text.length * weight >= LEAST_PROSE && linkLength < text.length * LINKED;
  return isProse || kind === 'code' ? (text.length - linkLength) * weight : 0;
}

/** In Chinese, Japanese or Korean, by what stands at three places. */
function isWide(text: string): boolean {
  let wide = 0;
  for (let quarter = 1; quarter <= 3; quarter++) {
    const unit = text.charCodeAt((text.length * quarter) >> 2);
    if (unit >= 0x2e80 && unit <= 0xd7a3) wide += 1;
  }
  return wide >= 2;
}

function insideOf(main: number, containers: Containers): Uint8Array {
  const inside = new Uint8Array(containers.length);
  inside[main] = 1;
  for (let id = main + 1; id < containers.length; id++) {
    if (inside[containers.parent(id)] === 1) inside[id] = 1;
  }
  return inside;
}

/** A heading with nothing but menus below it is one of theirs. */
function markLoneHeadings(blocks: readonly TextBlock[]): void {
  let hasContent = false;
  let hasMenu = false;
  for (let i = blocks.length - 1; i >= 0; i--) {
    const block = blocks[i] as TextBlock;
    if (block.kind === 'menu') {
      hasMenu = true;
    } else if (block.kind !== 'heading') {
      hasContent = true;
    } else if (block.level > 1 && hasMenu && !hasContent) {
      block.kind = 'menu';
    } else {
      // The heading above may have this one as its content.
      hasContent = blocks[i - 1]?.kind === 'heading';
      hasMenu = false;
    }
  }
}
