/** What a PDF says of itself: in its dictionary of information, or in XMP, which programs of today write. */

import { parseDate } from './dates.ts';
import { collapseSpaces } from './text-blocks.ts';

export interface PdfMetadata {
  /** Empty where nobody has named it. */
  readonly title: string;
  readonly author: string;
  readonly subject: string;
  readonly keywords: string;
  readonly language: string;
  readonly changed_ms: number;
}

/** The packet of XMP as the package has read it: a text, or a list of texts, by name. */
interface XmpPacket {
  get(name: string): unknown;
}

const MAX_LENGTH = 300;
const MAX_VALUES = 20;
/** What programs call a document that nobody has named. */
const NO_TITLE =
  /^(?:untitled|microsoft \w+ - .*|.*\.(?:docx?|dvi|indd|odt|pdf|pptx?|ps|qxd|rtf|tex|xlsx?))?$/i;

/** `info` is the dictionary; of the two the one is believed that says something, the dictionary first. */
export function pdfMetadata(info: object, xmp: XmpPacket | null, now_ms: number): PdfMetadata {
  const inInfo = (name: string): string => textOf((info as Readonly<Record<string, unknown>>)[name]);
  const inXmp = (name: string): string => textOf(xmp?.get(name));
  const date = isoDate(inInfo('ModDate')) || inXmp('xmp:modifydate');
  const created = isoDate(inInfo('CreationDate')) || inXmp('xmp:createdate');
  return {
    title: [inInfo('Title'), inXmp('dc:title')].find((title) => !NO_TITLE.test(title)) ?? '',
    author: inInfo('Author') || inXmp('dc:creator'),
    subject: inInfo('Subject') || inXmp('dc:description'),
    keywords: inInfo('Keywords') || inXmp('pdf:keywords') || inXmp('dc:subject'),
    language: inInfo('Language') || inXmp('dc:language'),
    changed_ms: parseDate(date || created, now_ms),
  };
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) {
    return textOf(
      value
        .slice(0, MAX_VALUES)
        .filter((one) => typeof one === 'string')
        .join(', '),
    );
  }
  return typeof value === 'string' ? collapseSpaces(value).slice(0, MAX_LENGTH) : '';
}

/** `D:20240102030405+01'00'` to ISO 8601; empty for what is none. */
function isoDate(date: string): string {
  const match = /^D:(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:Z|([+-]\d{2})'?(\d{2})?)?/.exec(date);
  if (match === null) return '';
  const [
    ,
    year,
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    zone,
    zoneMinute = '00',
  ] = match;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${zone === undefined ? 'Z' : `${zone}:${zoneMinute}`}`;
}
