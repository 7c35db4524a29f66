/** What a document is: by what its bytes show first, what the server says second, its name last. */

import { typeOfArchive } from './archive-type.ts';
import type { DocumentKind } from './document.ts';

export interface SniffedType {
  readonly kind: DocumentKind;
  /** Without parameters, lower case: `text/html`. */
  readonly contentType: string;
  /** The charset parameter of the header, or empty. */
  readonly charset: string;
}

/** Bytes that are looked at. */
const SNIFF_BYTES = 4096;
/** Part of control bytes from which on bytes are no text. */
const BINARY_SHARE = 0.05;

export const RICH_TEXT = 'application/rtf';

/** Beginnings that settle the matter, whatever the server says. Source: WHATWG MIME Sniffing, §6. */
const MAGIC: readonly (readonly [offset: number, bytes: string, type: string])[] = [
  [0, '\x89PNG\r\n\x1a\n', 'image/png'],
  [0, 'GIF8', 'image/gif'],
  [0, '\xff\xd8\xff', 'image/jpeg'],
  [8, 'WEBP', 'image/webp'],
  [0, 'BM', 'image/bmp'],
  [0, '\0\0\x01\0', 'image/x-icon'],
  [4, 'ftyp', 'video/mp4'],
  [0, '\x1aE\xdf\xa3', 'video/webm'],
  [0, 'OggS\0', 'application/ogg'],
  [0, 'ID3', 'audio/mpeg'],
  [0, 'RIFF', 'audio/wave'],
  [0, 'wOFF', 'font/woff'],
  [0, 'wOF2', 'font/woff2'],
  [0, 'PK\x03\x04', 'application/zip'],
  [0, '\x1f\x8b\x08', 'application/gzip'],
  [257, 'ustar', 'application/x-tar'],
  [0, 'BZh', 'application/x-bzip2'],
  [0, '\xfd7zXZ\0', 'application/x-xz'],
  [0, '7z\xbc\xaf', 'application/x-7z-compressed'],
  [0, 'Rar!', 'application/vnd.rar'],
  [0, '\x7fELF', 'application/x-executable'],
  [0, 'MZ', 'application/vnd.microsoft.portable-executable'],
  [0, '\0asm', 'application/wasm'],
  [0, '\xd0\xcf\x11\xe0', 'application/msword'],
  [0, '{\\rtf', RICH_TEXT],
];

/** Text of two letters can begin a page too; these magics only count where control bytes follow. */
const WEAK_MAGIC: ReadonlySet<string> = new Set(['BM', 'MZ', 'ID3', 'BZh', 'RIFF', 'GIF8', 'WEBP', 'ftyp']);

const HTML_START =
  /^(?:<!doctype\s+html|<(?:html|head|body|script|iframe|h[1-6]|div|font|table|a|style|title|b|br|p|ul|meta|link|main|section|article|header|nav)[\s/>]|<!--)/i;

const BY_EXTENSION: Readonly<Record<string, string>> = {
  htm: 'text/html',
  html: 'text/html',
  xhtml: 'application/xhtml+xml',
  md: 'text/markdown',
  markdown: 'text/markdown',
  txt: 'text/plain',
  json: 'application/json',
  xml: 'application/xml',
  rss: 'application/rss+xml',
  atom: 'application/atom+xml',
  css: 'text/css',
  js: 'text/javascript',
  mjs: 'text/javascript',
  eml: 'message/rfc822',
  mbox: 'application/mbox',
};

