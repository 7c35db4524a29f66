/** The text by which the language of a document is told. */

import { LANGUAGE_SAMPLE_LENGTH } from '../text/index.ts';
import type { Section } from './document.ts';

/** Sections shorter than this (labels, dates) say little about the language. */
const LEAST_SECTION = 40;

/** Running text first, then whatever is neither code nor menu; the title where there is nothing else. */
export function languageSample(title: string, sections: readonly Section[]): string {
  const prose = sections.filter(({ kind, text }) => kind === 'text' && text.length >= LEAST_SECTION);
  const others = sections.filter(({ kind }) => kind !== 'code' && kind !== 'menu');
  let text = '';
  for (const section of [...prose, ...others]) {
    if (text.length >= LANGUAGE_SAMPLE_LENGTH) break;
    text += `${section.text.slice(0, LANGUAGE_SAMPLE_LENGTH)}\n`;
  }
  return text.trim() === '' ? title : text;
}
