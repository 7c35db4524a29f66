/**
 * One spelling for each URL, so that a page is known by one name: WHATWG parsing, then what that leaves open (escapes,
 * tracking parameters, session ids, fragments). Normalising what is normalised changes nothing.
 */

import { isPlainUrl, PeregrineError } from '../base/index.ts';
import { isSessionId, isTracking, withoutPathSession } from './url-rules.ts';

/** Longest URL that is crawled, in characters after normalisation. */
export const MAX_URL_CHARACTERS = 2_048;
/** Longest text that is looked at as a URL at all. */
const MAX_RAW_CHARACTERS = 16_384;

/** Why a text is no URL for a crawler. */
export type UrlRefusal = 'syntax' | 'scheme' | 'too-long';

export type NormalisedUrl =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly refusal: UrlRefusal };

/** The normal form of `input`, resolved against `base` where one is given. Only http and https have one. */
export function normaliseUrl(input: string, base?: string): NormalisedUrl {
  if (isPlainUrl(input, MAX_URL_CHARACTERS)) return { ok: true, url: input };
  if (input.length > MAX_RAW_CHARACTERS) return refuse('too-long');
  const url = URL.parse(input, base);
  if (url === null) return refuse('syntax');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('scheme');
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.replace(/\.+$/, '');
  if (url.hostname === '' || url.hostname.endsWith('.')) return refuse('syntax');
  const query = normaliseQuery(url.search);
  const text = `${url.protocol}//${url.host}${normaliseEscapes(withoutPathSession(url.pathname))}${query}`;
  return text.length > MAX_URL_CHARACTERS ? refuse('too-long') : { ok: true, url: text };
}

/**
 * The normal form of a URL that a person gave, or an error that says what is wrong with it: `TOO_LARGE` above 2,048
 * characters, else `BAD_ARGUMENT`. A name without a scheme (`example.com/docs`) is taken as https.
 */
export function requireUrl(input: string): string {
  const text = input.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(text) ? text : `https://${text}`;
  const result = normaliseUrl(withScheme);
  if (result.ok) return result.url;
  const shown = text.slice(0, 200);
  if (result.refusal === 'too-long') {
    throw new PeregrineError(
      'TOO_LARGE',
      `This URL is longer than ${MAX_URL_CHARACTERS.toLocaleString('en')} characters: ${shown}…`,
      { size: text.length, limit: MAX_URL_CHARACTERS },
    );
  }
  const why = result.refusal === 'scheme' ? 'only http and https can be crawled' : 'it is not a valid URL';
  throw new PeregrineError('BAD_ARGUMENT', `"${shown}" can't be crawled: ${why}.`, { url: shown });
}

function refuse(refusal: UrlRefusal): NormalisedUrl {
  return { ok: false, refusal };
}

/**
 * RFC 3986 §6.2.2: escapes in upper case, unreserved characters unescaped. A `%` that begins no escape becomes `%25`,
 * so that unescaping its neighbours can't make a new escape.
 */
function normaliseEscapes(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9a-f]{2})?/gi, (_escape, digits: string | undefined) => {
    if (digits === undefined) return '%25';
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : `%${digits.toUpperCase()}`;
  });
}

function normaliseQuery(search: string): string {
  if (search.length <= 1) return '';
  const kept = search
    .slice(1)
    .split('&')
    .map(normaliseEscapes)
    .filter((pair) => {
      if (pair === '') return false;
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return !isTracking(name) && !isSessionId(name, value);
    });
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}
