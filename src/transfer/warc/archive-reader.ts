/**
 * Records of WARC (ISO 28500) and ARC files. Each record stands for itself: what can't be read is told with its place,
 * and reading goes on at the next record that is one.
 */

import { ArchiveInput } from './archive-input.ts';
import { digestFault } from './record-digests.ts';
import { type ArchiveDamage, type ByteRegion, unpackedBytes } from './unpacked-bytes.ts';

export interface ArchiveRecord {
  readonly format: 'warc' | 'arc';
  /** WARC-Type; `response` for what an ARC file holds. */
  readonly type: string;
  /** WARC-Record-ID, or empty. */
  readonly id: string;
  /** As it stands there, without angle brackets; empty for records that are of no page. */
  readonly url: string;
  readonly ip: string;
  /** 0 where the date is none. */
  readonly at_ms: number;
  readonly contentType: string;
  /** Named fields by lower-case name; of an ARC file none. */
  readonly fields: ReadonlyMap<string, string>;
  readonly block: Uint8Array;
  /** The block ended before its length said so. */
  readonly isCut: boolean;
}

/**
 * `offset` counts unpacked bytes where records are the matter, bytes on disk where packing is. Damage of no bytes is of
 * what was read all the same.
 */
export type ArchiveItem = { readonly record: ArchiveRecord } | { readonly damage: ArchiveDamage };

/** A larger block is passed over and told. */
const MAX_BLOCK_BYTES = 83_886_080;
const MAX_LINE_BYTES = 65_536;
const MAX_FIELDS = 200;
const VERSION_LINE = /^WARC\/\d+\.\d+\s*$/;
const ARC_LINE = /^(\S.*?) (\S+) (\d{8,20}) (\S+)(?: \d{1,3} \S+ \S+ \d+ \S+)? (-?\w+)$/;
const NEXT_RECORD = Buffer.from('\r\n\r\nWARC/1.');

export async function* readArchive(region: ByteRegion): AsyncGenerator<ArchiveItem> {
  const input = new ArchiveInput(unpackedBytes(region));
  let records = 0;
  try {
    for (;;) {
      const head = Buffer.from(await input.peek(11)).toString('latin1');
      const isArc = head.startsWith('filedesc://') || /^https?:/.test(head);
      for await (const item of isArc ? arcRecords(input) : warcRecords(input)) {
        if ('record' in item) records += 1;
        yield item;
      }
      const damage = await input.passBarrier();
      if (damage === undefined) break;
      yield { damage };
    }
    // Nothing is lost by it here; who wants to jump to a record can't.
    const why = 'its records are packed together, not each by itself';
    if (input.members > 0 && records > input.members) yield { damage: { offset: 0, size_bytes: 0, why } };
  } finally {
    await input.close();
  }
}

async function* warcRecords(input: ArchiveInput): AsyncGenerator<ArchiveItem> {
  let strayFrom: number | undefined;
  for (;;) {
    const at = input.position;
    const line = await input.line(MAX_LINE_BYTES);
    if (line === undefined) break;
    const isStart = line.length < 20 && VERSION_LINE.test(latin1(line));
    if (!isStart) {
      // Records are parted by two empty lines; a few more harm nobody.
      if (line.length > 0) strayFrom ??= at;
      continue;
    }
    if (strayFrom !== undefined) yield stray(strayFrom, at);
    strayFrom = undefined;
    yield* warcRecord(input, at);
  }
  if (strayFrom !== undefined) yield stray(strayFrom, input.position);
}

