/** What a page shares with others of its site: blocks at its edges, by hashes, which tell a frame that no name gives away. */

import type { TextBlock } from './text-blocks.ts';

/** Blocks from the beginning of a page and from its end that are told: a frame stands around the text. */
const HEAD_BLOCKS = 12;
const TAIL_BLOCKS = 24;
/** Shorter blocks are labels, which texts repeat as well; longer ones are read for their own sake. */
const LEAST_LENGTH = 8;
const MAX_LENGTH = 600;
/** Units at either end of a block that are hashed: with its length they tell it from others. */
const HASHED_UNITS = 48;
/** Characters of a page that must be left to be its text, and part of all; else it is one of many that say the same. */
const LEAST_LEFT = 80;
const LEAST_LEFT_SHARE = 0.2;

const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** Hashes of the blocks at the edges of a page that may be a frame, each once. */
export function edgesOf(blocks: readonly TextBlock[]): Uint32Array {
  const edges = new Set<number>();
  let next = 0;
  for (let left = HEAD_BLOCKS; next < blocks.length && left > 0; next++) {
    const block = blocks[next] as TextBlock;
    if (!mayRepeat(block)) continue;
    edges.add(hashOf(block.text));
    left -= 1;
  }
  for (let at = blocks.length - 1, left = TAIL_BLOCKS; at >= next && left > 0; at--) {
    const block = blocks[at] as TextBlock;
    if (!mayRepeat(block)) continue;
    edges.add(hashOf(block.text));
    left -= 1;
  }
  return Uint32Array.from(edges);
}

/** Marks as menu the blocks whose hashes are in `frame`: those that the site repeats. Not where hardly any text would be left. */
export function markRepeated(blocks: readonly TextBlock[], frame: Uint32Array): void {
  const known = new Set(frame);
  const repeated: TextBlock[] = [];
  let left = 0;
  let gone = 0;
  for (const block of blocks) {
    if (mayRepeat(block) && known.has(hashOf(block.text))) {
      repeated.push(block);
      gone += block.text.length;
    } else if (block.kind !== 'menu' && block.kind !== 'heading') left += block.text.length;
  }
  if (left < LEAST_LEFT || left < (left + gone) * LEAST_LEFT_SHARE) return;
  for (const block of repeated) block.kind = 'menu';
}

/** Headings, code and tables are repeated by what is alike, not by a frame. */
function mayRepeat({ kind, text }: TextBlock): boolean {
  if (text.length < LEAST_LENGTH || text.length > MAX_LENGTH) return false;
  return kind === 'text' || kind === 'list' || kind === 'quote' || kind === 'caption';
}

function hashOf(text: string): number {
  const { length } = text;
  const head = Math.min(length, HASHED_UNITS);
  let hash = Math.imul(HASH_START ^ length, HASH_PRIME);
  for (let i = 0; i < head; i++) hash = Math.imul(hash ^ text.charCodeAt(i), HASH_PRIME);
  for (let i = Math.max(head, length - HASHED_UNITS); i < length; i++)
    hash = Math.imul(hash ^ text.charCodeAt(i), HASH_PRIME);
  return hash >>> 0;
}
