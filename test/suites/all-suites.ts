/** Every outside suite that we run, in the order of docs/suites.md. */

import { characterEncoding } from './character-encoding.ts';
import { htmlTextOrder } from './html-text-order.ts';
import { htmlTokens } from './html-tokens.ts';
import { publicSuffixes } from './public-suffixes.ts';
import { googleRobots, protegoRobots } from './robots-cases.ts';
import { sitemapFiles } from './sitemap-files.ts';
import { stemming } from './stemming.ts';
import type { Suite } from './suite.ts';
import { longLines, shortLines } from './udhr-lines.ts';
import { hostCases, urlCases } from './url-cases.ts';
import { wordBoundaries } from './word-boundaries.ts';

export const ALL_SUITES: readonly Suite[] = [
  htmlTokens,
  htmlTextOrder,
  characterEncoding,
  urlCases,
  hostCases,
  publicSuffixes,
  googleRobots,
  protegoRobots,
  sitemapFiles,
  wordBoundaries,
  ...stemming,
  longLines,
  shortLines,
];

/** Least share of the cases that count which must pass; the whole of it where nothing else stands here. */
export const LEAST_SHARE: Readonly<Record<string, number>> = {
  'udhr-80-characters': 0.97,
  'udhr-40-characters': 0.9,
};
