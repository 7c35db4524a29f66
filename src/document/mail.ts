/** Reads mail: messages (RFC 5322) and mailboxes (RFC 4155), their text in parts (MIME, RFC 2045 to 2047). */

import { PeregrineError } from '../base/index.ts';
import { decodeText } from './charset.ts';
import { parseDate } from './dates.ts';
import type { Link, Section } from './document.ts';
import { type ExtractedContent, NOTHING_EXTRACTED } from './extracted.ts';
import type { InnerFiles } from './inner-files.ts';
import { readHtml } from './html.ts';
import { decodeTransfer, type MailHeaders, nameOf, readHeaders } from './mail-headers.ts';
import { readPlainText } from './plain-text.ts';
import { collapseSpaces, MAX_LINKS, MAX_TEXT_LENGTH } from './text-blocks.ts';

/** Parts of all messages together, and parts inside parts. */
const MAX_PARTS = 2000;
const MAX_DEPTH = 12;
const MAX_MESSAGES = 1000;
const MAX_SECTIONS = 4000;
const MAX_TITLE_LENGTH = 300;
const MAX_ATTACHMENTS = 50;
const MAX_VALUE_LENGTH = 500;
/** A line that begins a message in a mailbox: `From`, an address, a date. */
const MAILBOX_START = /^From \S+ .*\d{4}\s*$/;
/** Characters of it that are looked at. */
const MAX_START_LENGTH = 500;
/** A line behind an empty one that {@link beginsMessage} is asked of. */
const MAY_BEGIN = /(?:^|\r?\n\r?\n)(From [^\r\n]*)\r?\n/g;

/**
 * Reads one message, or those of a mailbox one after the other; files that came along are handed to `inner`. Rejects with
 * `PARSE_FAILED` where nothing looks like one.
 */
export async function readMail(
  bytes: Uint8Array,
  url: string,
  now_ms: number,
  inner?: InnerFiles,
): Promise<ExtractedContent> {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const isMailbox = beginsMessage(source.slice(0, MAX_START_LENGTH + 1).split('\n', 1)[0] ?? '');
  const messages = isMailbox ? messagesOf(source) : [source];
  const reader = new MailReader(url, now_ms, inner);
  const heads: MailHeaders[] = [];
  for (const message of messages.slice(0, MAX_MESSAGES)) {
    if (reader.isFull) break;
    const { headers, body } = readHeaders(message);
    if (headers.get('from') === undefined && headers.get('subject') === undefined) continue;
    heads.push(headers);
    if (isMailbox) reader.addHeading(headers.get('subject') ?? '');
    await reader.readPart(headers, body, 0);
  }
  const [first] = heads;
  if (first === undefined) throw new PeregrineError('PARSE_FAILED', 'The document is no mail.', { url });
  const said = (name: string): string => collapseSpaces(first.get(name) ?? '').slice(0, MAX_VALUE_LENGTH);
  const attachments = reader.attachments.join('\n');
  return {
    ...NOTHING_EXTRACTED,
    title: isMailbox ? '' : said('subject').slice(0, MAX_TITLE_LENGTH),
    author: isMailbox ? '' : nameOf(said('from')),
    published_ms: parseDate(dateOf(heads.at(-1)), now_ms),
    sections: reader.sections,
    links: reader.links,
    meta: Object.fromEntries(
      [
        ...['from', 'to', 'cc'].map((name) => [name, isMailbox ? '' : said(name)] as const),
        ['attachment', attachments] as const,
      ].filter(([, value]) => value !== ''),
    ),
    warnings: reader.isFull || messages.length > MAX_MESSAGES ? ['The mail holds more than is kept.'] : [],
  };
}

/** True of a line, its bytes as Latin-1, that begins a message in a mailbox. */
export function beginsMessage(line: string): boolean {
  return line.length <= MAX_START_LENGTH && MAILBOX_START.test(line);
}

/** The messages of a mailbox, one more than are read at most. */
function messagesOf(mailbox: string): string[] {
  const messages: string[] = [];
  let start = -1;
  for (const {
    0: { length },
    1: line = '',
    index,
  } of mailbox.matchAll(MAY_BEGIN)) {
    if (!beginsMessage(line)) continue;
    if (start >= 0) messages.push(mailbox.slice(start, index));
    if (messages.length > MAX_MESSAGES) return messages;
    start = index + length;
  }
  if (start >= 0) messages.push(mailbox.slice(start));
  return messages;
}

