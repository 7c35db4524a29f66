/** Adds one rule to those in the lab's form, so that nobody has to write JSON to begin. */

import { z } from 'zod';

import { PeregrineError } from '../../base/index.ts';
import type { SearchRules } from '../../query/index.ts';
import { html, type Html } from '../html.ts';
import { choice, input } from './parts.ts';

const KINDS = [
  ['query', 'Saved query: these words should find this page'],
  ['pin', 'Pin: for these words, this page first'],
  ['synonym', 'Synonym: words that mean the same, or one => another'],
  ['boost', 'Boost: what this filter finds gains twice the worth of the words'],
  ['block', 'Block: what this filter finds is never shown'],
] as const;

/** Of a boost that is added here; another number is written into the rules. */
const FIRST_FACTOR = 2;
const FULL_WORTH = 2;

const additionBody = z.object({
  kind: z.enum(KINDS.map(([kind]) => kind)),
  words: z.string().trim().max(2_000),
  page: z.string().trim().max(2_048).default(''),
});

export interface RuleAddition {
  readonly kind: (typeof KINDS)[number][0];
  readonly words: string;
  readonly page: string;
}

export function readAddition(sent: unknown): RuleAddition {
  return additionBody.parse(sent);
}

/** Fields of the lab's form; `action`: where its button sends them. */
export function additionFields(action: string): Html {
  return html`<fieldset class="addition">
    <legend>Add a rule</legend>
    ${choice('kind', 'What', KINDS)}
    ${input({ name: 'words', label: 'Words, or a filter such as site:example.org', placeholder: 'opening hours' })}
    ${input({ name: 'page', label: 'Page, for saved queries and pins', placeholder: 'https://www.example.org/visit' })}
    <div class="buttons">
      <button class="second" type="submit" formaction="${action}">Add to the rules above</button>
    </div>
  </fieldset>`;
}

/** The rules with one more. `BAD_ARGUMENT` where words or page are missing. */
export function withAddition(rules: SearchRules, { kind, words, page }: RuleAddition): SearchRules {
  if (words === '') throw new PeregrineError('BAD_ARGUMENT', 'Say which words the rule is about.');
  switch (kind) {
    case 'query': {
      const others = (rules.queries ?? []).filter(({ query }) => query !== words);
      const before = (rules.queries ?? []).find(({ query }) => query === words);
      // Without a page it is watched, not judged.
      const judgements = { ...before?.judgements, ...(page === '' ? {} : { [page]: FULL_WORTH }) };
      const isJudged = Object.keys(judgements).length > 0;
      return { ...rules, queries: [...others, { query: words, ...(isJudged && { judgements }) }] };
    }
    case 'pin': {
      if (page === '')
        throw new PeregrineError('BAD_ARGUMENT', 'Say which page the words should find first.');
      const others = (rules.pins ?? []).filter(({ query }) => query !== words);
      const urls = (rules.pins ?? []).find(({ query }) => query === words)?.urls ?? [];
      return {
        ...rules,
        pins: [...others, { query: words, urls: [...urls.filter((url) => url !== page), page] }],
      };
    }
    case 'synonym':
      return { ...rules, synonyms: [rules.synonyms ?? '', words].filter((line) => line !== '').join('\n') };
    case 'boost':
      return { ...rules, boosts: [...(rules.boosts ?? []), { filter: words, factor: FIRST_FACTOR }] };
    case 'block':
      return { ...rules, blocks: [...new Set([...(rules.blocks ?? []), words])] };
    default:
      return kind satisfies never;
  }
}
