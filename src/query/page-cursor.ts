/** The place in an answer behind which the next page begins, as text that programs hand back unread. */

import { hashString32, isPeregrineError, PeregrineError, toDocId } from '../base/index.ts';
import type { SortPlace } from '../index/index.ts';
import type { FieldValue } from '../text/index.ts';
import type { SearchRequest } from './search-contract.ts';

export type PageCursor =
  /** By score: behind this hit, which so many came before. */
  | { readonly kind: 'score'; readonly score: number; readonly docId: number; readonly seen: number }
  /** In an order of fields, or of document ids. */
  | { readonly kind: 'place'; readonly place: SortPlace }
  /** Behind all that is ranked, by document ids. */
  | { readonly kind: 'rest'; readonly docId: number };

type CursorValue = readonly ['n' | 'i' | 's', string] | null;
type CursorParts =
  | readonly [query: number, kind: 's', score: number, docId: number, seen: number]
  | readonly [query: number, kind: 'p', docId: number, values: readonly CursorValue[]]
  | readonly [query: number, kind: 'r', docId: number];

const LONGEST = 8_192;

export function encodeCursor(cursor: PageCursor, request: SearchRequest): string {
  const query = hashOf(request);
  const parts: CursorParts =
    cursor.kind === 'score'
      ? [query, 's', cursor.score, cursor.docId, cursor.seen]
      : cursor.kind === 'place'
        ? [query, 'p', cursor.place.docId, cursor.place.values.map(encodeValue)]
        : [query, 'r', cursor.docId];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** `BAD_ARGUMENT` for what is no cursor, or of another query. */
export function decodeCursor(text: string, request: SearchRequest): PageCursor {
  const cursor = readParts(text);
  if (cursor === undefined) throw refused('it is none that an answer gave');
  const [query, kind] = cursor;
  if (query !== hashOf(request)) throw refused('it belongs to another query');
  try {
    if (kind === 's') return { kind: 'score', score: cursor[2], docId: toDocId(cursor[3]), seen: cursor[4] };
    // Before the first of the rest stands -1.
    if (kind === 'r') return { kind: 'rest', docId: cursor[2] === -1 ? -1 : toDocId(cursor[2]) };
    return { kind: 'place', place: { docId: toDocId(cursor[2]), values: cursor[3].map(decodeValue) } };
  } catch (error) {
    if (isPeregrineError(error) || error instanceof SyntaxError) throw refused('it is damaged');
    throw error;
  }
}

function readParts(text: string): CursorParts | undefined {
  if (text.length > LONGEST) return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [query, kind, ...rest] = parts as unknown[];
  if (!isNumber(query)) return undefined;
  const isSound =
    (kind === 's' && rest.length === 3 && isNumber(rest[0]) && isNumber(rest[1]) && isCount(rest[2])) ||
    (kind === 'r' && rest.length === 1 && rest.every(isNumber)) ||
    (kind === 'p' && isNumber(rest[0]) && Array.isArray(rest[1]) && rest[1].every(isValue));
  return isSound ? (parts as unknown as CursorParts) : undefined;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isValue(value: unknown): boolean {
  if (value === null) return true;
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [type, text] = value as unknown[];
  return (type === 'n' || type === 'i' || type === 's') && typeof text === 'string';
}

function encodeValue(value: FieldValue | undefined): CursorValue {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return ['i', value.toString()];
  return typeof value === 'number' ? ['n', String(value)] : ['s', value];
}

function decodeValue(value: CursorValue): FieldValue | undefined {
  if (value === null) return undefined;
  const [type, text] = value;
  if (type === 's') return text;
  return type === 'i' ? BigInt(text) : Number(text);
}

function hashOf({ query, filter }: SearchRequest): number {
  return hashString32(JSON.stringify([query, filter ?? null]));
}

function refused(why: string): PeregrineError {
  return new PeregrineError('BAD_ARGUMENT', `This place in an answer can't be gone on from: ${why}.`);
}
