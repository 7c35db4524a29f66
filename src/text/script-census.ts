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

/** Of letters of scripts that are not told apart. */
const OTHER = 'Zyyy';
const LETTER = /\p{L}/u;
const NO_LETTER = 255;
const UNKNOWN = 254;

/** By UTF-16 unit: place in {@link SCRIPTS}, one behind the last for other letters; filled as units are met. */
const scriptOfUnit = new Uint8Array(0x1_0000).fill(UNKNOWN);

/** Letters by script of the first `limit` letters; scripts that are not there are left out. */
export function countScripts(text: string, limit = 400): ReadonlyMap<string, number> {
  const counts = new Uint32Array(SCRIPTS.length + 1);
  let seen = 0;
  for (let at = 0; at < text.length && seen < limit; at++) {
    const unit = text.charCodeAt(at);
    let script = scriptOfUnit[unit] as number;
    if (script === UNKNOWN) {
      const point = text.codePointAt(at) ?? unit;
      script = placeOf(String.fromCodePoint(point));
      if (point > 0xffff) at += 1;
      else if (unit < 0xd800 || unit > 0xdfff) scriptOfUnit[unit] = script;
    }
    if (script === NO_LETTER) continue;
    counts[script] = (counts[script] as number) + 1;
    seen += 1;
  }
  const found = new Map<string, number>();
  counts.forEach((count, place) => {
    if (count > 0) found.set(SCRIPTS[place]?.[0] ?? OTHER, count);
  });
  return found;
}

function placeOf(character: string): number {
  if (!LETTER.test(character)) return NO_LETTER;
  const place = SCRIPTS.findIndex(([, pattern]) => pattern.test(character));
  return place < 0 ? SCRIPTS.length : place;
}
