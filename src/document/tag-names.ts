/** Names of tags and attributes in lower case: each that was met lately is one string, found by its letters. */

/** A longer name is cut. */
export const MAX_NAME_LENGTH = 64;

const SLOTS = 2048;
const known = Array.from({ length: SLOTS }, () => '');

/** The name at `start` to `end` of a page. */
export function tagName(markup: string, start: number, end: number): string {
  return markup.slice(start, Math.min(end, start + MAX_NAME_LENGTH)).toLowerCase();
}

/** The same of the units of a page. */
export function tagNameIn(units: Uint16Array, start: number, end: number): string {
  const last = Math.min(end, start + MAX_NAME_LENGTH);
  let hash = last - start;
  for (let i = start; i < last; i++) hash = (Math.imul(hash, 31) + ((units[i] as number) | 0x20)) | 0;
  const slot = (hash ^ (hash >>> 11)) & (SLOTS - 1);
  const name = known[slot] as string;
  if (name.length === last - start && isSpelled(name, units, start)) return name;
  // Two that stand in one place would drive each other out at every tag.
  const second = known[slot ^ 1] as string;
  if (second.length === last - start && isSpelled(second, units, start)) return second;
  // Where nothing stood nothing is moved: the place beside it is the home of another, `<a>` beside `<b>`.
  if (name !== '') known[slot ^ 1] = name;
  const spelled = String.fromCharCode(...units.subarray(start, last)).toLowerCase();
  return (known[slot] = keptString(spelled));
}

/** The same, good to be kept: part of a page, it would keep the page. */
export function keptString(text: string): string {
  // The runtime keeps one string for each name of a property: equal ones compare at once.
  return Object.keys({ [text]: 0 })[0] ?? text;
}

/** The same for what is hardly compared, of which there are too many to be names: a copy. */
export function ownString(text: string): string {
  return ` ${text}`.slice(1);
}

function isSpelled(name: string, units: Uint16Array, start: number): boolean {
  for (let i = 0; i < name.length; i++) {
    const unit = units[start + i] as number;
    const lower = unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit;
    if (name.charCodeAt(i) !== lower) return false;
  }
  return true;
}
