/** Term hashes: what the index knows instead of words. Frozen: docs/formats/terms.md. */

import { hashString64 } from '../base/index.ts';
import { isContinuous } from './character-class.ts';

/**
 * Kinds of term, as the first byte of what is hashed: `w` surface word (NFKC, case-folded), `s` stem, `f` filter
 * (`site:example.org`, `lang:de`, `type:pdf`, `host:www.example.org`). So a stem never meets a surface form of the same
 * letters; but words of scripts without spaces have no stems of their own, and are one term.
 */
export const wordHash = (word: string): bigint => hashString64(`w${word}`);
export const stemHash = (stem: string): bigint =>
  isContinuous(stem) ? wordHash(stem) : hashString64(`s${stem}`);
export const filterHash = (field: string, value: string): bigint => hashString64(`f${field}:${value}`);
