/** Weights that ranking starts from. */

import type { RankingWeights } from '../index/index.ts';
import { FIELD_GROUP_COUNT, fieldGroup, type FieldGroupName } from '../text/index.ts';

/**
 * Weight of an occurrence and strength of length normalisation by field group. Title, URL and body as measured on
 * relevance collections of titles and bodies; the others by the old engine's order, in a narrower range.
 */
const FIELDS: Readonly<Record<FieldGroupName, readonly [weight: number, lengthNorm: number]>> = {
  body: [1, 0.5],
  title: [2, 0.4],
  heading: [1.5, 0.4],
  anchor: [2, 0.4],
  siteAnchor: [1, 0.4],
  url: [1, 0.4],
  meta: [0.3, 0.4],
  list: [0.8, 0.5],
  menu: [0.1, 0.5],
};

function byGroup(column: 0 | 1): readonly number[] {
  const values = Array.from({ length: FIELD_GROUP_COUNT }, () => 0);
  for (const [name, row] of Object.entries(FIELDS)) values[fieldGroup(name as FieldGroupName)] = row[column];
  return values;
}

/**
 * The front page of the site that a query names outweighs all else that the site's other pages can earn by saying its
 * name more often. The bonuses of the second stage have two weights, for words in the order of the query or close together and for all else: tuned one by
 * one they only fit the collections tuned on.
 */
export const DEFAULT_WEIGHTS: RankingWeights = {
  k1: 1.2,
  fieldWeights: byGroup(0),
  fieldLengthNorms: byGroup(1),
  surfaceWeight: 0.25,
  presence: 0.1,
  phrase: 1,
  pairs: 1,
  closeness: 1,
  titleMatch: 0.5,
  earlyMatch: 0.5,
  windowMatch: 0.5,
  rank: 0.1,
  home: 8,
  rerankDepth: 200,
};
