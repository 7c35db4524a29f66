/**
 * Switches every kept or mended rule of docs/lineage.md's checklists off, one at a time, in a copy of the source, and
 * looks whether the tests of its name fail: `node scripts/break-rules.ts storage|transfer [id…]`.
 */

import { breakRules } from './rule-breaker.ts';
import { STORAGE_RULES } from './storage-rules.ts';
import { TRANSFER_RULES } from './transfer-rules.ts';

const [name = '', ...ids] = process.argv.slice(2);
const sets = new Map([
  ['storage', STORAGE_RULES],
  ['transfer', TRANSFER_RULES],
]);
const rules = sets.get(name);
if (rules === undefined) throw new Error(`Rules of ${[...sets.keys()].join(' or ')}?`);
process.exitCode = await breakRules(rules, ids);
