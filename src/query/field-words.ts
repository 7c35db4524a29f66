/** Reads what stands behind the colon of a field: ranges, order, facets. */

import { datePeriod } from './date-period.ts';
import type { FacetDirective, RangeNode, SortDirective } from './query-syntax.ts';

/** A name of metadata or a path in a document: `price`, `product.size`, `og:type` is taken as `og`. */
export const FIELD_NAME: RegExp = /^[a-z_@][\w.@-]*$/i;

const NUMBER_OR_DATE = String.raw`[^\s"]*?`;
const BETWEEN = new RegExp(String.raw`^(${NUMBER_OR_DATE})\.\.(${NUMBER_OR_DATE})$`);
const COMPARED = /^(>=|<=|>|<)(.+)$/;

/** `10..20`, `10..`, `>=10`, `<20` of the field `name`; undefined for anything else. */
export function rangeOf(name: string, value: string): RangeNode | undefined {
  const [, sign, bound] = COMPARED.exec(value) ?? [];
  if (sign !== undefined && bound !== undefined) {
    if (sign === '>') return range(name, bound, undefined, { excludesFrom: true });
    if (sign === '<') return range(name, undefined, bound, { excludesTo: true });
    return sign === '>=' ? range(name, bound, undefined) : range(name, undefined, bound);
  }
  const [whole, from = '', to = ''] = BETWEEN.exec(value) ?? [];
  if (whole === undefined || (from === '' && to === '')) return undefined;
  return range(name, from === '' ? undefined : from, to === '' ? undefined : to);
}

function range(
  name: string,
  from: string | undefined,
  to: string | undefined,
  excludes: { readonly excludesFrom?: boolean; readonly excludesTo?: boolean } = {},
): RangeNode | undefined {
  if (![from, to].every((bound) => bound === undefined || isBound(bound))) return undefined;
  return {
    kind: 'range',
    name: name.toLowerCase(),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...excludes,
  };
}

/** What could be taken for the dots or the signs of another range is no bound. */
function isBound(text: string): boolean {
  return !text.includes('..') && !text.endsWith('.') && !/^[<>=]/.test(text);
}

/** Names whose values are dates in every collection. */
const DATE_WORDS: ReadonlySet<string> = new Set(['after', 'before', 'date', 'spidered']);

export function isDateWord(name: string): boolean {
  return DATE_WORDS.has(name);
}

/** `after:2024-01`, `before:2024`, `date:2024-05`; undefined for what is no date. */
export function dateRange(name: string, value: string): RangeNode | undefined {
  const read = dateRangeAsTyped(name, value);
  const isOfDates = [read?.from, read?.to].every(
    (bound) => bound === undefined || datePeriod(bound, 0) !== undefined,
  );
  return isOfDates ? read : undefined;
}

function dateRangeAsTyped(name: string, value: string): RangeNode | undefined {
  if (name === 'after') return range('date', value, undefined);
  if (name === 'before') return range('date', undefined, value, { excludesTo: true });
  return rangeOf(name, value) ?? range(name, value, value);
}

/** The old system's `gbmin:price:10`. */
export function oldRange(name: string, value: string): RangeNode | undefined {
  const [, bound] = /^gb(min|max|equal)(?:int|float)?$/.exec(name) ?? [];
  const [, field, number] = /^([^:]+):(.+)$/.exec(value) ?? [];
  if (bound === undefined || field === undefined || number === undefined || !FIELD_NAME.test(field)) {
    return undefined;
  }
  const known = OLD_FIELDS[field.toLowerCase()] ?? field;
  if (bound === 'min') return range(known, number, undefined);
  return bound === 'max' ? range(known, undefined, number) : range(known, number, number);
}

/** Fields of the old system by ours. */
const OLD_FIELDS: Readonly<Record<string, string>> = {
  gbspiderdate: 'spidered',
  gbdocspiderdate: 'spidered',
  gbindexdate: 'spidered',
  gbdocindexdate: 'spidered',
  gbhopcount: 'hopcount',
  gblang: 'lang',
  gbcontenttype: 'type',
  gbsize: 'size',
};

/** `sort:price`, `sort:-date`, `gbsortby:price` (greatest first), `gbrevsortby:price`. */
export function sortOf(name: string, value: string): SortDirective | undefined {
  const isOld = /^gb(?:rev)?sortby(?:int|float)?$/.test(name);
  if (name !== 'sort' && !isOld) return undefined;
  const [, sign, field = ''] = /^([-+]?)(.*)$/.exec(value) ?? [];
  if (!FIELD_NAME.test(field)) return undefined;
  const isDescending = isOld ? !name.startsWith('gbrev') : sign === '-';
  return {
    name: OLD_FIELDS[field.toLowerCase()] ?? field.toLowerCase(),
    order: isDescending ? 'descending' : 'ascending',
  };
}

/** `facet:author`, `facet:price,0-10,10-20`, `facet:date,2023..2024`, `gbfacetstr:author`, `gbfacetint:…`, `gbfacetfloat:…`. */
export function facetOf(name: string, value: string): FacetDirective | undefined {
  if (!/^(?:facet|gbfacet(?:str|int|float)?)$/.test(name)) return undefined;
  const [field = '', ...ranges] = value.split(',');
  if (!FIELD_NAME.test(field)) return undefined;
  const read = ranges.map((text) => /^(.*?)\.\.(.*)$/.exec(text) ?? /^(-?[^-]*)-(-?[^-]*)$/.exec(text));
  if (read.some((found) => found === null)) return undefined;
  return {
    name: OLD_FIELDS[field.toLowerCase()] ?? field.toLowerCase(),
    ranges: read.map((found) => [found?.[1] ?? '', found?.[2] ?? ''] as const),
  };
}
