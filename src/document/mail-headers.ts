/** Headers of mail: folded lines, encoded words, parameters; and how the body under them is packed. */

/** Bytes that are looked through for headers. */
const MAX_HEAD_LENGTH = 262_144;
const MAX_HEADERS = 1000;
const ENCODED_WORD = /=\?([\w-]{1,40})(?:\*[\w-]*)?\?([bq])\?([^?\s]{0,2000})\?=(?:\s+(?==\?))?/gi;

export interface ContentType {
  /** Lower case: `text/plain`; empty where nothing is said. */
  readonly name: string;
  readonly charset: string;
  readonly boundary: string;
}

/** The headers of a message or a part: the first of each name counts. */
export class MailHeaders {
  readonly #values: ReadonlyMap<string, string>;
  readonly type: ContentType;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
    const said = values.get('content-type') ?? '';
    this.type = {
      name: /^\s*([\w.+-]+\/[\w.+-]+)/.exec(said)?.[1]?.toLowerCase() ?? '',
      charset: parameterOf(said, 'charset').toLowerCase(),
      boundary: parameterOf(said, 'boundary'),
    };
  }

  /** The value of a header, its encoded words decoded; `name` in lower case. */
  get(name: string): string | undefined {
    const value = this.#values.get(name);
    return value === undefined ? undefined : decodeWords(value);
  }

  /** It came along to be stored rather than read. */
  get isAttachment(): boolean {
    return /^\s*attachment/i.test(this.#values.get('content-disposition') ?? '');
  }

  get fileName(): string {
    const said = parameterOf(this.#values.get('content-disposition') ?? '', 'filename');
    return decodeWords(said || parameterOf(this.#values.get('content-type') ?? '', 'name'));
  }
}

/** Parts a message, its bytes as Latin-1, into headers and what stands behind the first empty line. */
export function readHeaders(message: string): { headers: MailHeaders; body: string } {
  const head = message.slice(0, MAX_HEAD_LENGTH);
  const empty = /(?:^|\n)\r?\n/.exec(head);
  const end = empty === null ? head.length : empty.index + empty[0].length;
  const values = new Map<string, string>();
  for (const line of head
    .slice(0, end)
    .replaceAll(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && !values.has(name) && values.size < MAX_HEADERS)
      values.set(name, line.slice(colon + 1).trim());
  }
  return { headers: new MailHeaders(values), body: message.slice(end) };
}

/** Bytes of a body, given as Latin-1, packed as its Content-Transfer-Encoding says. */
export function decodeTransfer(body: string, encoding: string): Uint8Array {
  const name = encoding.trim().toLowerCase();
  // What is no letter of the alphabet is passed over.
  if (name === 'base64') return Buffer.from(body, 'base64');
  return Buffer.from(name === 'quoted-printable' ? unquoted(body) : body, 'latin1');
}

/** The name in `Ann Lee <ann@example.org>`, else the address. */
export function nameOf(address: string): string {
  const name = /^\s*"?([^"<]*?)"?\s*</.exec(address)?.[1]?.trim() ?? '';
  return name === '' ? address.replace(/^.*<|>.*$/g, '').trim() : name;
}

function parameterOf(header: string, name: string): string {
  const [, quoted, plain = ''] =
    new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(header) ?? [];
  return quoted ?? plain;
}

function unquoted(text: string): string {
  return (
    text
      // From the first of them on alone: what stands in the middle of a line is looked at once.
      .replaceAll(/(?<![ \t])[ \t]+(?=\r?\n)/g, '')
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(/=([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  );
}

/** Encoded words as text; what else goes beyond ASCII is UTF-8 today, and Latin-1 else. */
function decodeWords(value: string): string {
  const plain = textOf(Buffer.from(value, 'latin1'), 'utf-8') ?? value;
  return plain.replaceAll(ENCODED_WORD, (word, charset: string, encoding: string, said: string) => {
    const isBase64 = encoding.toLowerCase() === 'b';
    const bytes = isBase64
      ? Buffer.from(said, 'base64')
      : Buffer.from(unquoted(said.replaceAll('_', ' ')), 'latin1');
    return textOf(bytes, charset) ?? word;
  });
}

/** Undefined where the bytes are not in that charset, or nobody knows it. */
function textOf(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
