/** Parts of a document in other languages than its own: what the page says of them is believed where their text bears it out. */

import { identifyLanguage, LANGUAGE_SAMPLE_LENGTH } from '../text/index.ts';
import type { Section } from './document.ts';

/** Languages of parts that are looked into; what else a page claims is left aside. */
const MAX_LANGUAGES = 16;

/** The sections, each with its language only where that is another than `language`, the document's. */
export async function withLanguages(
  sections: readonly Section[],
  language: string,
): Promise<readonly Section[]> {
  const samples = new Map<string, string>();
  for (const { language: declared = language, text } of sections) {
    const sample = samples.get(declared) ?? '';
    if (declared === language || sample.length >= LANGUAGE_SAMPLE_LENGTH) continue;
    if (samples.size < MAX_LANGUAGES || sample !== '') {
      samples.set(declared, `${sample}${text.slice(0, LANGUAGE_SAMPLE_LENGTH)}\n`);
    }
  }
  const believed = new Set<string>();
  for (const [declared, sample] of samples) {
    if ((await identifyLanguage(sample, declared)) === declared) believed.add(declared);
  }
  if (sections.every((section) => section.language === undefined || believed.has(section.language))) {
    return sections;
  }
  return sections.map((section) => {
    if (section.language === undefined || believed.has(section.language)) return section;
    const { language: _, ...rest } = section;
    return rest;
  });
}
