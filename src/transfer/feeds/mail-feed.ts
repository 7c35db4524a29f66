/** The messages of a mail archive (mbox): each begins at a line `From ADDRESS DATE` behind an empty one; bytes of a message stay as they are. */

import { basename } from 'node:path';

import { hash64 } from '../../base/index.ts';
import { beginsMessage, readHeaders } from '../../document/index.ts';
import { importMeta } from './archive-feed.ts';
import type { Feed, FeedItem } from './feed.ts';
import { openText } from './line-feed.ts';

/** A larger message is refused, and costs no more memory than this. */
const MAX_MESSAGE_BYTES = 67_108_864;
/** Headers lie within. */
const HEAD_BYTES = 65_536;
const LINE_FEED = 10;
const BEGINNING = Buffer.from('From ');
/** A message's own line "From " was written with a mark before it. */
const QUOTED = /^>+From /;

export interface MailFeedOptions {
  readonly now_ms: number;
  /** Address below which messages are known by their ids. */
  readonly base: string;
}

export async function* mailFeed(path: string, options: MailFeedOptions): Feed & AsyncGenerator<FeedItem> {
  const file = basename(path);
  let message = new Message(0);
  let number = 0;
  let isBehindEmpty = true;
  for await (const line of linesOf(path)) {
    if (isBehindEmpty && isBeginning(line)) {
      if (number > 0) yield message.item(file, options);
      number += 1;
      message = new Message(number);
    } else if (number > 0) message.add(line);
    else if (line.toString('latin1').trim() !== '') {
      yield { kind: 'refused', place: { file, at: 1 }, why: 'it is no mbox: it does not begin with "From "' };
      return;
    }
    isBehindEmpty = line.length <= 2 && line.toString('latin1').trim() === '';
  }
  if (number > 0) yield message.item(file, options);
}

/** The bytes first: nearly every line is none. */
function isBeginning(line: Buffer): boolean {
  return line.subarray(0, BEGINNING.length).equals(BEGINNING) && beginsMessage(line.toString('latin1'));
}

class Message {
  /** Which of the archive, from 1. */
  readonly #number: number;
  readonly #lines: Buffer[] = [];
  #size_bytes = 0;

  constructor(number: number) {
    this.#number = number;
  }

  add(line: Buffer): void {
    this.#size_bytes += line.length;
    if (this.#size_bytes > MAX_MESSAGE_BYTES) this.#lines.length = 0;
    else this.#lines.push(QUOTED.test(line.toString('latin1', 0, 64)) ? line.subarray(1) : line);
  }

  item(file: string, { now_ms, base }: MailFeedOptions): FeedItem {
    const place = { file, at: this.#number };
    if (this.#size_bytes > MAX_MESSAGE_BYTES) {
      return { kind: 'refused', place, why: `the message is larger than ${MAX_MESSAGE_BYTES} bytes` };
    }
    const bytes = new Uint8Array(Buffer.concat(this.#lines));
    const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
    const { headers } = readHeaders(head);
    const said = /<([^<>\s]{1,500})>/.exec(headers.get('message-id') ?? '')?.[1];
    const id = said ?? hash64(bytes).toString(16);
    const sent_ms = Date.parse((headers.get('date') ?? '').slice(0, 100).replace(/\([^)]*\)/g, ' '));
    const source = {
      url: `${base}${encodeURIComponent(id)}`,
      bytes,
      headers: { 'content-type': 'message/rfc822' },
      status: 200,
      // A message does not change: what it says of its time is when it was got.
      fetchedAt_ms: sent_ms > 0 && sent_ms < now_ms ? sent_ms : now_ms,
      depth: 0,
      meta: importMeta(`mail:${file}`, id, bytes, String(this.#number)),
    };
    return { kind: 'document', place, source };
  }
}

/** With their ends; a line that is too long comes in pieces. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of openText(path) as AsyncIterable<Buffer>) {
    let bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED)) {
      yield bytes.subarray(0, end + 1);
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > MAX_LINE_BYTES) {
      yield bytes;
      bytes = Buffer.alloc(0);
    }
    rest = bytes;
  }
  if (rest.length > 0) yield rest;
}

const MAX_LINE_BYTES = 1_048_576;