/** Documents in archives: what they are, and the extension that people know them by. */
const IN_ARCHIVES: Readonly<Record<string, readonly [kind: DocumentKind, extension: string]>> = {
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['document', 'docx'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['spreadsheet', 'xlsx'],
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': ['presentation', 'pptx'],
  'application/vnd.oasis.opendocument.text': ['document', 'odt'],
  'application/vnd.oasis.opendocument.spreadsheet': ['spreadsheet', 'ods'],
  'application/vnd.oasis.opendocument.presentation': ['presentation', 'odp'],
  'application/epub+zip': ['book', 'epub'],
};

const BY_TYPE: Readonly<Record<string, DocumentKind>> = {
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/pdf': 'pdf',
  [RICH_TEXT]: 'document',
  'application/json': 'json',
  'application/xml': 'xml',
  'text/xml': 'xml',
  'application/rss+xml': 'feed',
  'application/atom+xml': 'feed',
  'application/rdf+xml': 'feed',
  'message/rfc822': 'mail',
  'application/mbox': 'mail',
  'application/zip': 'archive',
  'application/gzip': 'archive',
  'application/x-tar': 'archive',
  'text/css': 'unknown',
  'text/javascript': 'unknown',
  'application/javascript': 'unknown',
  'application/x-javascript': 'unknown',
};

/** Types that mean "I don't know" when a server sends them. */
const MEANINGLESS: ReadonlySet<string> = new Set([
  '',
  'application/octet-stream',
  'application/unknown',
  'unknown/unknown',
  'application/force-download',
  'binary/octet-stream',
]);

/** Kind and type of a document. `header` is the Content-Type header, or empty. */
export function sniffType(bytes: Uint8Array, header: string, url: string): SniffedType {
  const { type: declared, charset } = parseContentType(header);
  const head = latin1(bytes.subarray(0, SNIFF_BYTES));
  const shown = shownType(bytes, head);
  const contentType =
    shown === 'application/zip' ? typeOfArchive(bytes) : (shown ?? textType(head, declared, url));
  return { kind: kindOf(contentType), contentType, charset };
}

/** Type and charset of a Content-Type header, lower case; empty where it has none. */
export function parseContentType(header: string): { type: string; charset: string } {
  const type = header.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const charset = /;\s*charset\s*=\s*["']?\s*([^\s"';,]+)/i.exec(header)?.[1]?.toLowerCase() ?? '';
  return { type: /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : '', charset };
}

/** Type that binary content shows, or undefined for text. */
function shownType(bytes: Uint8Array, head: string): string | undefined {
  if (head.slice(0, 1024).includes('%PDF-')) return 'application/pdf';
  const isBinary = looksBinary(bytes, head);
  for (const [offset, magic, type] of MAGIC) {
    if (head.startsWith(magic, offset) && (isBinary || !WEAK_MAGIC.has(magic))) return type;
  }
  return isBinary ? 'application/octet-stream' : undefined;
}

function textType(head: string, declared: string, url: string): string {
  const start = head
    .replace(/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    .replaceAll('\0', '')
    .trimStart();
  if (start.startsWith('<?xml') || /^<(?:rss|feed|rdf:RDF|urlset|sitemapindex)[\s>]/.test(start)) {
    return xmlType(start, declared);
  }
  const isHtml = HTML_START.test(start);
  if (MEANINGLESS.has(declared)) {
    if (isHtml) return 'text/html';
    // Most drawings come without the line that says XML: the same as those that have it.
    if (/^<svg[\s>]/.test(start)) return 'image/svg+xml';
    const byName = BY_EXTENSION[extensionOf(url)];
    if (byName !== undefined) return byName;
    return /^[{[]/.test(start) && isJson(start, head.length) ? 'application/json' : 'text/plain';
  }
  // A server that calls a text an image, archive or PDF is wrong; one that calls a page plain text may want it shown so.
  if (BY_TYPE[declared] === 'mail') return declared;
  const isTextual = /^text\/|[/+](?:json|xml)$|javascript|yaml/.test(declared);
  if (!isTextual) return isHtml ? 'text/html' : 'text/plain';
  return declared;
}

function xmlType(start: string, declared: string): string {
  const root = /<([a-z][\w:.-]*)[\s>/]/i.exec(
    start.replace(/^(?:\s|<\?[^>]*>|<!--[^]*?-->|<!doctype[^>]*>)+/i, ''),
  );
  const name = root?.[1] ?? '';
  if (/^html$/i.test(name) || /<!doctype\s+html/i.test(start)) {
    return declared === 'text/html' ? declared : 'application/xhtml+xml';
  }
  if (name === 'rss') return 'application/rss+xml';
  if (name === 'feed') return 'application/atom+xml';
  if (name === 'rdf:RDF') return 'application/rdf+xml';
  if (name === 'svg') return 'image/svg+xml';
  return declared.endsWith('xml') ? declared : 'application/xml';
}

function kindOf(type: string): DocumentKind {
  const known = BY_TYPE[type] ?? IN_ARCHIVES[type]?.[0];
  if (known !== undefined) return known;
  if (type.endsWith('+json')) return 'json';
  if (type.startsWith('image/')) return 'image';
  if (type.endsWith('+xml')) return 'xml';
  return type.startsWith('text/') || type.endsWith('yaml') ? 'text' : 'unknown';
}

/** True where control bytes are too many for a text. UTF-16 is text: there zeros stand on one side. */
function looksBinary(bytes: Uint8Array, head: string): boolean {
  if (head.startsWith('\xff\xfe') || head.startsWith('\xfe\xff')) return false;
  const length = Math.min(bytes.length, SNIFF_BYTES);
  let controls = 0;
  let evenZeros = 0;
  let oddZeros = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    if (byte === 0) {
      if (i % 2 === 0) evenZeros += 1;
      else oddZeros += 1;
    } else if (byte < 0x20 && (byte < 9 || byte > 13) && byte !== 0x1b) controls += 1;
  }
  const zeros = evenZeros + oddZeros;
  const isUtf16 = zeros > length * 0.3 && Math.min(evenZeros, oddZeros) < zeros * 0.05;
  // Zeros alone are stray bytes of a text until they are many.
  return controls > length * BINARY_SHARE || (!isUtf16 && zeros > length * 0.1);
}

function isJson(start: string, seen: number): boolean {
  if (seen === SNIFF_BYTES) return /^(?:\{\s*"|\[\s*[[{"\d\]-])/.test(start);
  try {
    JSON.parse(start);
    return true;
  } catch {
    return false;
  }
}

/** Extension of a URL's path, lower case without the dot, of at most five letters or digits; else empty. */
export function extensionOf(url: string): string {
  const path = url.replace(/[?#].*$/su, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  // The host has dots too: only a path has extensions.
  if (/^[a-z][a-z\d+.-]*:\/\/[^/]*$/i.test(path)) return '';
  return /\.([a-z\d]{1,5})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** The usual extension of an office document or book by its type; empty for other types. */
export function extensionOfType(contentType: string): string {
  return IN_ARCHIVES[contentType]?.[1] ?? '';
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
