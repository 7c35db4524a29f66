/**
 * The frame of a title record in a data file: key, and for a record that is no tombstone the size of what follows.
 *
 * | offset | size | field |
 * |--:|--:|---|
 * | 0 | 12 | key: u64 (lowest bit: 1 record, 0 tombstone; 9 zero bits; 48 bits of URL hash; 6 bits of docId), u32 (upper 32 bits of docId) |
 * | 12 | 4 | i32 size of the rest; absent in a tombstone |
 * | 16 | 4 | i32 size of the document unpacked |
 * | 20 | … | zlib stream |
 */

export const KEY_BYTES = 12;
export const FRAME_BYTES = 20;
/** Largest record that is read; a larger size is damage. */
export const MAX_RECORD_BYTES = 500_000_000;
/** Largest document that is unpacked. */
export const MAX_DOCUMENT_BYTES = 104_857_600;

/** 95 bits of key without the tombstone bit, in two safe integers: equal for a record and its tombstone. */
export interface RecordKey {
  /** Upper 48 bits: docId (38), ten bits of the URL's hash. */
  readonly high: number;
  /** Lower 48 bits: 38 bits of the URL's hash, nine zeros, the tombstone bit cleared. */
  readonly low: number;
}

export interface RecordFrame {
  readonly key: RecordKey;
  readonly isTombstone: boolean;
  /** Bytes from the first of the key to the last of the data. */
  readonly length: number;
}

/** Why bytes are no frame of a record. */
export type FrameFault = 'cut' | 'key' | 'size';

export function compareRecordKeys(a: RecordKey, b: RecordKey): number {
  return a.high - b.high || a.low - b.low;
}

/** 38 bits. */
export function docIdOfKey({ high }: RecordKey): number {
  return Math.floor(high / 1024);
}

/** 24 hexadecimal digits, in the order of keys. */
export function keyText({ high, low }: RecordKey): string {
  return high.toString(16).padStart(12, '0') + low.toString(16).padStart(12, '0');
}

export function keyOfText(text: string): RecordKey {
  return { high: Number.parseInt(text.slice(0, 12), 16), low: Number.parseInt(text.slice(12), 16) };
}

/** The key in the twelve bytes at `at`. */
export function readKey(bytes: Uint8Array, at: number): RecordKey {
  const byte = (i: number): number => bytes[at + i] ?? 0;
  const low32 = (byte(0) & 0xfe) + byte(1) * 0x100 + byte(2) * 0x1_0000 + byte(3) * 0x100_0000;
  const low = low32 + (byte(4) + byte(5) * 0x100) * 0x1_0000_0000;
  const top = byte(8) + byte(9) * 0x100 + byte(10) * 0x1_0000 + byte(11) * 0x100_0000;
  return { high: top * 0x1_0000 + byte(6) + byte(7) * 0x100, low };
}

/** The nine bits that are zero in every key. */
function hasZeroBits(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at] ?? 0) & 0xfe) === 0 && ((bytes[at + 1] ?? 0) & 0x03) === 0;
}

/**
 * The frame that begins at `at` of `bytes`, of a record that may reach as far as `left` bytes. `bytes` holds
 * {@link FRAME_BYTES} from there, or all that is left.
 */
export function readFrame(bytes: Uint8Array, at: number, left: number): RecordFrame | FrameFault {
  if (left < KEY_BYTES || bytes.length - at < KEY_BYTES) return 'cut';
  if (!hasZeroBits(bytes, at)) return 'key';
  const key = readKey(bytes, at);
  if (((bytes[at] ?? 0) & 1) === 0) return { key, isTombstone: true, length: KEY_BYTES };
  if (left < KEY_BYTES + 4) return 'cut';
  const size = readInt32(bytes, at + KEY_BYTES);
  if (size < 0 || size > MAX_RECORD_BYTES) return 'size';
  const length = KEY_BYTES + 4 + size;
  return length > left ? 'cut' : { key, isTombstone: false, length };
}

/** True where the data of a record begin as packed documents do: a sane size and the two bytes of a zlib stream. */
export function looksPacked(bytes: Uint8Array, at: number): boolean {
  const unpacked = readInt32(bytes, at + 16);
  const [method = 0, flags = 1] = [bytes[at + FRAME_BYTES], bytes[at + FRAME_BYTES + 1]];
  const isZlib = (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
  const isGzip = method === 0x1f && flags === 0x8b;
  return unpacked > 0 && unpacked <= MAX_DOCUMENT_BYTES && (isZlib || isGzip);
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}
