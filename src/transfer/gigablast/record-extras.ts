/**
 * What a title record knows of a page beside the page itself: flags of its header, its place in the directory of the web
 * (DMOZ), how many pages link to it. Small, rarely there, and not to be found out again.
 */

import { readInt32 } from './record-frame.ts';

/** Flags by their bits; those without a name are of the old program's working, or reserved. */
const FLAGS: readonly (string | undefined)[] = [
  'rss',
  'permalink',
  'adult',
  'injected',
  undefined,
  'truncated',
  'link-spam',
  'address',
  'time-of-day',
  undefined,
  'contact-info',
  'site-root',
  'diffbot-object',
  'sent-to-diffbot',
  'diffbot-replied',
];
/** Categories of a page, and texts of the directory about it. */
const MAX_CATEGORIES = 100;
/** Counts of links are right from this version on. */
const LINK_COUNTS_VERSION = 119;
const LINK_INFO_BYTES = 32;

export interface DirectoryListing {
  /** Numbers of categories that list the page. */
  readonly ids: readonly number[];
  /** Numbers of categories that list its site. */
  readonly indirectIds: readonly number[];
  /** What the directory calls it, says of it, and links to it with: one a category. */
  readonly titles: readonly string[];
  readonly summaries: readonly string[];
  readonly anchors: readonly string[];
}

export interface LinkCounts {
  /** Pages that link to this one, and their addresses. */
  readonly pages: number;
  readonly addresses: number;
}

export function flagNames(flags: number): readonly string[] {
  if (flags === 0) return [];
  return FLAGS.filter((name, bit): name is string => name !== undefined && ((flags >>> bit) & 1) === 1);
}

type Field = Uint8Array | undefined;

/** Of the record's fields 9 to 13. */
export function directoryListing(fields: readonly Field[]): DirectoryListing {
  const [ids, indirectIds, titles, summaries, anchors] = fields.slice(9, 14);
  return {
    ids: numbersIn(ids),
    indirectIds: numbersIn(indirectIds),
    titles: textsIn(titles),
    summaries: textsIn(summaries),
    anchors: textsIn(anchors),
  };
}

export function linkCounts(info: Field, version: number): LinkCounts {
  const isTrue = info !== undefined && info.length >= LINK_INFO_BYTES && version >= LINK_COUNTS_VERSION;
  const at = (offset: number): number => (isTrue ? Math.max(0, readInt32(info, offset)) : 0);
  return { pages: at(16), addresses: at(28) };
}

function numbersIn(field: Field): readonly number[] {
  const count = Math.min(MAX_CATEGORIES, Math.floor((field?.length ?? 0) / 4));
  return field === undefined ? [] : Array.from({ length: count }, (_, i) => readInt32(field, i * 4) >>> 0);
}

function textsIn(field: Field): readonly string[] {
  if (field === undefined) return [];
  const texts = new TextDecoder().decode(field).split('\0', MAX_CATEGORIES);
  return texts.map((text) => text.replace(/\s+/g, ' ').trim()).filter((text) => text !== '');
}
