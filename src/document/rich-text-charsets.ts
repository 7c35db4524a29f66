/** Encodings of RTF: by number of a Windows code page, and of a font's character set. */

/** What a document is in that does not say. */
export const DEFAULT_CHARSET = 'windows-1252';

const BY_PAGE: Readonly<Record<number, string>> = {
  866: 'ibm866',
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  10_000: 'macintosh',
  10_007: 'x-mac-cyrillic',
  20_866: 'koi8-r',
  65_001: 'utf-8',
};

const BY_FONT: Readonly<Record<number, number>> = {
  77: 10_000,
  128: 932,
  129: 949,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
};

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();

/** Bytes as text: groups are many and short, so a decoder serves them all. */
export function decodeBytes(bytes: Uint8Array, charset: string): string {
  let decoder = decoders.get(charset);
  if (decoder === undefined) decoders.set(charset, (decoder = new TextDecoder(charset)));
  return decoder.decode(bytes);
}

/** WHATWG label of a code page. */
export function charsetOfPage(page: number): string {
  return BY_PAGE[page] ?? (page >= 1250 && page <= 1258 ? `windows-${page}` : DEFAULT_CHARSET);
}

/** WHATWG label of what the `fcharset` of a font means. */
export function charsetOfFont(number: number): string {
  return charsetOfPage(BY_FONT[number] ?? 0);
}
