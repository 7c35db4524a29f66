/** Articles of the Universal Declaration of Human Rights against our identification of languages. */

import { readFileSync } from 'node:fs';
import { languageOfTag, type LanguageIdentifier, loadLanguageIdentifier } from '../../src/text/index.ts';
import { type Suite, type SuiteResult, Tally } from './suite.ts';

const DATA = 'tests/langid/udhr-articles-1-10.tsv';
const LONG = 80;
const SHORT = 40;

/** Articles of at least 80 characters. */
export const longLines: Suite = {
  name: 'udhr-80-characters',
  data: DATA,
  run: (path) => identifyAll('udhr-80-characters', path, (text) => (text.length >= LONG ? text : '')),
};

/** The beginning of every article, cut between words. */
export const shortLines: Suite = {
  name: 'udhr-40-characters',
  data: DATA,
  run: (path) => identifyAll('udhr-40-characters', path, beginningOf),
};

async function identifyAll(
  name: string,
  path: string,
  sampleOf: (text: string) => string,
): Promise<SuiteResult> {
  const tally = new Tally(name);
  const identifier = await loadLanguageIdentifier();
  let article = '';
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const [, tag = '', number = '', said = ''] = line.split('\t');
    if (number === '1') article = said;
    tryLine(tally, identifier, tag, article, sampleOf(decoded(said)));
  }
  return tally.result();
}

function tryLine(
  tally: Tally,
  identifier: LanguageIdentifier,
  tag: string,
  first: string,
  text: string,
): void {
  if (text === '') return;
  const wanted = languageOfTag(tag)?.code ?? '';
  const got = identifier.identify(text);
  if (got === wanted) tally.pass();
  else tally.differ(reasonOf(tag, first), `${wanted} but ${got}: ${text.slice(0, 80)}`);
}

function reasonOf(tag: string, first: string): string | undefined {
  if (tag === 'vi-Hani') return 'ideographic-vietnamese';
  // Francoprovençal stands in the data as French, Chimwiini as Swahili.
  return /^(?:Tortu|Isma) /.test(first) ? 'other-language' : undefined;
}

/** Some articles came as character references. */
function decoded(text: string): string {
  return text.replaceAll(/&#x([\da-f]{1,6});/gi, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
}

function beginningOf(text: string): string {
  return text.length <= SHORT ? text : text.slice(0, SHORT).replace(/\s\S*$/u, '');
}
