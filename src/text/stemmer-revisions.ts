/** What Snowball has changed since the packages of stemmers were made: done before them, or instead of them. */

type StemFunction = (word: string) => string;

/** Wraps the packages' stemmers, by language. Source of the rules: snowballstem.org/algorithms, of 2025. */
export const REVISIONS: Readonly<Record<string, (stem: StemFunction) => StemFunction>> = {
  en: reviseEnglish,
  es: (stem) => (word) => stem(word.replace(/([au])cion$/, '$1ción')),
  no: reviseNorwegian,
  // The letters with a comma below are the right ones; the rules of old know them with a cedilla.
  ro: (stem) => (word) => stem(word.replaceAll('ș', 'ş').replaceAll('ț', 'ţ')),
  sv: reviseSwedish,
  // Behind the apostrophe stand the endings of a name.
  tr: (stem) => (word) => stem(word.replace(/(?<=.)'.*$/, '')),
};

/** Beginnings that no ending may reach into; the package knows `gener` as one. */
const ENGLISH_BEGINNING = /^(?:emerg|inter|later|organ|past|univers)/;

function reviseEnglish(stem: StemFunction): StemFunction {
  return (word) => {
    const shorter = word.replace(/(?<=[aeiouy].*[^aeiouy])ogists?$/, 'og');
    const beginning = ENGLISH_BEGINNING.exec(shorter)?.[0];
    if (beginning === undefined) return stem(shorter);
    return beginning + stem(`gener${shorter.slice(beginning.length)}`).slice('gener'.length);
  };
}

/** `ers` that is no ending: kammers, pasters, Finders … */
const NORWEGIAN_ERS = /(?<!giv|hav|skap)(?<=amm|ast|ind|kap|kk|lt|nk|omm|pp|v|øst)ers$/;

function reviseNorwegian(stem: StemFunction): StemFunction {
  return (word) => {
    // Letters with accents are vowels too.
    const letters = word.replaceAll(/[àâèéêòóô]/g, (letter) => letter.normalize('NFD').charAt(0));
    if (!letters.endsWith('ers')) return stem(letters);
    const isEnding = letters.length - 3 >= nordicRegion(letters) && !NORWEGIAN_ERS.test(letters);
    return isEnding ? stem(letters) : letters;
  };
}

/** The definite ending of neuters, behind a vowel and a consonant. */
const SWEDISH_ET = /.[aeiouyäåö][^aeiouyäåö]ets?$/;
/** Words whose `et` is none: frihet, societet, alfabet, komet, raket …; and a longer ending. */
const SWEDISH_KEEPS_ET =
  /(?:h|iet|uit|fab|cit|dit|alit|ilit|mit|nit|pit|rit|sit|tit|ivit|kvit|xit|kom|rak|pak|stak|and)ets?$/;

function reviseSwedish(stem: StemFunction): StemFunction {
  return (word) => {
    const region = nordicRegion(word);
    const start = word.lastIndexOf('et');
    if (start >= region && SWEDISH_ET.test(word) && !SWEDISH_KEEPS_ET.test(word)) {
      const rest = word.slice(0, start);
      const ending = /(?:lig|ig|els)$/.exec(rest)?.[0] ?? '';
      return rest.length - ending.length >= region ? rest.slice(0, rest.length - ending.length) : rest;
    }
    const stemmed = stem(word);
    const isLong = stemmed.length - 'öst'.length >= region;
    return isLong ? stemmed.replace(/(?<=[iklnprtuv]ös)t$/, '') : stemmed;
  };
}

/** Where endings may begin: behind the first consonant that follows a vowel, at least three letters in. */
function nordicRegion(word: string): number {
  const found = /^[^aeiouyæåøäö]*[aeiouyæåøäö]+[^aeiouyæåøäö]/.exec(word)?.[0].length ?? word.length;
  return Math.max(3, found);
}
