/** A document made of fields, as lists and dumps have them: which of them is its address, its title, its text. */

import { PeregrineError } from '../../base/index.ts';
import type { DocumentSource } from '../../document/index.ts';

export type Fields = Readonly<Record<string, unknown>>;

const URL_FIELDS = ['url', 'uri', 'link', 'permalink', 'address', '_id', 'id'];
const CONTENT_FIELDS = ['content', 'html', 'body', 'text', 'contents', 'description', 'abstract'];
const TYPE_FIELDS = ['contentType', 'content_type', 'contenttype', 'mime', 'type'];
const DATE_FIELDS = ['fetchedAt', 'fetched', 'spidered', 'date', 'timestamp', 'updated', 'created'];
const TITLE_FIELDS = ['title', 'headline', 'name', 'subject'];
/** Elements of which running text speaks rarely. */
const MARKUP =
  /<(?:!doctype|html|head|body|title|p|div|span|br|a|h[1-6]|ul|ol|li|table|b|i|em|strong|img)\b[^>]*>/i;
const MAX_META = 64;
const MAX_META_CHARACTERS = 4_000;

export interface FieldsContext {
  /** When a record tells no date of its own. */
  readonly now_ms: number;
  /** For records without an address: it is made of their id. */
  readonly base: string;
  /** Used where a record has neither address nor id. */
  readonly fallbackId: string;
}

/** `BAD_ARGUMENT` where there is no content or no address can be made. */
export function sourceOfFields(fields: Fields, context: FieldsContext): DocumentSource {
  const url = urlOf(fields, context);
  const title = textField(fields, TITLE_FIELDS)?.value ?? '';
  const packed = fields['contentBase64'];
  const content = textField(fields, CONTENT_FIELDS);
  let bytes: Uint8Array;
  let contentType = textField(fields, TYPE_FIELDS)?.value ?? '';
  if (typeof packed === 'string') bytes = Buffer.from(packed, 'base64');
  else if (content !== undefined) {
    const isMarkup = contentType === '' ? MARKUP.test(content.value) : /html|xml/.test(contentType);
    // Plain text has no place for a title, so one is made for it.
    const text = isMarkup || title === '' || contentType !== '' ? content.value : page(title, content.value);
    bytes = new TextEncoder().encode(text);
    if (contentType === '') contentType = isMarkup || text !== content.value ? 'text/html' : 'text/plain';
    if (!/charset=/i.test(contentType)) contentType += '; charset=utf-8';
  } else throw new PeregrineError('BAD_ARGUMENT', 'it has no content');
  const charset = fields['charset'];
  if (typeof packed === 'string' && typeof charset === 'string' && charset !== '' && contentType !== '') {
    contentType += `; charset=${charset}`;
  }
  return {
    url,
    bytes,
    headers: contentType === '' ? {} : { 'content-type': contentType },
    status: numberField(fields['status']) ?? 200,
    fetchedAt_ms: numberField(fields['fetchedAt_ms']) ?? dateOf(fields) ?? context.now_ms,
    depth: numberField(fields['depth']) ?? 0,
    ...(typeof fields['ip'] === 'string' ? { ip: fields['ip'] } : {}),
    meta: metaOf(fields),
  };
}

function urlOf(fields: Fields, { base, fallbackId }: FieldsContext): string {
  const named = textField(fields, URL_FIELDS)?.value;
  const given = named ?? fallbackId;
  if (/^[a-z][a-z0-9+.-]*:\S/i.test(given) && URL.canParse(given)) return given;
  const made = URL.parse(encodeURIComponent(given), base.endsWith('/') ? base : `${base}/`);
  if (made !== null) return made.href;
  throw new PeregrineError(
    'BAD_ARGUMENT',
    named === undefined
      ? `it has no address (${URL_FIELDS.slice(0, 3).join(', ')} …), and no base is given below which it would be known`
      : `"${given.slice(0, 100)}" is no URL, and no base is given below which it would be known`,
  );
}

/** The first of `names` that is there as text or a number. */
export function textField(
  fields: Fields,
  names: readonly string[],
): { name: string; value: string } | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return { name, value };
    if (typeof value === 'number') return { name, value: String(value) };
  }
  return undefined;
}

function numberField(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function dateOf(fields: Fields): number | undefined {
  const text = textField(fields, DATE_FIELDS)?.value ?? '';
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
  const time_ms = /^\d{12,13}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(time_ms) || time_ms < 0 ? undefined : time_ms;
}

/** Metadata as our own export writes it, else the fields that mean nothing to us. */
function metaOf(fields: Fields): Record<string, string> {
  const own = fields['meta'];
  const known = new Set([
    ...URL_FIELDS.slice(0, 5),
    ...CONTENT_FIELDS,
    ...TYPE_FIELDS,
    ...DATE_FIELDS,
    ...TITLE_FIELDS,
  ]);
  const entries =
    typeof own === 'object' && own !== null
      ? Object.entries(own)
      : Object.entries(fields)
          .filter(([name]) => !known.has(name) && !OWN_FIELDS.has(name))
          .map(([name, value]): [string, unknown] => [`field.${name}`, value]);
  return Object.fromEntries(
    entries
      .filter((entry): entry is [string, string | number] => ['string', 'number'].includes(typeof entry[1]))
      .slice(0, MAX_META)
      .map(([name, value]) => [name.slice(0, 100), String(value).slice(0, MAX_META_CHARACTERS)]),
  );
}

const OWN_FIELDS = new Set([
  'docId',
  'charset',
  'contentBase64',
  'fetchedAt_ms',
  'status',
  'depth',
  'ip',
  'language',
  'published_ms',
]);

function page(title: string, text: string): string {
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => `<p>${escaped(paragraph)}</p>`);
  return `<!doctype html><title>${escaped(title)}</title>${paragraphs.join('')}`;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
