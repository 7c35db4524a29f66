/** Which language a text is in: by its script where that tells, else by its letter groups, with what the page declares as a hint. */

import { languageOfLetters, languageOfWords } from './common-words.ts';
import { LANGUAGES, languageOfTag } from './languages.ts';
import { type LetterJudge, loadLetterStatistics } from './letter-statistics.ts';
import { countScripts } from './script-census.ts';
import { languageOfSmallWords } from './small-words.ts';

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

let loading: Promise<LetterJudge> | undefined;

/** Loads the statistics once a process; only those that build documents should. */
export async function loadLanguageIdentifier(): Promise<LanguageIdentifier> {
  const statistics = await (loading ??= loadLetterStatistics());
  return {
    identify(text, declared = '') {
      const sample = sampleOf(text, declared);
      return languageWithoutStatistics(sample) ?? languageByStatistics(statistics, sample);
    },
  };
}

/** {@link LanguageIdentifier.identify}, with the statistics loaded only for a text that needs them. */
export async function identifyLanguage(text: string, declared = ''): Promise<string> {
  const sample = sampleOf(text, declared);
  const told = languageWithoutStatistics(sample);
  if (told !== undefined) return told;
  return languageByStatistics(await (loading ??= loadLetterStatistics()), sample);
}

/** What is known of a text before its letters are counted. */
interface Sample {
  readonly text: string;
  readonly declared: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly script: string;
  /** Code of the declared language where it fits the script, else empty. */
  readonly hinted: string;
}

function sampleOf(whole: string, declared: string): Sample {
  const text = whole.slice(0, LANGUAGE_SAMPLE_LENGTH);
  const counts = countScripts(text);
  const script = mainScript(counts);
  const hint = languageOfTag(declared);
  return {
    text,
    declared,
    counts,
    script,
    hinted: hint !== undefined && fitsScript(hint.code, script) ? hint.code : '',
  };
}

/**
 * The language that the script of `text` gives away, or undefined where a script serves many (Latin, Cyrillic,
 * Arabic, Devanagari). Right from the first letter on, so good for queries.
 */
export function languageOfScript(text: string, declared = ''): string | undefined {
  return languageOf(mainScript(countScripts(text)), declared);
}

function languageOf(script: string, declared: string): string | undefined {
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

/** By script or small words, or empty where there are too few letters; undefined where the statistics are to be asked. */
function languageWithoutStatistics({ text, declared, counts, script, hinted }: Sample): string | undefined {
  const byScript = languageOf(script, declared);
  if (byScript !== undefined) return byScript;
  let letters = 0;
  for (const count of counts.values()) letters += count;
  if (letters < LEAST_LETTERS) return hinted;
  return languageOfSmallWords(text, hinted, (code) => fitsScript(code, script)) || undefined;
}

function languageByStatistics(statistics: LetterJudge, { text, script, hinted }: Sample): string {
  const composed = text.normalize('NFC');
  const byLetters = languageOfLetters(composed);
  if (byLetters !== '' && fitsScript(byLetters, script)) return byLetters;
  const result = statistics.detect(composed);
  const best = result.language;
  const score = result.scoreOf(best);
  const isSure = result.isReliable() && score >= LEAST_SCORE;
  // Between neighbours the declaration decides, where there is one.
  const isNear = hinted !== '' && (hinted === best || TAKEN_FOR[hinted]?.includes(best) === true);
  const byWords = isNear ? '' : languageOfWords(composed, best, isSure);
  if (byWords !== '' && fitsScript(byWords, script)) return byWords;
  if (best === '' || languageOfTag(best) === undefined) return hinted;
  if (hinted !== '') {
    if (result.scoreOf(hinted) >= score * CLOSE_CALL) return hinted;
    if (TAKEN_FOR[hinted]?.includes(best) === true) return hinted;
    return isSure ? best : hinted;
  }
  return isSure ? best : '';
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
