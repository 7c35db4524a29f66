/** Which language a text is in: by its script where that tells, else by its letter groups, with what the page declares as a hint. */

import { languageOfLetters, languageOfWords } from './common-words.ts';
import { LANGUAGES, languageOfTag } from './languages.ts';
import { type LetterStatistics, loadLetterStatistics } from './letter-statistics.ts';
import { countScripts } from './script-census.ts';
import { isStopWord } from './stop-words.ts';

export interface LanguageIdentifier {
  /**
   * Code of the language of `text`, or empty when unsure. Looks at the first 400 characters, so hand in running text.
   * `declared` is what the document says of itself (`<html lang>`); it decides between close calls only.
   */
  identify(text: string, declared?: string): string;
}

/** Characters that are looked at; more tell nothing new. */
export const LANGUAGE_SAMPLE_LENGTH = 400;
/** Letters below which letter groups are chance. */
const LEAST_LETTERS = 12;
/** A declared language is believed when it reaches this part of the best score. */
const CLOSE_CALL = 0.8;
/** Best scores below this tell nothing by themselves. */
const LEAST_SCORE = 0.35;

/** The only (or by far the most common) language of a script; others of the script only when they are declared. */
const BY_SCRIPT: Readonly<Record<string, string>> = {
  Grek: 'el',
  Kana: 'ja',
  Hang: 'ko',
  Hani: 'zh',
  Hebr: 'he',
  Beng: 'bn',
  Gujr: 'gu',
  Guru: 'pa',
  Orya: 'or',
  Taml: 'ta',
  Telu: 'te',
  Knda: 'kn',
  Mlym: 'ml',
  Sinh: 'si',
  Thai: 'th',
  Laoo: 'lo',
  Khmr: 'km',
  Mymr: 'my',
  Armn: 'hy',
  Geor: 'ka',
  Ethi: 'am',
  Tibt: 'bo',
  Thaa: 'dv',
};

/** Languages that the statistics don't know, and what they take them for. */
const TAKEN_FOR: Readonly<Record<string, readonly string[]>> = {
  gl: ['pt', 'es'],
  id: ['ms'],
  af: ['nl'],
  fy: ['nl'],
  lb: ['de'],
  mk: ['bg', 'sr'],
  bs: ['hr', 'sr', 'sl'],
  sr: ['hr', 'sl'],
  oc: ['ca', 'fr', 'es'],
  fo: ['is', 'no', 'da'],
  kk: ['ru', 'az', 'be'],
  ky: ['ru', 'az', 'be'],
  tg: ['ru', 'bg'],
  mn: ['ru', 'bg'],
  uz: ['tr', 'az'],
  ne: ['hi', 'mr'],
  sa: ['hi', 'mr'],
  ps: ['ar', 'fa', 'ur'],
  jv: ['ms', 'tl'],
};

let loading: Promise<LanguageIdentifier> | undefined;

/** Loads the statistics (5 MB) once a process; only those that build documents should. */
export function loadLanguageIdentifier(): Promise<LanguageIdentifier> {
  loading ??= loadLetterStatistics().then((statistics) => ({
    identify: (text, declared = '') => identify(statistics, text.slice(0, LANGUAGE_SAMPLE_LENGTH), declared),
  }));
  return loading;
}

/**
 * The language that the script of `text` gives away, or undefined where a script serves many (Latin, Cyrillic,
 * Arabic, Devanagari). Right from the first letter on, so good for queries.
 */
export function languageOfScript(text: string, declared = ''): string | undefined {
  return languageOfCounts(countScripts(text), declared);
}

function languageOfCounts(counts: ReadonlyMap<string, number>, declared: string): string | undefined {
  const script = mainScript(counts);
  const language = BY_SCRIPT[script];
  if (language === undefined) return undefined;
  const hint = languageOfTag(declared);
  // Han alone may be Japanese; Hebrew letters may be Yiddish; so the declaration decides where it fits.
  const fits = hint !== undefined && (hint.script === script || (script === 'Hani' && hint.code === 'ja'));
  return fits ? hint.code : language;
}

function mainScript(counts: ReadonlyMap<string, number>): string {
  // Japanese mixes kana into Han; a few kana settle it, a brand name in kana does not.
  const kana = counts.get('Kana') ?? 0;
  const han = counts.get('Hani') ?? 0;
  const joined = new Map(counts);
  if (kana > 0 && kana * 12 >= han) {
    joined.set('Kana', kana + han);
    joined.delete('Hani');
  }
  // Latin words and names stand in texts of every script, so they count for less.
  joined.set('Latn', (counts.get('Latn') ?? 0) / 3);
  let best = '';
  let most = 0;
  for (const [script, count] of joined) {
    if (count > most) {
      best = script;
      most = count;
    }
  }
  return best;
}

