/** Tells the text of a page from its menus, and joins blocks to sections. */

import type { Section, SectionKind } from './document.ts';
import { type Containers, markFrame } from './main-container.ts';
import { edgesOf, markRepeated } from './repeated-blocks.ts';
import type { TextBlock } from './text-blocks.ts';

/** Link characters per character from which on a block is nothing but links. */
const DENSE = 0.8;
/** So many such blocks in a row are a menu. */
const LEAST_RUN = 4;
/** A block of links that is longer than this is somebody's sentence. */
const LONGEST_ENTRY = 120;
/** Characters inside `<main>` from which on the rest of the page is frame. */
const LEAST_MAIN = 200;
const MAX_SECTION_LENGTH = 8000;
/** Zones of a document are bounded, so sections are. */
const MAX_SECTIONS = 4000;

/**
 * Decides for every block whether it is menu; sets its kind. `frame` are hashes of what the site repeats; answers with those
 * of what may be found to be repeated.
 */
export function markMenus(
  blocks: readonly TextBlock[],
  containers: Containers,
  frame?: Uint32Array,
): Uint32Array {
  const mainLength = blocks.reduce((sum, { inMain, text }) => sum + (inMain ? text.length : 0), 0);
  const hasMain = mainLength >= LEAST_MAIN;
  for (const block of blocks) {
    if (block.inMenu || (hasMain && !block.inMain && block.level !== 1)) block.kind = 'menu';
  }
  const edges = edgesOf(blocks);
  if (frame !== undefined) markRepeated(blocks, frame);
  markRuns(blocks);
  markFrame(blocks, containers);
  return edges;
}

/** Lists of links: tables of contents, navigation without a name. A heading ends a run. */
function markRuns(blocks: readonly TextBlock[]): void {
  let start = 0;
  for (let i = 0; i <= blocks.length; i++) {
    const block = blocks[i];
    if (block !== undefined && isEntry(block)) continue;
    if (i - start >= LEAST_RUN) {
      for (let entry = start; entry < i; entry++) (blocks[entry] as TextBlock).kind = 'menu';
    }
    start = i + 1;
  }
}

function isEntry({ kind, text, linkLength }: TextBlock): boolean {
  if (kind === 'menu') return true;
  if (kind === 'heading' || kind === 'code') return false;
  return text.length <= LONGEST_ENTRY && linkLength >= text.length * DENSE;
}

/**
 * Joins neighbours of one kind under one anchor; headings stay alone. Paragraphs are parted by a line feed, as they are in
 * `page`, the text of which blocks are parts where they say where they begin.
 */
export function toSections(blocks: readonly TextBlock[], page = ''): Section[] {
  const sections: Section[] = [];
  for (let i = 0; i < blocks.length;) {
    const from = i;
    const first = blocks[i] as TextBlock;
    let length = 0;
    let isRow = first.start !== undefined;
    for (; i < blocks.length; i++) {
      const block = blocks[i] as TextBlock;
      const isFull = sections.length >= MAX_SECTIONS;
      const joins =
        i === from ||
        isFull ||
        (sameSection(first, block) && length + block.text.length <= MAX_SECTION_LENGTH);
      if (!joins) break;
      // What was cut off at the end of a block stands in the page still.
      if (i > from && !follows(blocks[i - 1] as TextBlock, block)) isRow = false;
      length += block.text.length;
    }
    const start = first.start ?? 0;
    const text = isRow
      ? page.slice(start, start + length + i - from - 1)
      : blocks
          .slice(from, i)
          .map((block) => block.text)
          .join('\n');
    const { kind, anchor, noSnippet, language } = first;
    sections.push({
      kind,
      text,
      level: kind === 'heading' ? first.level : 0,
      anchor,
      ...(noSnippet ? { noSnippet } : {}),
      ...(language && kind !== 'menu' ? { language } : {}),
    });
  }
  return sections;
}

/** Nothing but a line feed stands between the two in the text of their page. */
function follows(before: TextBlock, { start }: TextBlock): boolean {
  return before.start !== undefined && before.start + before.text.length + 1 === start;
}

function sameSection(a: TextBlock, b: TextBlock): boolean {
  if (a.kind !== b.kind || a.kind === 'heading' || a.anchor !== b.anchor) return false;
  return a.noSnippet === b.noSnippet && (a.kind === 'menu' || a.language === b.language);
}

const MAIN_KINDS: ReadonlySet<SectionKind> = new Set([
  'heading',
  'text',
  'list',
  'table',
  'code',
  'quote',
  'caption',
]);
/** Characters of the sections that are no menus. */
export function mainLengthOf(sections: readonly Section[]): number {
  return sections.reduce((sum, { kind, text }) => sum + (MAIN_KINDS.has(kind) ? text.length : 0), 0);
}

/** Less main text than this says too little about a page; then its title and menus speak too. */
const LEAST_MAIN_TEXT = 200;

/** The text that makes the document what it is: without menus, unless there is hardly anything else. */
export function mainTextOf(title: string, sections: readonly Section[]): string {
  const main = sections
    .filter(({ kind }) => MAIN_KINDS.has(kind))
    .map(({ text }) => text)
    .join('\n');
  return main.length >= LEAST_MAIN_TEXT ? main : [title, ...sections.map(({ text }) => text)].join('\n');
}
