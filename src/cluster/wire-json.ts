/** JSON that keeps what plain JSON does not: 64-bit numbers, maps, rows of numbers, numbers that are none. For what hosts say to each other. */

import { PeregrineError } from '../base/index.ts';

/** A field that stands for what JSON has no word for; no plain object here has one of this name. */
const TAG = '#';

export function toWire(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return { [TAG]: `n${part.toString(16)}` };
    if (typeof part === 'number' && !Number.isFinite(part)) return { [TAG]: `f${part}` };
    if (part instanceof Map) return { [TAG]: `m${toWire([...part])}` };
    if (part instanceof Float64Array)
      return { [TAG]: `d${Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('base64')}` };
    return part;
  });
}

/** `CORRUPT`. */
export function fromWire(text: string): unknown {
  try {
    return JSON.parse(text, (_, part: unknown) => {
      const tagged =
        typeof part === 'object' && part !== null ? (part as Record<string, unknown>)[TAG] : undefined;
      return typeof tagged === 'string' ? untagged(tagged) : part;
    });
  } catch (error) {
    throw new PeregrineError('CORRUPT', 'A host said something that can not be read.', {}, error);
  }
}

function untagged(tagged: string): unknown {
  const rest = tagged.slice(1);
  if (tagged.startsWith('n'))
    return rest.startsWith('-') ? -BigInt(`0x${rest.slice(1)}`) : BigInt(`0x${rest}`);
  if (tagged.startsWith('f')) return Number(rest);
  if (tagged.startsWith('m')) return new Map(fromWire(rest) as [unknown, unknown][]);
  const bytes = Buffer.from(rest, 'base64');
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
