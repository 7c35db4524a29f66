/** Bounds of whole numbers of 64 bits as people type them: with a decimal point, an exponent, or far too large for any. */

const LEAST: bigint = -(2n ** 63n);
const GREATEST: bigint = 2n ** 63n - 1n;
const WHOLE = /^[-+]?\d{1,40}$/;
const DECIMAL = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d{1,4})?$/i;

/** What is typed on both sides of a range; undefined where a side is open. */
export interface TypedRange {
  readonly from?: string;
  readonly to?: string;
  readonly excludesFrom?: boolean;
  readonly excludesTo?: boolean;
}

/** The same whole numbers, both sides included; `none` where no number lies between. */
export type IntegerRange = { readonly from?: bigint; readonly to?: bigint } | 'none';

/** Undefined where a side is no number. */
export function integerRange({ from, to, excludesFrom, excludesTo }: TypedRange): IntegerRange | undefined {
  const low = from === undefined ? LEAST : leastFrom(from, excludesFrom === true);
  const high = to === undefined ? GREATEST : greatestTo(to, excludesTo === true);
  if (low === undefined || high === undefined) return undefined;
  if (low > high || low > GREATEST || high < LEAST) return 'none';
  return { ...(low > LEAST && { from: low }), ...(high < GREATEST && { to: high }) };
}

/** The whole number nearest below, within 64 bits; undefined for what is no number. */
export function integerOf(text: string): bigint | undefined {
  const read = wholePart(text);
  if (read === undefined) return undefined;
  if (read.whole < LEAST) return LEAST;
  return read.whole > GREATEST ? GREATEST : read.whole;
}

function leastFrom(text: string, isExcluded: boolean): bigint | undefined {
  const read = wholePart(text);
  return read && (read.isExact && !isExcluded ? read.whole : read.whole + 1n);
}

function greatestTo(text: string, isExcluded: boolean): bigint | undefined {
  const read = wholePart(text);
  return read && (read.isExact && isExcluded ? read.whole - 1n : read.whole);
}

/** The greatest whole number that is not above. */
function wholePart(text: string): { readonly whole: bigint; readonly isExact: boolean } | undefined {
  if (WHOLE.test(text)) return { whole: BigInt(text), isExact: true };
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return { whole: value < 0 ? 2n * LEAST : 2n * GREATEST, isExact: true };
  return { whole: BigInt(Math.floor(value)), isExact: Number.isInteger(value) };
}
