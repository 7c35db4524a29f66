/** The rules of a collection's searches, as the lab and `peregrine lab` take them. */

import { z } from 'zod';

import type { SearchRules } from '../query/index.ts';
import { QUERY_LENGTH, URL_BYTES } from './limits.ts';
import { text } from './request-schemas.ts';

const grade = z.number().min(0).max(100);
const filterText = text(QUERY_LENGTH);
/** Weights of groups of fields are not for rules: they are of the index, not of a collection. */
const weight = z.number().min(0).max(20).optional();

export const searchRulesBody: z.ZodType<SearchRules> = z
  .strictObject({
    synonyms: text(2_097_152).optional().describe('Lines such as "car, automobile" or "laptop => notebook".'),
    pins: z
      .array(z.strictObject({ query: filterText, urls: z.array(text(URL_BYTES)) }))
      .optional()
      .describe('Pages that stand first for a query.'),
    boosts: z
      .array(z.strictObject({ filter: filterText, factor: z.number() }))
      .optional()
      .describe('What a filter finds gains (or loses) so much of the worth of the words; -5 to 5.'),
    blocks: z.array(filterText).optional().describe('What these filters find is never shown.'),
    weights: z
      .strictObject({
        phrase: weight,
        pairs: weight,
        closeness: weight,
        titleMatch: weight,
        earlyMatch: weight,
        windowMatch: weight,
        rank: weight,
        home: weight,
      })
      .optional()
      .describe('Weights of ranking, instead of the default ones.'),
    rescore: z
      .enum(['best', 'all'], 'must be "best" or "all"')
      .optional()
      .describe('Which matches are looked at for how close the words stand; default: best.'),
    remembersMisses: z.boolean().optional().describe('Keep queries that find nothing.'),
    remembersQueries: z
      .boolean()
      .optional()
      .describe('Complete what is typed with queries of before; without it none is kept.'),
    queries: z
      .array(z.strictObject({ query: filterText, judgements: z.record(z.string(), grade).optional() }))
      .optional()
      .describe('Saved queries, with the worth of pages by address.'),
  })
  .transform((rules) => JSON.parse(JSON.stringify(rules)) as SearchRules);
