/** The parts of a score in words, in the order in which they are told. */

const FEATURE_WORDS: Readonly<Record<string, string>> = {
  text: 'how often and where the words stand',
  phrase: 'the words in their order',
  pairs: 'neighbours of the query side by side',
  closeness: 'words near one another',
  titleMatch: 'words in the title',
  earlyMatch: 'words early in the page',
  windowMatch: 'a passage that holds them all',
  rank: 'links to the page',
  home: 'the front page of the site that is named',
  boost: 'a boost by rule',
};
const NAMES = Object.keys(FEATURE_WORDS);

export interface ScorePart {
  readonly feature: string;
  /** What it is, for a person. */
  readonly words: string;
  readonly value: number;
  /** Of the score, 0 … 1; 0 where the score is. */
  readonly share: number;
}

export function featureWords(feature: string): string {
  return FEATURE_WORDS[feature] ?? feature;
}

/** The parts that are not nothing, in their order; they add up to the score. */
export function scoreParts(features: Readonly<Record<string, number>>, score: number): readonly ScorePart[] {
  return Object.entries(features)
    .filter(([, value]) => value !== 0)
    .sort(([a], [b]) => NAMES.indexOf(a) - NAMES.indexOf(b))
    .map(([feature, value]) => ({
      feature,
      words: featureWords(feature),
      value,
      share: score === 0 ? 0 : value / score,
    }));
}
