/** The door of `text`. */

export * from './analysed-document.ts';
export { decodeAnalysedDocument } from './analysed-document-reader.ts';
export { borrowEncoded, encodeAnalysedDocument } from './analysed-document-writer.ts';
export {
  type DocumentField,
  encodeFields,
  FIELD_TYPES,
  type FieldType,
  type FieldValue,
  MAX_FIELD_NAME_BYTES,
  MAX_FIELD_VALUES,
  MAX_FIELDS,
  MAX_KEYWORD_BYTES,
} from './document-fields.ts';
export { checkFields, dateAt, FieldReader } from './field-reader.ts';
export { headOfPair } from './continuous-scripts.ts';
export * from './field-groups.ts';
export { foldLetters, foldWord, type FoldedWord, MAX_TERM_LENGTH } from './folding.ts';
export * from './language-identification.ts';
export * from './languages.ts';
export { hasStemmer, stem, STEMMED_LANGUAGES, stemsKeepTheStart, stemsOf } from './stemmer.ts';
export { stemmingLanguage } from './stemming-language.ts';
export { LOOSE_WEIGHT, readPairs, type ReadPair } from './pair-reading.ts';
export * from './question-frames.ts';
export * from './stop-words.ts';
export * from './synonyms.ts';
export * from './term-hash.ts';
export { type Token, tokenize, wordsOf } from './tokenizer.ts';
export * from './version-order.ts';
export { scanWords, type UnitKind, unitKind, WordReader } from './word-reader.ts';
export type * from './word-sink.ts';
