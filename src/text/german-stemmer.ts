/** German stems, by Snowball's rules of 2025 (snowballstem.org/algorithms/german): the packages have those of 2009. */

const VOWEL = /[aeiouyäöü]/;
/** Letters before which an ending may be cut. */
const BEFORE_S = /[bdfghklmnrt]s$/;
const BEFORE_ST = /[bdfghklmnt]st$/;
const BEFORE_ET = /[dfgklmnrstUzä]et$/;
/** Words whose `et` is no ending: geordnet, Internet, Planet, Ticket, tritt. */
const KEEPS_ET = /(?:geordn|intern|plan|tick|tr)et$/;

/** The stem of a word in lower case, without umlauts. */
export function stemGerman(word: string): string {
  const letters = markConsonants(word)
    .replaceAll('ß', 'ss')
    // `qu` takes no part in `ue`.
    .replaceAll(/qu|ae|oe|ue/g, (pair) => UMLAUTS[pair] ?? pair);
  const afterFirst = regionAfter(letters, 0);
  const second = regionAfter(letters, afterFirst);
  const first = Math.max(3, afterFirst);
  let stem = cutInflection(letters, first);
  stem = cutDegree(stem, first);
  stem = cutDerivation(stem, first, second);
  return stem.replaceAll(/[YUäöü]/g, (letter) => PLAIN[letter] ?? letter);
}

const UMLAUTS: Readonly<Record<string, string>> = { ae: 'ä', oe: 'ö', ue: 'ü' };
const PLAIN: Readonly<Record<string, string>> = { Y: 'y', U: 'u', ä: 'a', ö: 'o', ü: 'u' };

/** `u` and `y` between vowels are consonants: written large. */
function markConsonants(word: string): string {
  let marked = '';
  for (let i = 0; i < word.length; i++) {
    const letter = word.charAt(i);
    const isBetween =
      (letter === 'u' || letter === 'y') &&
      VOWEL.test(marked.charAt(i - 1)) &&
      VOWEL.test(word.charAt(i + 1));
    marked += isBetween ? letter.toUpperCase() : letter;
  }
  return marked;
}

/** Behind the first consonant that follows a vowel, from `start` on; the end of the word where there is none. */
function regionAfter(letters: string, start: number): number {
  let at = start;
  while (at < letters.length && !VOWEL.test(letters.charAt(at))) at += 1;
  while (at < letters.length && VOWEL.test(letters.charAt(at))) at += 1;
  return Math.min(letters.length, at + 1);
}

/** The longest of the endings that `pattern` finds, where it lies behind `region`; else undefined. */
function endingIn(word: string, pattern: RegExp, region: number): string | undefined {
  const ending = pattern.exec(word)?.[0];
  return ending !== undefined && word.length - ending.length >= region ? ending : undefined;
}

function cutInflection(word: string, first: number): string {
  const ending = endingIn(word, /(?:erinnen|erin|ern|lns|ln|em|er|en|es|e|s)$/, first);
  if (ending === undefined) return word;
  const rest = word.slice(0, -ending.length);
  if (ending === 'ln' || ending === 'lns') return `${rest}l`;
  if (ending === 'em') return rest.endsWith('syst') ? word : rest;
  if (ending === 's') return BEFORE_S.test(word) ? rest : word;
  return /^e[ns]?$/.test(ending) && rest.endsWith('niss') ? rest.slice(0, -1) : rest;
}

function cutDegree(word: string, first: number): string {
  const ending = endingIn(word, /(?:est|en|er|st|et)$/, first);
  if (ending === undefined) return word;
  if (ending === 'st' && (!BEFORE_ST.test(word) || word.length < 6)) return word;
  if (ending === 'et' && (!BEFORE_ET.test(word) || KEEPS_ET.test(word))) return word;
  return word.slice(0, -ending.length);
}

function cutDerivation(word: string, first: number, second: number): string {
  const ending = endingIn(word, /(?:isch|lich|heit|keit|end|ung|ig|ik)$/, second);
  if (ending === undefined) return word;
  const rest = word.slice(0, -ending.length);
  const also = (pattern: RegExp, region: number): string =>
    rest.slice(0, rest.length - (endingIn(rest, pattern, region)?.length ?? 0));
  if (ending === 'end' || ending === 'ung') return also(/(?<!e)ig$/, second);
  if (ending === 'lich' || ending === 'heit') return also(/(?:er|en)$/, first);
  if (ending === 'keit') return also(/(?:lich|ig)$/, second);
  return rest.endsWith('e') ? word : rest;
}
