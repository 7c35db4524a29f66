/** Counts the letters of a text by script: often that alone tells the language. */

/** ISO 15924 codes of the scripts that are told apart. */
const SCRIPTS: readonly (readonly [code: string, pattern: RegExp])[] = [
  ['Latn', /\p{Script=Latin}/u],
  ['Cyrl', /\p{Script=Cyrillic}/u],
  ['Grek', /\p{Script=Greek}/u],
  ['Hani', /\p{Script=Han}/u],
  ['Kana', /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ['Hang', /\p{Script=Hangul}/u],
  ['Arab', /\p{Script=Arabic}/u],
  ['Hebr', /\p{Script=Hebrew}/u],
  ['Deva', /\p{Script=Devanagari}/u],
  ['Beng', /\p{Script=Bengali}/u],
  ['Gujr', /\p{Script=Gujarati}/u],
  ['Guru', /\p{Script=Gurmukhi}/u],
  ['Orya', /\p{Script=Oriya}/u],
  ['Taml', /\p{Script=Tamil}/u],
  ['Telu', /\p{Script=Telugu}/u],
  ['Knda', /\p{Script=Kannada}/u],
  ['Mlym', /\p{Script=Malayalam}/u],
  ['Sinh', /\p{Script=Sinhala}/u],
  ['Thai', /\p{Script=Thai}/u],
  ['Laoo', /\p{Script=Lao}/u],
  ['Khmr', /\p{Script=Khmer}/u],
  ['Mymr', /\p{Script=Myanmar}/u],
  ['Armn', /\p{Script=Armenian}/u],
  ['Geor', /\p{Script=Georgian}/u],
  ['Ethi', /\p{Script=Ethiopic}/u],
  ['Tibt', /\p{Script=Tibetan}/u],
  ['Thaa', /\p{Script=Thaana}/u],
];

const LETTER = /\p{L}/gu;

/** Letters by script of the first `limit` letters; scripts that are not there are left out. */
export function countScripts(text: string, limit = 400): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  let seen = 0;
  for (const [letter] of text.matchAll(LETTER)) {
    if (seen++ >= limit) break;
    const script = scriptOf(letter);
    counts.set(script, (counts.get(script) ?? 0) + 1);
  }
  return counts;
}

const known = new Map<string, string>();

function scriptOf(letter: string): string {
  let script = known.get(letter);
  if (script === undefined) {
    script = SCRIPTS.find(([, pattern]) => pattern.test(letter))?.[0] ?? 'Zyyy';
    // Letters that were met are few in any text; ideographs of all the web are not.
    if (known.size > 4096) known.clear();
    known.set(letter, script);
  }
  return script;
}
