/**
 * Writes title files as a Gigablast leaves them, for tests: parts of any size, chopped heads, tombstones, versions over
 * several files, maps, saved trees; and what goes wrong with them: bad sizes, torn tails, strange versions.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

export interface TitleDocument {
  readonly url: string;
  readonly content: string | Uint8Array;
  /** 38 bits. Default: made of the URL. */
  readonly docId?: number;
  readonly version?: number;
  readonly contentType?: number;
  readonly language?: number;
  readonly spidered_s?: number;
  readonly firstIndexed_s?: number;
  readonly siteInlinks?: number;
  readonly contentHash32?: number;
  readonly hopCount?: number;
  /** Default 200. */
  readonly httpStatus?: number;
  readonly linkTexts?: readonly string[];
  readonly redirectUrl?: string;
  /** Bits of the header's flags. */
  readonly flags?: number;
  readonly country?: number;
  readonly rootLanguage?: number;
  /** IANA's number. Default: UTF-8. */
  readonly charset?: number;
  /** JSON that was given with it. */
  readonly metadata?: string;
  /** Other fields, by number. */
  readonly moreFields?: Readonly<Record<number, Uint8Array>>;
  /** Field bits that are set although no such field exists. */
  readonly strayFields?: number;
}

export interface TitleRecordBytes {
  readonly docId: number;
  readonly bytes: Uint8Array;
}

const FIELDS = { url: 0, redirect: 1, content: 14, metadata: 15, site: 16, pageLinks: 17 } as const;

/** FNV-1a over 38 bits: any spread of ids will do. */
export function docIdOfUrl(url: string): number {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(url)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return Number(hash >> 26n);
}

