/** Bytes to text: the declared encoding where the bytes bear it out, else what they look like. */

import { isAscii, isUtf8 } from 'node:buffer';
import sniffEncoding from 'html-encoding-sniffer';

export interface DecodedText {
  /** Without byte order mark and NUL characters. */
  readonly text: string;
  /** WHATWG label in lower case: `utf-8`. */
  readonly charset: string;
  readonly warnings: readonly string[];
}

export interface DecodeHints {
  /** Charset of the transport, or empty. */
  readonly declared?: string;
  /** Where to look for a declaration inside the text: `<meta charset>` or `<?xml encoding>`. */
  readonly syntax?: 'html' | 'xml' | 'none';
}

const FALLBACK = 'windows-1252';
/** Bytes of HTML in which a `<meta charset>` is looked for; the standard says 1,024, pages put it later. */
const PRESCAN_BYTES = 4096;
/** Bytes in which it is looked for when nothing before says what the letters beyond ASCII are. */
const LATE_PRESCAN_BYTES = 65_536;
/** Bytes that the statistics look at. */
const STATISTICS_BYTES = 65_536;
/** Certainty from which on the statistics are believed; short texts reach little more even when it is right. */
const LEAST_CONFIDENCE = 0.25;
/** Replacement characters in a thousand that a text declared as UTF-8 may hold and still count as UTF-8. */
const DAMAGE_PER_MILLE = 5;
/** Letters of several bytes from which on valid UTF-8 is no coincidence under another label. */
const LEAST_SEQUENCES = 3;

/** Decodes `bytes`. Always succeeds: what can't be decoded becomes U+FFFD, and warnings say what was wrong. */
export async function decodeText(bytes: Uint8Array, hints: DecodeHints = {}): Promise<DecodedText> {
  const warnings: string[] = [];
  const charset = await chooseCharset(bytes, hints, warnings);
  let text = decoderOf(charset).decode(bytes);
  if (text.includes('\0')) {
    text = text.replaceAll('\0', '');
    warnings.push('The text holds NUL characters.');
  }
  return { text, charset, warnings };
}

type Decoder = InstanceType<typeof TextDecoder>;
/** Made once each: making one costs as much as a short page. */
const decoders = new Map<string, Decoder>();

/** Throws where nobody knows the encoding. */
function decoderOf(charset: string): Decoder {
  let decoder = decoders.get(charset);
  if (decoder === undefined) {
    decoder = new TextDecoder(charset);
    // By the name of the standard, of which there are few.
    if (decoder.encoding === charset) decoders.set(charset, decoder);
  }
  return decoder;
}

async function chooseCharset(bytes: Uint8Array, hints: DecodeHints, warnings: string[]): Promise<string> {
  const declared = declaredCharset(bytes, hints);
  if (declared.startsWith('utf-16')) return declared;
  if (isAscii(bytes)) return declared === '' ? 'utf-8' : declared;
  const isValid = isUtf8(withoutCutTail(bytes));
  if (declared === 'utf-8') {
    if (isValid || isSlightlyDamaged(bytes)) return declared;
    const found = await statisticalCharset(bytes);
    warnings.push(`The text is declared as utf-8 but is not; read as ${found}.`);
    return found;
  }
  if (declared === '') {
    if (isValid) return 'utf-8';
    const late = hints.syntax === 'html' ? declaredCharset(bytes, hints, LATE_PRESCAN_BYTES) : '';
    // What was just ruled out says nothing, however late.
    if (late !== '' && late !== 'utf-8') return late;
    return utf16WithoutMark(bytes) ?? (await statisticalCharset(bytes));
  }
  if (isValid && countSequences(bytes) >= LEAST_SEQUENCES) {
    warnings.push(`The text is declared as ${declared} but is utf-8.`);
    return 'utf-8';
  }
  return declared;
}

/** By byte order mark, transport and declaration in the text; empty where there is none that we can decode. */
function declaredCharset(
  bytes: Uint8Array,
  { declared = '', syntax = 'none' }: DecodeHints,
  prescan_bytes = PRESCAN_BYTES,
): string {
  const name = sniffEncoding(bytes, {
    defaultEncoding: '',
    ...(declared === '' ? {} : { transportLayerEncodingLabel: declared }),
    ...(syntax === 'xml' ? { xml: true } : { maxPrescanBytes: syntax === 'html' ? prescan_bytes : 0 }),
  });
  const label = (name ?? '').toLowerCase();
  return label !== '' && canDecode(label) ? label : '';
}

/** Bytes at the end that begin a letter and don't end it: a cut document is still valid. */
function withoutCutTail(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

function isSlightlyDamaged(bytes: Uint8Array): boolean {
  const sample = new TextDecoder('utf-8').decode(bytes.subarray(0, STATISTICS_BYTES * 4));
  let bad = 0;
  let high = 0;
  for (let i = 0; i < sample.length; i++) {
    const unit = sample.charCodeAt(i);
    if (unit === 0xfffd) bad += 1;
    else if (unit > 0x7f) high += 1;
  }
  // Most letters beyond ASCII are good, or the damage is a speck in a large text.
  return bad <= high / 4 || bad * 1000 <= sample.length * (DAMAGE_PER_MILLE / 10);
}

function countSequences(bytes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < bytes.length && count < LEAST_SEQUENCES; i++)
    if ((bytes[i] as number) >= 0xc2) count += 1;
  return count;
}

function utf16WithoutMark(bytes: Uint8Array): string | undefined {
  const length = Math.min(bytes.length, 4096);
  let even = 0;
  let odd = 0;
  for (let i = 0; i < length; i++) {
    if (bytes[i] !== 0) continue;
    if (i % 2 === 0) even += 1;
    else odd += 1;
  }
  if (even + odd < length * 0.3) return undefined;
  return even > odd ? 'utf-16be' : 'utf-16le';
}

async function statisticalCharset(bytes: Uint8Array): Promise<string> {
  // Loaded when the first such text comes: hardly any page of today needs it.
  const { detect } = await import('jschardet');
  try {
    const { encoding, confidence } = detect(bytes.subarray(0, STATISTICS_BYTES));
    const label = SUPERSETS[(encoding ?? '').toLowerCase()] ?? (encoding ?? '').toLowerCase();
    // UTF-8 was ruled out before.
    if (confidence >= LEAST_CONFIDENCE && label !== 'utf-8' && canDecode(label)) {
      return new TextDecoder(label).encoding;
    }
  } catch {
    // Statistics that fail on strange bytes are no statistics.
  }
  return FALLBACK;
}

/** Names of the detector that the platform spells otherwise. */
const SUPERSETS: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  cp949: 'euc-kr',
  gb2312: 'gb18030',
  ascii: 'windows-1252',
  'iso-8859-1': 'windows-1252',
};

function canDecode(label: string): boolean {
  try {
    return decoderOf(label).encoding !== '';
  } catch {
    return false;
  }
}
