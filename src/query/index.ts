/** The door of `query`. */

export { type Absence, explainAbsence, type FeatureGap } from './absence.ts';
export { documentPresence, type DocumentPresence } from './document-presence.ts';
export { featureWords, type ScorePart, scoreParts } from './feature-words.ts';
export type { MissingWord } from './missing-words.ts';
export { chooseCompletions, findCompletions } from './complete.ts';
export {
  type Completion,
  type CompletionRequest,
  MAX_COMPLETIONS,
  type PastQuery,
} from './completion-contract.ts';
export { markMarkup, markWhole } from './marked-markup.ts';
export { queryMatcher } from './query-matcher.ts';
export { executeSearch, missingShards } from './execute.ts';
export type { SearchInput } from './search-input.ts';
export { type ExplainedQuery, type ExplainedTerm, explainQuery } from './explain-query.ts';
export {
  BASIC_OPERATORS,
  FIELD_OPERATORS,
  RANGE_OPERATORS,
  type FieldOperator,
  type OperatorRow,
} from './operators.ts';
export { narrowedQuery } from './narrowed-query.ts';
export { parseQuery } from './query-language.ts';
export { MAX_QUERY_LENGTH } from './query-lexer.ts';
export { printParsed, printQuery } from './query-printer.ts';
export type * from './query-syntax.ts';
export { DEFAULT_WEIGHTS } from './ranking-weights.ts';
export type * from './search-contract.ts';
export { BROUGHT_FROM } from './search-result.ts';
export {
  compareAnswers,
  COMPARED_RESULTS,
  type QueryComparison,
  type RankedPage,
  type RuleComparison,
} from './rule-comparison.ts';
export {
  type CompiledRules,
  compileRules,
  type JudgedQuery,
  NO_RULES,
  type SearchRules,
} from './search-rules.ts';
export { makeSnippet, type Snippet } from './snippet.ts';
export { correctQuery, correctWord, type SpellingSuggestion, suggestWords } from './spelling.ts';
export { matchingIds, type StreamedResult, type StreamOptions } from './stream-matches.ts';
export { ViewVocabulary } from './view-vocabulary.ts';
export type { KnownWord, Vocabulary } from './vocabulary.ts';
export { type SoughtWord, WordMatcher } from './word-matcher.ts';