function urlHash48(url: string): bigint {
  let hash = 0x84222325cbf29cen;
  for (const byte of Buffer.from(url)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash >> 16n;
}

export function titleKey(docId: number, url: string, isTombstone = false): Uint8Array {
  const key = new Uint8Array(12);
  const view = new DataView(key.buffer);
  const id = BigInt(docId);
  const low = (BigInt.asUintN(6, id) << 58n) | (urlHash48(url) << 10n) | (isTombstone ? 0n : 1n);
  view.setBigUint64(0, low, true);
  view.setUint32(8, Number(id >> 6n), true);
  return key;
}

/** The unpacked document: a header of 88 bytes and its fields. */
export function titleDocument(document: TitleDocument): Uint8Array {
  const content = typeof document.content === 'string' ? Buffer.from(document.content) : document.content;
  const fields = new Map<number, Uint8Array>([
    [FIELDS.url, zeroTerminated(document.url)],
    [FIELDS.content, Buffer.concat([content, Buffer.from([0])])],
    [FIELDS.site, zeroTerminated(URL.parse(document.url)?.host ?? '')],
  ]);
  if (content.length === 0) fields.delete(FIELDS.content);
  if (document.linkTexts !== undefined) fields.set(FIELDS.pageLinks, linkInfo(document.linkTexts));
  if (document.redirectUrl !== undefined) fields.set(FIELDS.redirect, zeroTerminated(document.redirectUrl));
  if (document.metadata !== undefined) fields.set(FIELDS.metadata, zeroTerminated(document.metadata));
  for (const [field, bytes] of Object.entries(document.moreFields ?? {})) fields.set(Number(field), bytes);
  const header = new DataView(new ArrayBuffer(88));
  header.setUint16(0, 88, true);
  header.setUint16(2, document.version ?? 121, true);
  const present = [...fields.keys()].reduce((bits, field) => bits | (1 << field), 0);
  header.setUint32(4, (present | (document.strayFields ?? 0)) >>> 0, true);
  header.setUint32(8, 0x0100007f, true);
  header.setUint32(16, document.contentHash32 ?? 0x1234_5678, true);
  header.setInt32(24, document.siteInlinks ?? 7, true);
  header.setUint32(36, document.spidered_s ?? 1_400_000_000, true);
  header.setUint32(40, document.spidered_s ?? 1_400_000_000, true);
  header.setUint32(48, 0xffff_ffff, true);
  header.setUint32(52, document.firstIndexed_s ?? 1_300_000_000, true);
  header.setUint16(60, document.charset ?? 106, true);
  header.setUint16(62, document.country ?? 0, true);
  header.setInt16(76, document.httpStatus ?? 200, true);
  header.setInt8(78, document.hopCount ?? 0);
  header.setUint8(79, document.language ?? 1);
  header.setUint8(80, document.rootLanguage ?? 0);
  header.setUint8(81, document.contentType ?? 1);
  header.setUint16(82, document.flags ?? 0, true);
  header.setUint16(84, document.metadata === undefined ? 0 : 1, true);
  const parts: Uint8Array[] = [new Uint8Array(header.buffer)];
  for (const [, field] of [...fields].sort(([a], [b]) => a - b)) parts.push(int32(field.length), field);
  return Buffer.concat(parts);
}

/** A whole record: key, size, packed document. */
export function titleRecord(document: TitleDocument): TitleRecordBytes {
  const docId = document.docId ?? docIdOfUrl(document.url);
  return { docId, bytes: packedRecord(titleKey(docId, document.url), titleDocument(document)) };
}

export function packedRecord(key: Uint8Array, document: Uint8Array): Uint8Array {
  const packed = deflateSync(document);
  return Buffer.concat([key, int32(packed.length + 4), int32(document.length), packed]);
}

export function tombstone(url: string, docId: number = docIdOfUrl(url)): TitleRecordBytes {
  return { docId, bytes: titleKey(docId, url, true) };
}

/** Records one behind another, in the order of their keys. */
export function titleBytes(records: readonly TitleRecordBytes[]): Uint8Array {
  return Buffer.concat([...records].sort(byKey).map(({ bytes }) => bytes));
}

function byKey(a: TitleRecordBytes, b: TitleRecordBytes): number {
  const value = ({ bytes }: TitleRecordBytes): bigint => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return (BigInt(view.getUint32(8, true)) << 64n) | view.getBigUint64(0, true);
  };
  const difference = value(a) - value(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export interface TitleFilePlan {
  /** Default `titledbNNNN-000.dat`. */
  readonly name?: string;
  readonly id?: number;
  /** Split into parts of this size. */
  readonly part_bytes?: number;
  /** Leading parts that are not written: chopped off. */
  readonly choppedParts?: number;
  /** Parts that are not written. */
  readonly missingParts?: readonly number[];
  /** Write a map beside it. */
  readonly hasMap?: boolean;
}

/** Writes a data file; returns its name. */
export function writeTitleFile(directory: string, bytes: Uint8Array, plan: TitleFilePlan = {}): string {
  mkdirSync(directory, { recursive: true });
  const number = String(plan.id ?? 1).padStart(4, '0');
  const name = plan.name ?? `titledb${number}-000.dat`;
  const size = plan.part_bytes ?? Number.MAX_SAFE_INTEGER;
  for (let part = 0; part * size < Math.max(1, bytes.length); part++) {
    if (part < (plan.choppedParts ?? 0) || plan.missingParts?.includes(part) === true) continue;
    const path = join(directory, part === 0 ? name : `${name}.part${part}`);
    writeFileSync(path, bytes.subarray(part * size, (part + 1) * size));
  }
  if (plan.hasMap === true) writeFileSync(join(directory, `titledb${number}.map`), titleMap(bytes));
  return name;
}

/** The map of a file whose records are all good. */
export function titleMap(bytes: Uint8Array): Uint8Array {
  const page = 32_768;
  const pages = Math.ceil(bytes.length / page);
  const first = new Map<number, { key: Uint8Array; place: number }>();
  let records = 0;
  let tombstones = 0;
  let last = new Uint8Array(12);
  for (let at = 0; at + 12 <= bytes.length;) {
    last = new Uint8Array(bytes.subarray(at, at + 12));
    const number = Math.floor(at / page);
    if (!first.has(number)) first.set(number, { key: last, place: at % page });
    const isTombstone = ((bytes[at] ?? 0) & 1) === 0;
    if (isTombstone) tombstones += 1;
    else records += 1;
    at += isTombstone ? 12 : 16 + Buffer.from(bytes.buffer, bytes.byteOffset).readInt32LE(at + 12);
  }
  const header = Buffer.alloc(32);
  header.writeBigUInt64LE(BigInt(bytes.length), 0);
  header.writeBigUInt64LE(BigInt(records), 16);
  header.writeBigUInt64LE(BigInt(tombstones), 24);
  const out: Uint8Array[] = [header, last];
  for (let segment = 0; segment < pages; segment += 2048) {
    const numbers = Array.from({ length: Math.min(2048, pages - segment) }, (_, i) => segment + i);
    for (const number of numbers) out.push(first.get(number)?.key ?? new Uint8Array(12));
    for (const number of numbers) {
      const place = Buffer.alloc(2);
      place.writeInt16LE(first.get(number)?.place ?? -1);
      out.push(place);
    }
  }
  return Buffer.concat(out);
}

export interface TreeNode {
  readonly collnum: number;
  /** A record as it stands in a file, or a tombstone. */
  readonly record: Uint8Array;
}

/** What a crawl queue says of a URL, whose hash is given: that it is wanted, or that it was fetched; or takes that back. */
export function spiderRecord(
  hash: number,
  url: string | undefined,
  { isTombstone = false }: { readonly isTombstone?: boolean } = {},
): Uint8Array {
  const key = Buffer.alloc(16);
  key.writeUIntLE(512 + (isTombstone ? 0 : 1), 0, 6);
  if (url !== undefined) key[5] = 0x80;
  key.writeUIntLE(hash, 6, 6);
  key.writeUInt32LE(0x0a00_0001, 12);
  if (isTombstone) return key;
  const data =
    url === undefined ? Buffer.alloc(56) : Buffer.concat([Buffer.alloc(97, 1), zeroTerminated(url)]);
  return Buffer.concat([key, int32(data.length), data]);
}

export interface TagPlan {
  readonly siteHash: bigint;
  /** Hash of its name. */
  readonly tag: number;
  readonly user: string;
  readonly value: string;
  readonly isTombstone?: boolean;
}

/** What tagdb says of a site. */
export function tagRecord({ siteHash, tag, user, value, isTombstone = false }: TagPlan): Uint8Array {
  const key = Buffer.alloc(16);
  key[0] = isTombstone ? 0 : 1;
  key.writeUInt32LE(tag, 4);
  key.writeBigUInt64LE(siteHash, 8);
  if (isTombstone) return key;
  const text = Buffer.concat([Buffer.from([user.length + 1]), zeroTerminated(user), zeroTerminated(value)]);
  const header = Buffer.alloc(8, 1);
  const type = Buffer.alloc(4);
  type.writeUInt32LE(tag);
  const data = Buffer.concat([header, type, int32(text.length), text]);
  return Buffer.concat([key, int32(data.length), data]);
}

/** A saved tree of these nodes, with an empty node in the middle as deletions leave them. */
export function savedTree(nodes: readonly TreeNode[], key_bytes = 12): Uint8Array {
  const middle = Math.floor(nodes.length / 2);
  const all: (TreeNode | undefined)[] = [...nodes.slice(0, middle), undefined, ...nodes.slice(middle)];
  const header = Buffer.alloc(26);
  header.writeInt32LE(all.length + 100, 0);
  header.writeInt32LE(-1, 4);
  header.writeInt32LE(nodes.length, 8);
  header.writeInt32LE(all.length, 20);
  header[24] = 1;
  header[25] = 1;
  const out: Uint8Array[] = [header];
  for (let first = 0; first < all.length; first += 10_000) {
    const block = all.slice(first, first + 10_000);
    const data = (node: TreeNode | undefined): Uint8Array =>
      node?.record.subarray(key_bytes + 4) ?? new Uint8Array(0);
    for (const node of block) out.push(Buffer.from(new Int16Array([node?.collnum ?? 0]).buffer));
    for (const node of block) out.push(node?.record.subarray(0, key_bytes) ?? new Uint8Array(key_bytes));
    for (const _ of block) out.push(int32(-1));
    for (const _ of block) out.push(int32(-1));
    for (const node of block) out.push(int32(node === undefined ? -2 : 0));
    for (const _ of block) out.push(new Uint8Array([1]));
    for (const node of block) out.push(int32(data(node).length));
    for (const node of block) out.push(data(node));
  }
  return Buffer.concat(out);
}

function zeroTerminated(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}

function linkInfo(texts: readonly string[]): Uint8Array {
  const links = texts.map((text) => {
    const url = Buffer.from('http://linker.example.org/\0');
    const words = Buffer.from(`${text}\0`);
    const fixed = Buffer.alloc(124);
    fixed.writeInt32LE(url.length, 96);
    fixed.writeInt32LE(words.length, 100);
    return Buffer.concat([fixed, url, words]);
  });
  const header = Buffer.alloc(32);
  header.writeInt32LE(32 + links.reduce((sum, { length }) => sum + length, 0), 4);
  header.writeInt32LE(texts.length, 12);
  header.writeInt32LE(texts.length, 16);
  header.writeInt32LE(texts.length, 28);
  return Buffer.concat([header, ...links]);
}

function int32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