async function* warcRecord(input: ArchiveInput, at: number): AsyncGenerator<ArchiveItem> {
  const fields = await readFields(input);
  const said = fields.get('content-length') ?? '';
  const length = /^\d{1,15}$/.test(said) ? Number(said) : undefined;
  if (length === undefined) {
    yield damaged(at, input.position, `a record of length "${said.slice(0, 40)}"`);
    return;
  }
  if (length > MAX_BLOCK_BYTES) {
    await input.skip(length);
    yield damaged(at, input.position, `a record of ${length} bytes is larger than ${MAX_BLOCK_BYTES}`);
    return;
  }
  let block = await input.take(length);
  let isCut = block.length < length;
  if (isCut) {
    // Its length may have been wrong: then records that follow stand inside of what was taken.
    const next = Buffer.from(block.buffer, block.byteOffset, block.length).indexOf(NEXT_RECORD);
    if (next >= 0) {
      input.unread(block.subarray(next + 4));
      block = block.subarray(0, next);
    }
    yield cutShort(at, length, block.length);
  }
  const type = (fields.get('warc-type') ?? '').toLowerCase();
  const contentType = fields.get('content-type') ?? '';
  const fault = isCut ? undefined : digestFault(type, contentType, fields, block);
  // It is kept: most of it is what it was.
  if (fault !== undefined) yield { damage: { offset: at, size_bytes: 0, why: fault } };
  isCut ||= fields.has('warc-truncated');
  yield {
    record: {
      format: 'warc',
      type,
      id: fields.get('warc-record-id') ?? '',
      url: (fields.get('warc-target-uri') ?? '').replace(/^<(.*)>$/, '$1'),
      ip: fields.get('warc-ip-address') ?? '',
      at_ms: Date.parse(fields.get('warc-date') ?? '') || 0,
      contentType,
      fields,
      block,
      isCut,
    },
  };
}

/** Named fields up to the empty line; a folded line goes on the one before. The first of a name counts. */
async function readFields(input: ArchiveInput): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  let last = '';
  for (let n = 0; n < MAX_FIELDS; n++) {
    const bytes = await input.line(MAX_LINE_BYTES);
    if (bytes === undefined || bytes.length === 0) break;
    const line = Buffer.from(bytes).toString('utf8');
    if (/^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`.trim());
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    last = line.slice(0, colon).trim().toLowerCase();
    if (!fields.has(last)) fields.set(last, line.slice(colon + 1).trim());
  }
  return fields;
}

async function* arcRecords(input: ArchiveInput): AsyncGenerator<ArchiveItem> {
  let strayFrom: number | undefined;
  for (;;) {
    const at = input.position;
    const line = await input.line(MAX_LINE_BYTES);
    if (line === undefined) break;
    const [, url = '', ip = '', date = '', contentType = '', said = ''] = ARC_LINE.exec(latin1(line)) ?? [];
    if (url === '' || !/^[a-z][a-z0-9+.-]*:/i.test(url)) {
      if (line.length > 0) strayFrom ??= at;
      continue;
    }
    if (strayFrom !== undefined) yield stray(strayFrom, at);
    strayFrom = undefined;
    const length = /^\d{1,15}$/.test(said) ? Number(said) : undefined;
    if (length === undefined || length > MAX_BLOCK_BYTES) {
      if (length !== undefined) await input.skip(length);
      yield damaged(at, input.position, `a record of length "${said.slice(0, 40)}"`);
      continue;
    }
    const block = await input.take(length);
    const isCut = block.length < length;
    if (isCut) yield cutShort(at, length, block.length);
    const isAboutFile = url.startsWith('filedesc:');
    yield {
      record: {
        format: 'arc',
        type: isAboutFile ? 'warcinfo' : 'response',
        id: '',
        url: isAboutFile ? '' : url,
        ip,
        at_ms: arcDate_ms(date),
        contentType,
        fields: new Map(),
        block,
        isCut,
      },
    };
  }
  if (strayFrom !== undefined) yield stray(strayFrom, input.position);
}

/** `20140216050221`: digits of a date in UTC, at least the day. */
function arcDate_ms(digits: string): number {
  const part = (from: number, length: number): string =>
    digits.slice(from, from + length).padEnd(length, '0');
  const text = `${part(0, 4)}-${part(4, 2)}-${part(6, 2)}T${part(8, 2)}:${part(10, 2)}:${part(12, 2)}Z`;
  return Date.parse(text) || 0;
}

function damaged(from: number, to: number, why: string): ArchiveItem {
  return { damage: { offset: from, size_bytes: to - from, why } };
}

/** What is there of the record is kept; what is missing is the damage. */
function cutShort(offset: number, said: number, found: number): ArchiveItem {
  const why = `a record of ${said} bytes ends after ${found}`;
  return { damage: { offset, size_bytes: said - found, why } };
}

function stray(from: number, to: number): ArchiveItem {
  return damaged(from, to, 'bytes that belong to no record');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
