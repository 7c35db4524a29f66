/** Texts of the links to a page, from the link info that its title record carries: a header, then inlinks in a row. */

import { readInt32 } from './record-frame.ts';

const HEADER_BYTES = 32;
const INLINK_BYTES = 124;
/** Sizes of seven strings stand from here in an inlink: URL, link text, surroundings and others. */
const SIZES_AT = 96;
const STRING_COUNT = 7;
const LINK_TEXT = 1;
/** Texts kept, and characters of each. */
const MAX_LINK_TEXTS = 20;
const MAX_TEXT_CHARACTERS = 200;

/** The commonest texts first. What is damaged is left out: link texts are an extra, no reason to refuse a page. */
export function readLinkTexts(info: Uint8Array | undefined): string[] {
  if (info === undefined || info.length < HEADER_BYTES) return [];
  const end = Math.min(info.length, Math.max(HEADER_BYTES, readInt32(info, 4)));
  const stored = readInt32(info, 12);
  const counts = new Map<string, number>();
  let at = HEADER_BYTES;
  for (let n = 0; at + INLINK_BYTES <= end && n < stored; n++) {
    const next = readInlink(info, at, end, counts);
    if (next === undefined) break;
    at = next;
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_LINK_TEXTS)
    .map(([text]) => text);
}

/** Counts an inlink's text; returns where the next one begins, or undefined where this one is damaged. */
function readInlink(
  info: Uint8Array,
  start: number,
  end: number,
  counts: Map<string, number>,
): number | undefined {
  let at = start + INLINK_BYTES;
  for (let string = 0; string < STRING_COUNT; string++) {
    const size = readInt32(info, start + SIZES_AT + string * 4);
    if (size < 0 || size > end - at) return undefined;
    if (string === LINK_TEXT && size > 1) {
      const text = new TextDecoder()
        .decode(info.subarray(at, at + size - 1))
        .trim()
        .slice(0, MAX_TEXT_CHARACTERS);
      if (text !== '') counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    at += size;
  }
  return at;
}
