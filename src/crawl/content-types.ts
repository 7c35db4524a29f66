/** Which media types are worth the rest of their body. */

const DOCUMENT_TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/pdf',
  'application/x-pdf',
  'application/xhtml+xml',
  'application/xml',
]);
/** Office documents and books that `document/` reads, by type and, where servers know no better, by ending. */
const OFFICE_TYPES =
  /^application\/(?:epub\+zip|vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation)|vnd\.openxmlformats-officedocument\.(?:wordprocessingml\.document|spreadsheetml\.sheet|presentationml\.presentation))$/;
const KNOWN_ENDINGS = /\.(?:pdf|docx|xlsx|pptx|odt|ods|odp|epub)$/i;
/** Text that is written for machines. */
const PROGRAM_TYPES =
  /^text\/(?:css|ecmascript|javascript|x-javascript|vbscript|event-stream|calendar|vcard)$/;

/** True for HTML, XHTML, text, PDF, office documents, books, JSON, XML and feeds, and where the server gives no type at all. */
export function isWorthFetching(contentType: string, url: string): boolean {
  const type = (contentType.split(/[;,]/, 1)[0] ?? '').trim().toLowerCase();
  if (type === '' || !type.includes('/')) return true;
  if (type === 'application/octet-stream' || type === 'binary/octet-stream')
    return KNOWN_ENDINGS.test(new URL(url).pathname);
  if (DOCUMENT_TYPES.has(type) || OFFICE_TYPES.test(type)) return true;
  if (type.startsWith('text/')) return !PROGRAM_TYPES.test(type);
  return /^application\/.+\+(?:xml|json)$/.test(type);
}

/** Endings of paths that never lead to a document: such links are not followed at all. */
const FOREIGN_ENDINGS: ReadonlySet<string> = new Set(
  (
    '7z aac apk avi avif bin bmp br bz2 cab class css deb dll dmg eot exe flac flv gif gz ico img iso jar jpeg ' +
    'jpg js lz4 m4a m4v map mid mjs mkv mov mp2 mp3 mp4 mpeg mpg msi o ogg ogv otf png psd rar rpm so svg swf tar ' +
    'tbz tgz tif tiff ttf wasm wav webm webmanifest webp whl wma wmv woff woff2 xpi xz zip zst'
  ).split(' '),
);

/** True for a URL whose last path segment ends like an image, archive, program or style sheet. */
export function isForeignPath(url: string): boolean {
  const { pathname } = new URL(url);
  const name = pathname.slice(pathname.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  // A colon: a wiki's page about a file.
  return dot > 0 && !name.includes(':') && FOREIGN_ENDINGS.has(name.slice(dot + 1).toLowerCase());
}