function identify(statistics: LetterStatistics, text: string, declared: string): string {
  const counts = countScripts(text);
  const byScript = languageOfCounts(counts, declared);
  if (byScript !== undefined) return byScript;
  const script = mainScript(counts);
  const hint = languageOfTag(declared);
  const hinted = hint !== undefined && fitsScript(hint.code, script) ? hint.code : '';
  const letters = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (letters < LEAST_LETTERS) return hinted;
  const bySmallWords = languageOfSmallWords(text, hinted, script);
  if (bySmallWords !== '') return bySmallWords;
  const composed = text.normalize('NFC');
  const byLetters = languageOfLetters(composed);
  if (byLetters !== '' && fitsScript(byLetters, script)) return byLetters;
  const result = statistics.detect(composed);
  const scores = result.getScores();
  const best = result.language;
  const score = scores[best] ?? 0;
  const isSure = result.isReliable() && score >= LEAST_SCORE;
  // Between neighbours the declaration decides, where there is one.
  const isNear = hinted !== '' && (hinted === best || TAKEN_FOR[hinted]?.includes(best) === true);
  const byWords = isNear ? '' : languageOfWords(composed, best, isSure);
  if (byWords !== '' && fitsScript(byWords, script)) return byWords;
  if (best === '' || languageOfTag(best) === undefined) return hinted;
  if (hinted !== '') {
    if ((scores[hinted] ?? 0) >= score * CLOSE_CALL) return hinted;
    if (TAKEN_FOR[hinted]?.includes(best) === true) return hinted;
    return isSure ? best : hinted;
  }
  return isSure ? best : '';
}

/** Languages that their small words give away: a text full of those of the declared one needs no statistics. */
const TOLD_BY_SMALL_WORDS: readonly string[] = ['en', 'de', 'ru', 'fr', 'es', 'pt', 'it', 'nl', 'pl', 'sv'];
/** Whose small words are told from those of every neighbour, where nothing is declared. */
const UNLIKE_OTHERS: readonly string[] = ['en', 'de', 'fr', 'ru'];
const LEAST_WORDS = 25;
const LEAST_SMALL_WORDS = 0.3;
/** Part of the small words of the one that the next may have. */
const MOST_OF_OTHERS = 0.5;
const WORD = /[\p{L}\p{M}]+/gu;

/** The language of whose small words the text is full, and of no other's; the declared one where there is one. Else empty. */
function languageOfSmallWords(text: string, hinted: string, script: string): string {
  const candidates = hinted === '' ? UNLIKE_OTHERS : TOLD_BY_SMALL_WORDS.filter((code) => code === hinted);
  if (candidates.length === 0) return '';
  const words = text.toLowerCase().match(WORD) ?? [];
  if (words.length < LEAST_WORDS) return '';
  const counts = TOLD_BY_SMALL_WORDS.map(() => 0);
  for (const word of words) {
    for (let bits = smallIn(word), place = 0; bits > 0; bits >>= 1, place++) {
      if ((bits & 1) === 1) counts[place] = (counts[place] ?? 0) + 1;
    }
  }
  const found = counts.map((count, place) => ({ code: TOLD_BY_SMALL_WORDS[place] ?? '', count }));
  const fitting = found.filter(({ code }) => fitsScript(code, script)).sort((a, b) => b.count - a.count);
  const [best, next] = fitting;
  if (best === undefined || !candidates.includes(best.code)) return '';
  const isFull = best.count >= words.length * LEAST_SMALL_WORDS;
  return isFull && (next?.count ?? 0) <= best.count * MOST_OF_OTHERS ? best.code : '';
}

/** Most words of a text stood in the one before it too; longer ones would hold the text that they were cut from. */
const knownSmall = new Map<string, number>();
const MAX_KNOWN_SMALL = 8192;
const LONGEST_KNOWN = 12;

/** A bit for each of the languages told by small words of which `word` is one. */
function smallIn(word: string): number {
  let bits = knownSmall.get(word);
  if (bits === undefined) {
    bits = TOLD_BY_SMALL_WORDS.reduce(
      (sum, code, place) => sum | (isStopWord(word, code) ? 1 << place : 0),
      0,
    );
    if (knownSmall.size >= MAX_KNOWN_SMALL) knownSmall.clear();
    if (word.length <= LONGEST_KNOWN) knownSmall.set(word, bits);
  }
  return bits;
}

const scriptOfLanguage = new Map(LANGUAGES.map(({ code, script }) => [code, script]));
/** Languages that are written in several scripts. */
const MANY_SCRIPTS: ReadonlySet<string> = new Set([
  'sr',
  'az',
  'uz',
  'ku',
  'kk',
  'pa',
  'mn',
  'bs',
  'ms',
  'tg',
]);

function fitsScript(language: string, script: string): boolean {
  return MANY_SCRIPTS.has(language) || scriptOfLanguage.get(language) === script;
}
