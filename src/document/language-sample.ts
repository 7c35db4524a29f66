/** The text by which the language of a document is told. */

import { LANGUAGE_SAMPLE_LENGTH } from '../text/index.ts';
import type { Section } from './document.ts';

/** Sections shorter than this (labels, dates) say little about the language. */
const LEAST_SECTION = 40;

export interface LanguageSample {
  readonly text: string;
  /** The tag that is declared for it; empty where none is. */
  readonly declared: string;
}

/**
 * Of the parts in the language that most of the text is declared to be in, or of all where none are: running text first,
 * then whatever is neither code nor menu; the title where there is nothing else. `declared`: for the whole document.
 */
export function languageSample(
  title: string,
  sections: readonly Section[],
  declared: string,
): LanguageSample {
  const main = mainLanguage(sections);
  const own = sampleOf(sections.filter(({ language }) => language === main));
  if (own !== '') return { text: own, declared: main ?? declared };
  return { text: sampleOf(sections) || title, declared };
}

function sampleOf(sections: readonly Section[]): string {
  const others = sections.filter(({ kind }) => kind !== 'code' && kind !== 'menu');
  let text = '';
  for (const section of [...sections.filter(isProse), ...others]) {
    if (text.length >= LANGUAGE_SAMPLE_LENGTH) break;
    text += `${section.text.slice(0, LANGUAGE_SAMPLE_LENGTH)}\n`;
  }
  return text.trim();
}

function isProse({ kind, text }: Section): boolean {
  return kind === 'text' && text.length >= LEAST_SECTION;
}

/** What most running text is declared to be in; undefined for what is declared for the whole document. */
function mainLanguage(sections: readonly Section[]): string | undefined {
  if (sections.every(({ language }) => language === undefined)) return undefined;
  const lengths = new Map<string | undefined, number>();
  for (const section of sections) {
    const { language, text } = section;
    if (isProse(section)) lengths.set(language, (lengths.get(language) ?? 0) + text.length);
  }
  let main: string | undefined;
  for (const [language, length] of lengths) {
    if (length > (lengths.get(main) ?? 0)) main = language;
  }
  return main;
}
