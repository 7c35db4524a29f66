/** Fields by which a person may want results in order: those that many documents have, and no parts of others. */

import type { IndexView } from '../index/index.ts';
import { fieldsOf } from './prepared-search.ts';
import type { SortField } from './search-contract.ts';

const MAX_SORT_FIELDS = 12;
/** Of the documents of a collection, those that must have a field. */
const LEAST_SHARE = 0.01;
/** Paths into structured data: order by them can be typed. */
const OF_STRUCTURE = /[.:[\]]/;

/** One a name, those of most documents first. */
export function sortFields(views: readonly IndexView[]): readonly SortField[] {
  const documents = views.reduce((sum, view) => sum + view.documentCount, 0);
  const best = new Map<string, SortField>();
  for (const field of fieldsOf(views)) {
    if (field.documents < documents * LEAST_SHARE || OF_STRUCTURE.test(field.name)) continue;
    const name = field.name.toLowerCase();
    const known = best.get(name);
    if (known === undefined || known.documents < field.documents) best.set(name, { ...field, name });
  }
  return [...best.values()]
    .sort((a, b) => b.documents - a.documents || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_SORT_FIELDS);
}
