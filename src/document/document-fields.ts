/** Fields of a document: what people filter, sort, count and group by. From what is stored, so that a rebuild gives the same. */

import { type DocumentField, type FieldValue, MAX_FIELD_VALUES, MAX_FIELDS } from '../text/index.ts';
import { isoTime } from './dates.ts';
import type { StoredDocument } from './document.ts';
import type { UrlParts } from './url-parts.ts';

/** A longer text is prose, not a value to choose by. In UTF-8. */
const MAX_VALUE_BYTES = 128;
const MAX_NAME_BYTES = 128;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;
/** Digits alone are numbers; a date says its year first. */
const ISO_DATE = /^\d{4}-\d{2}-\d{2}(?:$|[T ])/;

/** Names that the program gives; metadata of a page that is called so is found below {@link FOREIGN_PREFIX}. */
export const STANDARD_FIELDS: ReadonlySet<string> = new Set([
  'date',
  'fetched',
  'author',
  'site',
  'host',
  'sitename',
  'type',
  'contenttype',
  'charset',
  'language',
  'size',
  'words',
  'depth',
  'status',
  'links',
]);
const FOREIGN_PREFIX = 'meta.';

interface GatheredField extends Pick<DocumentField, 'name' | 'type'> {
  readonly values: FieldValue[];
  /** The same, where they are many. */
  known: Set<FieldValue> | undefined;
}

/** Fewer values are looked through. */
const MANY_VALUES = 16;

/** Gathers values under names and types; more than is kept is counted, not thrown. */
export class FieldCollector {
  readonly #fields: GatheredField[] = [];
  /** By name; of most names there is one type. */
  readonly #byName = new Map<string, readonly GatheredField[]>();
  /** Values that were left out: too many fields, too many of one, too long a name. */
  leftOut = 0;

  keyword(name: string, value: string): void {
    const text = value.trim().toWellFormed();
    if (text === '') return;
    if (byteLength(text) <= MAX_VALUE_BYTES) this.#add(name, 'keyword', text);
  }

  number(name: string, value: number): void {
    if (Number.isFinite(value)) this.#add(name, 'number', value);
  }

  date(name: string, time_ms: number): void {
    if (Number.isSafeInteger(time_ms)) this.#add(name, 'date', time_ms);
  }

  /** A text of unknown meaning: itself, and the number, exact to 64 bits, or date that it spells. */
  text(name: string, value: string): void {
    this.keyword(name, value);
    const text = value.trim();
    if (isLongInteger(text)) this.#add(name, 'integer', BigInt(text.replace(/^\+/, '')));
    else if (NUMBER.test(text)) this.number(name, Number(text));
    else if (ISO_DATE.test(text)) this.date(name, isoTime(text) ?? Number.NaN);
  }

  finish(): DocumentField[] {
    return this.#fields.map(({ name, type, values }) => ({ name, type, values }) as DocumentField);
  }

  #add(name: string, type: DocumentField['type'], value: FieldValue): void {
    const field = this.#field(name, type);
    if (field === undefined) {
      this.leftOut += 1;
      return;
    }
    const { values } = field;
    if (values.length >= MAX_FIELD_VALUES) this.leftOut += 1;
    else if (field.known !== undefined) {
      if (!field.known.has(value)) values.push(value);
      field.known.add(value);
    } else if (!values.includes(value)) {
      values.push(value);
      if (values.length >= MANY_VALUES) field.known = new Set(values);
    }
  }

  /** Undefined where no more are kept. */
  #field(name: string, type: DocumentField['type']): GatheredField | undefined {
    const sameName = this.#byName.get(name);
    const known = sameName?.find((field) => field.type === type);
    if (known !== undefined) return known;
    if (this.#fields.length >= MAX_FIELDS || name === '' || byteLength(name) > MAX_NAME_BYTES)
      return undefined;
    const field = { name, type, values: [], known: undefined };
    this.#fields.push(field);
    this.#byName.set(name, sameName === undefined ? [field] : [...sameName, field]);
    return field;
  }
}

/** The fields of `stored`, whose text has `words` words. */
export function fieldsOf(stored: StoredDocument, parts: UrlParts, words: number): DocumentField[] {
  const fields = new FieldCollector();
  if (stored.published_ms > 0) fields.date('date', stored.published_ms);
  if (stored.fetchedAt_ms > 0) fields.date('fetched', stored.fetchedAt_ms);
  fields.keyword('author', stored.author);
  fields.keyword('site', parts.sites[0] ?? '');
  fields.keyword('host', parts.host);
  fields.keyword('sitename', stored.siteName);
  fields.keyword('type', stored.kind);
  fields.keyword('contenttype', stored.contentType);
  fields.keyword('charset', stored.charset);
  fields.keyword('language', stored.language);
  if (stored.raw.length > 0) fields.number('size', stored.raw.length);
  fields.number('words', words);
  fields.number('depth', stored.depth);
  fields.number('status', stored.status);
  fields.number('links', stored.links.length);
  for (const [name, value] of Object.entries(stored.meta)) addMeta(fields, name, value);
  return fields.finish();
}

/** A whole number of 64 bits that a float would round: ids are such. */
function isLongInteger(text: string): boolean {
  if (!/^[+-]?\d{16,19}$/.test(text) || Number.isSafeInteger(Number(text))) return false;
  const value = BigInt(text.replace(/^\+/, ''));
  return BigInt.asIntN(64, value) === value;
}

function addMeta(fields: FieldCollector, name: string, value: string): void {
  const own = STANDARD_FIELDS.has(name) ? FOREIGN_PREFIX + name : name;
  // Several values of a name stand in lines.
  if (name !== 'keywords' && name !== 'article:tag')
    for (const one of value.split('\n')) fields.text(own, one);
  else for (const keyword of value.split(',')) fields.keyword(own, keyword.toLowerCase());
}

function byteLength(text: string): number {
  // Most texts are far below any bound in either measure.
  return text.length * 3 <= MAX_VALUE_BYTES ? text.length : Buffer.byteLength(text);
}
