/** Reads tar archives: ustar, with the long names of GNU and pax. Source: POSIX.1-2017, pax, "ustar Interchange Format". */

export interface TarFile {
  readonly name: string;
  /** A view, not a copy; undefined where the archive is cut or damaged, which ends it. */
  readonly content: Uint8Array | undefined;
}

const BLOCK_BYTES = 512;
const MAX_NAME_BYTES = 4096;
const MAGIC = 'ustar';
const [NAME_AT, SIZE_AT, SUM_AT, TYPE_AT, MAGIC_AT, PREFIX_AT] = [0, 124, 148, 156, 257, 345] as const;
const [NAME_BYTES, SIZE_BYTES, SUM_BYTES, PREFIX_BYTES] = [100, 12, 8, 155] as const;
const SPACE = 0x20;
const decoder = new TextDecoder();

/** True where `bytes` begin with the header of a file. */
export function isTar(bytes: Uint8Array): boolean {
  return bytes.length >= BLOCK_BYTES && textAt(bytes, MAGIC_AT, MAGIC.length) === MAGIC && hasSum(bytes, 0);
}

/** The files in their order, without folders and links. */
export function* filesOfTar(bytes: Uint8Array): Iterable<TarFile> {
  let longName = '';
  let at = 0;
  // A name begins with no zero: what does is the end.
  while (at + BLOCK_BYTES <= bytes.length && bytes[at] !== 0) {
    const size_bytes = Number.parseInt(textAt(bytes, at + SIZE_AT, SIZE_BYTES), 8);
    const start = at + BLOCK_BYTES;
    if (!hasSum(bytes, at) || !(size_bytes >= 0) || start + size_bytes > bytes.length) {
      yield { name: nameAt(bytes, at), content: undefined };
      return;
    }
    const content = bytes.subarray(start, start + size_bytes);
    const type = String.fromCharCode(bytes[at + TYPE_AT] ?? 0);
    at = start + Math.ceil(size_bytes / BLOCK_BYTES) * BLOCK_BYTES;
    if (type === 'L') longName = textAt(content, 0, MAX_NAME_BYTES);
    else if (type === 'x') longName = pathOf(content) || longName;
    else if (type === '0' || type === '\0') {
      yield { name: longName || nameAt(bytes, start - BLOCK_BYTES), content };
      longName = '';
    } else if (type !== 'g') longName = '';
  }
}

function nameAt(bytes: Uint8Array, header: number): string {
  const name = textAt(bytes, header + NAME_AT, NAME_BYTES);
  const prefix = textAt(bytes, header + PREFIX_AT, PREFIX_BYTES);
  const isUstar = textAt(bytes, header + MAGIC_AT, MAGIC.length) === MAGIC;
  return isUstar && prefix !== '' ? `${prefix}/${name}` : name;
}

/** The path among the records of a pax header: each its length, a space, name, `=`, value, a line feed. */
function pathOf(content: Uint8Array): string {
  const records = textAt(content, 0, MAX_NAME_BYTES);
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1] ?? '';
}

/** The text of a field, which a NUL ends. */
function textAt(bytes: Uint8Array, from: number, most_bytes: number): string {
  const field = bytes.subarray(from, from + most_bytes);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
}

/** The sum of a header's bytes is what it says, counted as if its own field were blank. */
function hasSum(bytes: Uint8Array, header: number): boolean {
  let sum = 0;
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const isSum = i >= SUM_AT && i < SUM_AT + SUM_BYTES;
    sum += isSum ? SPACE : (bytes[header + i] ?? 0);
  }
  return Number.parseInt(textAt(bytes, header + SUM_AT, SUM_BYTES).trim(), 8) === sum;
}
