/**
 * The order of version numbers: `1.2 < 1.10 < 2.0-rc.1 < 2.0`. Numbers count as numbers, parts that are missing as 0; what
 * stands behind a dash comes before the version itself, as in semantic versioning 2.0.0 §11, and what stands behind a
 * plus says nothing.
 */

/** A leading `v`, numbers between dots, then maybe a name before the release and a build. */
const VERSION =
  /^v?(\d{1,18}(?:\.\d{1,18}){0,9})(?:-?([a-z][0-9a-z]*(?:[.-][0-9a-z]+)*))?(?:\+[0-9a-z.-]+)?$/i;

interface Version {
  readonly numbers: readonly number[];
  /** Before the release; empty for the release. */
  readonly before: readonly string[];
}

/** Whether a text is a version number; `2024` and `1.5` are as well. */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Below 0 where `a` comes first, 0 where they are the same; undefined where one of them is no version. */
export function compareVersions(a: string, b: string): number | undefined {
  const left = readVersion(a);
  const right = readVersion(b);
  if (left === undefined || right === undefined) return undefined;
  return compareNumbers(left.numbers, right.numbers) || compareBefore(left.before, right.before);
}

/** Whether `text` is one of the versions that `whole` stands for: `1.10.3` and `1.10-rc1` are of `1.10`. */
export function isVersionOf(text: string, whole: string): boolean {
  const version = readVersion(text);
  const outer = readVersion(whole);
  if (version === undefined || outer === undefined) return false;
  if (outer.before.length > 0) return compareVersions(text, whole) === 0;
  return outer.numbers.every((number, i) => (version.numbers[i] ?? 0) === number);
}

function readVersion(text: string): Version | undefined {
  const [, numbers, before = ''] = VERSION.exec(text.trim()) ?? [];
  if (numbers === undefined) return undefined;
  return { numbers: numbers.split('.').map(Number), before: before === '' ? [] : before.split(/[.-]/) };
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareBefore(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = comparePart(a[i], b[i]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Fewer parts come first, and numbers before words. */
function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  if (isNumber) return Number(a) - Number(b);
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left === right ? 0 : left < right ? -1 : 1;
}