/** Without the remark behind it: `(UTC)`. */
function dateOf(headers: MailHeaders | undefined): string {
  return collapseSpaces((headers?.get('date') ?? '').slice(0, 100).replace(/\([^)]*\)/g, ' '));
}

class MailReader {
  readonly sections: Section[] = [];
  readonly links: Link[] = [];
  /** Names of files that came along. */
  readonly attachments: string[] = [];
  readonly #url: string;
  readonly #now_ms: number;
  readonly #inner: InnerFiles | undefined;
  #length = 0;
  #parts = 0;

  constructor(url: string, now_ms: number, inner: InnerFiles | undefined) {
    this.#url = url;
    this.#now_ms = now_ms;
    this.#inner = inner;
  }

  get isFull(): boolean {
    return (
      this.#length >= MAX_TEXT_LENGTH || this.#parts >= MAX_PARTS || this.sections.length >= MAX_SECTIONS
    );
  }

  addHeading(subject: string): void {
    const text = collapseSpaces(subject);
    if (text !== '') this.sections.push({ kind: 'heading', text, level: 2, anchor: '' });
  }

  /** Reads what stands under `headers`: text, or parts of which each has headers of its own. */
  async readPart(headers: MailHeaders, body: string, depth: number): Promise<void> {
    this.#parts += 1;
    if (this.isFull || depth > MAX_DEPTH) return;
    const type = headers.type.name;
    const file = headers.fileName;
    if (type.startsWith('multipart/')) {
      await this.#readParts(headers, body, depth);
    } else if (type === 'message/rfc822') {
      const inner = readHeaders(body);
      this.addHeading(inner.headers.get('subject') ?? '');
      await this.readPart(inner.headers, inner.body, depth + 1);
    } else if (headers.isAttachment || !(type === '' || type === 'text/plain' || type === 'text/html')) {
      if (file === '' || this.attachments.length >= MAX_ATTACHMENTS) return;
      this.attachments.push(file);
      await this.#inner?.read(file, decodeTransfer(body, headers.get('content-transfer-encoding') ?? ''));
    } else await this.#readText(headers, body);
  }

  async #readParts(headers: MailHeaders, body: string, depth: number): Promise<void> {
    const { boundary } = headers.type;
    if (boundary === '') return this.#readText(headers, body);
    const parts = partsOf(body, boundary).map(readHeaders);
    if (headers.type.name !== 'multipart/alternative') {
      for (const part of parts) await this.readPart(part.headers, part.body, depth + 1);
      return;
    }
    // The same in several forms, the richest last: a page has links, and what it shows of them.
    const best = parts.findLast((part) => isRead(part.headers)) ?? parts.at(-1);
    if (best !== undefined) await this.readPart(best.headers, best.body, depth + 1);
  }

  async #readText(headers: MailHeaders, body: string): Promise<void> {
    const isPage = headers.type.name === 'text/html';
    const bytes = decodeTransfer(body, headers.get('content-transfer-encoding') ?? '');
    const { text } = await decodeText(bytes, {
      declared: headers.type.charset,
      syntax: isPage ? 'html' : 'none',
    });
    const content = isPage ? readHtml(text, this.#url, this.#now_ms) : readPlainText(text, this.#url, false);
    for (const section of content.sections) {
      if (this.isFull) return;
      // Places inside of a message have no address.
      this.sections.push({ ...section, anchor: '' });
      this.#length += section.text.length;
    }
    this.links.push(...content.links.slice(0, MAX_LINKS - this.links.length));
  }
}

/** A form of a text that is read. */
function isRead({ type }: MailHeaders): boolean {
  return /^(?:text\/(?:html|plain)|multipart\/.*|)$/.test(type.name);
}

/** What stands between the lines of a boundary. */
function partsOf(body: string, boundary: string): string[] {
  const parts: string[] = [];
  const mark = `--${boundary}`;
  let start = -1;
  for (let at = body.indexOf(mark); at >= 0 && parts.length < MAX_PARTS; at = body.indexOf(mark, at + 1)) {
    if (at > 0 && body[at - 1] !== '\n') continue;
    if (start >= 0) parts.push(body.slice(start, at).replace(/\r?\n$/, ''));
    const lineEnd = body.indexOf('\n', at);
    if (body.startsWith('--', at + mark.length) || lineEnd < 0) return parts;
    start = lineEnd + 1;
  }
  // The last part of a message that breaks off.
  if (start >= 0) parts.push(body.slice(start));
  return parts;
}
