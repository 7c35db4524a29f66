/** Documents of line-by-line JSON: one object a line, or actions and sources in turn as Elasticsearch's `_bulk` has them. */

import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { messageOf, PeregrineError } from '../../base/index.ts';
import { importMeta } from './archive-feed.ts';
import type { Feed, FeedItem, FeedPlace } from './feed.ts';
import { type Fields, sourceOfFields, textField } from './text-fields.ts';

/** A longer line is refused, and costs no more memory than this. */
export const MAX_LINE_BYTES = 100_663_296;
const ACTIONS = new Set(['index', 'create', 'update', 'delete']);

export interface LineFeedOptions {
  readonly now_ms: number;
  /** Addresses of records that have an id only. */
  readonly base: string;
  /** Standard input, where `path` is `-`. */
  readonly input?: Readable;
}

export async function* lineFeed(path: string, options: LineFeedOptions): Feed & AsyncGenerator<FeedItem> {
  const file = path === '-' ? 'standard input' : basename(path);
  let action: { readonly name: string; readonly id: string } | undefined;
  for await (const { text, number } of linesOf(openText(path, options.input))) {
    const place = { file, at: number };
    if (text === undefined) {
      yield { kind: 'refused', place, why: `the line is longer than ${MAX_LINE_BYTES} bytes` };
      continue;
    }
    if (text.trim() === '') continue;
    try {
      const value = JSON.parse(text) as unknown;
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new PeregrineError('BAD_ARGUMENT', 'it is no object');
      }
      const fields = value as Fields;
      const begun = action === undefined ? actionOf(fields) : undefined;
      if (begun?.name === 'delete') yield { kind: 'removal', place, url: urlOfId(begun.id, options.base) };
      else if (begun !== undefined) action = begun;
      else {
        yield itemOf(fields, action, place, options);
        action = undefined;
      }
    } catch (error) {
      action = undefined;
      yield { kind: 'refused', place, why: messageOf(error) };
    }
  }
}

function itemOf(
  fields: Fields,
  action: { readonly name: string; readonly id: string } | undefined,
  place: FeedPlace,
  { now_ms, base }: LineFeedOptions,
): FeedItem {
  const inner =
    action?.name === 'update'
      ? (fields['doc'] as Fields | undefined)
      : (fields['_source'] as Fields | undefined);
  const id = action?.id ?? textField(fields, ['_id'])?.value;
  const own = typeof inner === 'object' && inner !== null ? inner : fields;
  const source = sourceOfFields(own, { now_ms, base, fallbackId: id ?? String(place.at) });
  // A document that was exported says itself where it was from.
  const meta = {
    ...importMeta(`lines:${place.file}`, id ?? '', source.bytes, String(place.at)),
    ...source.meta,
  };
  return { kind: 'document', place, source: { ...source, meta } };
}

/** An action line has one key that is an action, with an object. */
function actionOf(fields: Fields): { name: string; id: string } | undefined {
  const [entry, ...others] = Object.entries(fields);
  if (entry === undefined || others.length > 0) return undefined;
  const [name, value] = entry;
  if (!ACTIONS.has(name) || typeof value !== 'object' || value === null) return undefined;
  return { name, id: textField(value as Fields, ['_id'])?.value ?? '' };
}

function urlOfId(id: string, base: string): string {
  return sourceOfFields({ url: id, content: ' ' }, { now_ms: 0, base, fallbackId: id }).url;
}

/** A file as a stream of bytes, unpacked where its name says that it is packed. */
export function openText(path: string, input?: Readable): Readable {
  if (path === '-') {
    if (input === undefined) throw new PeregrineError('BAD_ARGUMENT', 'There is no standard input to read.');
    return input;
  }
  const source = createReadStream(path);
  if (!/\.gz$/i.test(path)) return source;
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error));
  return source.pipe(unpacked);
}

/** Lines with their numbers from 1; without text where one is too long. */
async function* linesOf(input: Readable): AsyncGenerator<{ text: string | undefined; number: number }> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 1;
  const flush = (): { text: string | undefined; number: number } => {
    const text = length > MAX_LINE_BYTES ? undefined : Buffer.concat(parts).toString('utf8');
    parts = [];
    length = 0;
    return { text, number: number++ };
  };
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk as Uint8Array);
    let at = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, at)) {
      length += end - at;
      if (length <= MAX_LINE_BYTES) parts.push(bytes.subarray(at, end));
      yield flush();
      at = end + 1;
    }
    length += bytes.length - at;
    if (length <= MAX_LINE_BYTES) parts.push(bytes.subarray(at));
  }
  if (length > 0) yield flush();
}
