/** What requests may say, as schemas: bounds, defaults and the sentences for what is out of them. */

import { z } from 'zod';

import { MAX_COMPLETIONS, MAX_QUERY_LENGTH } from '../query/index.ts';
import { ACTIONS, type Grant } from './grants.ts';
import { COUNT_MAX, FIRST_MAX, QUERY_LENGTH, SEARCH_DEADLINE_MS, SEEDS_MAX, URL_BYTES } from './limits.ts';

/** Characters of `minSeq`: one number of every shard that there can be. */
const SEQUENCES_LENGTH = 1_500;

/** Of one passage, as the old system had them. */
export const PASSAGE_CHARACTERS = 90;

/** A parameter given twice counts once: the first. */
const once = <T>(schema: z.ZodType<T>): z.ZodType<T> =>
  z.preprocess((value: unknown) => (Array.isArray(value) ? value[0] : value), schema);

/** Empty means "not given": browsers send the empty fields of forms. */
export const given = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> =>
  z.preprocess(
    (value: unknown) => (value === '' || (Array.isArray(value) && value[0] === '') ? undefined : value),
    z.optional(once(schema)),
  );

export const whole = (least: number, most: number): z.ZodType<number> =>
  z.coerce
    .number(`must be a whole number from ${least} to ${most}`)
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

export const text = (longest: number): z.ZodType<string> =>
  z.string('must be text').max(longest, `must be at most ${longest} characters`);

export const oneOf = <const T extends readonly [string, ...string[]]>(names: T): z.ZodType<T[number]> =>
  z.enum(names, `must be ${names.join(', ').replace(/, ([^,]*)$/, ' or $1')}`);

const TRUE_WORDS = ['1', 'true', 'on', 'yes'];
const FALSE_WORDS = ['0', 'false', 'off', 'no'];

export const flag: z.ZodType<boolean> = z
  .union([z.boolean(), z.string()], 'must be 0 or 1')
  .refine(
    (value) => typeof value === 'boolean' || [...TRUE_WORDS, ...FALSE_WORDS].includes(value.toLowerCase()),
    'must be 0 or 1',
  )
  .transform((value) => (typeof value === 'boolean' ? value : TRUE_WORDS.includes(value.toLowerCase())));

export const collection: z.ZodType<string | undefined> = given(
  z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_-]{0,63}$/,
      'must be a collection name: lower-case letters, digits, "-" and "_"',
    ),
).describe("Collection; without it the server's default.");

const address = given(text(URL_BYTES)).describe('Address of the document.');
const docId = given(whole(0, Number.MAX_SAFE_INTEGER)).describe('Id of the document.');

/** `/search`, in the old system's letters. */
export interface SearchParameters {
  /** The query. */
  readonly q: string;
  /** Collection; default: the server's. */
  readonly c?: string | undefined;
  /** Results to skip. */
  readonly s: number;
  /** Results wanted. */
  readonly n: number;
  readonly format?: 'html' | 'json' | 'rss' | 'xml' | 'csv' | undefined;
  /** Site clustering: results kept per site; 0 = all. */
  readonly sc?: number | undefined;
  /** Remove duplicates. */
  readonly dr?: boolean | undefined;
  /** Language of the asker, ISO 639-1. */
  readonly qlang?: string | undefined;
  /** Characters of a summary. */
  readonly sw?: number | undefined;
  /** Passages of a summary. */
  readonly ns?: number | undefined;
  /** Return each feature's part of the score. */
  readonly scores?: boolean | undefined;
  /** A query that bounds what `q` can find. */
  readonly filter?: string | undefined;
  /** Behind the last result of an earlier answer; of a stream, the last docId. */
  readonly after?: string | undefined;
  readonly spelling?: 'use' | 'suggest' | 'off' | undefined;
  readonly related?: boolean | undefined;
  readonly rescore?: 'best' | 'all' | undefined;
  /** Seconds. */
  readonly maxAge?: number | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  /** Writes that must be seen: `seq` of their replies. */
  readonly minSeq?: string | undefined;
  /** All matches, one a line. */
  readonly stream?: boolean | undefined;
  /** The page that these results are to be like. */
  readonly like?: number | undefined;
}

const searchFields = {
  q: once(text(QUERY_LENGTH)).default('').describe('The query.'),
  c: collection,
  s: given(whole(0, FIRST_MAX))
    .transform((first) => first ?? 0)
    .describe('Results to skip; default 0.'),
  n: given(whole(0, COUNT_MAX))
    .transform((count) => count ?? 10)
    .describe('Results wanted; default 10.'),
  format: given(oneOf(['html', 'json', 'rss', 'xml', 'csv'])).describe(
    'Form of the answer; default: as the Accept header asks.',
  ),
  sc: given(whole(0, COUNT_MAX)).describe('Results of one site at most; 0 = all.'),
  dr: given(flag).describe('Show documents of the same text once.'),
  qlang: given(text(8)).describe('Language of the asker, ISO 639-1.'),
  sw: given(whole(0, 2_000)).describe('Characters of a snippet.'),
  ns: given(whole(0, 20)).describe(
    `Passages of a snippet, of ${PASSAGE_CHARACTERS} characters each, where sw does not say its length.`,
  ),
  scores: given(flag).describe('Give the parts of each score.'),
  filter: given(text(QUERY_LENGTH)).describe(
    'A query that bounds what q can find, whatever q says; it adds nothing to scores.',
  ),
  after: given(text(URL_BYTES)).describe(
    'Begin behind the last result of an earlier answer: its "next"; of a stream, the docId of its last line.',
  ),
  spelling: given(oneOf(['use', 'suggest', 'off'])).describe(
    'Where hardly anything is found: search for a better spelling, only suggest it, or neither. Default: use.',
  ),
  rescore: given(oneOf(['best', 'all'])).describe(
    'Look at how close the words stand in the best two hundred by words alone, or in every match that may be among the best, which takes longer. Default: as the rules of the collection say, else best.',
  ),
  related: given(flag).describe('Tell phrases that the first results have in common.'),
  maxAge: given(whole(0, 60)).describe(
    'How old the answer may be while the collection changes, seconds; default 0.',
  ),
  timeout: given(whole(1, SEARCH_DEADLINE_MS)).describe(
    `Time that the search may take, milliseconds; default and at most ${SEARCH_DEADLINE_MS}. What was found until then is the answer, which says that it is partial.`,
  ),
  minSeq: given(text(SEQUENCES_LENGTH)).describe(
    'Writes that the answer must show: the "seq" of their replies, with commas between. Without it no write is waited for.',
  ),
  like: given(whole(0, Number.MAX_SAFE_INTEGER)).describe(
    'The docId that q was made of by /similar, for the results page to name.',
  ),
  stream: given(flag).describe(
    'All matches by document id, as lines of JSON, or with format=csv of a table.',
  ),
};

export const searchParameters: z.ZodType<SearchParameters> = z.object(searchFields);

/** The same in a body, which has room for a query as long as the language takes. */
export const searchBody: z.ZodType<SearchParameters> = z.object({
  ...searchFields,
  q: once(text(MAX_QUERY_LENGTH)).default('').describe('The query.'),
  filter: given(text(MAX_QUERY_LENGTH)).describe(
    'A query that bounds what q can find, whatever q says; it adds nothing to scores.',
  ),
});

/** `/complete`. */
export interface CompletionParameters {
  readonly q: string;
  readonly c?: string | undefined;
  readonly n?: number | undefined;
  readonly filter?: string | undefined;
  readonly format?: 'json' | 'opensearch' | undefined;
}

export const completionParameters: z.ZodType<CompletionParameters> = z.object({
  q: once(text(QUERY_LENGTH)).default('').describe('What was typed so far.'),
  c: collection,
  n: given(whole(0, MAX_COMPLETIONS)).describe('Completions wanted; default 8.'),
  filter: given(text(QUERY_LENGTH)).describe('A query that bounds where they come from.'),
  format: given(oneOf(['json', 'opensearch'])).describe(
    'opensearch: a list of texts, as browsers ask for it; default: json.',
  ),
});

/** A key to make. */
export interface KeyBody extends Grant {
  readonly description: string;
}

export const clusterHostBody: z.ZodType<{ readonly host: string }> = z.object({
  host: text(32).describe('Name of the host.'),
});

export const keyBody: z.ZodType<KeyBody> = z.strictObject({
  description: text(200).default('').describe('What the key is for, for people.'),
  actions: z
    .array(z.enum(ACTIONS, `must be among ${ACTIONS.join(', ')}`), 'must be a list of actions')
    .min(1, 'must name at least one action')
    .describe('What the key may do.'),
  collections: z.array(text(64)).optional().describe('Collections that it opens; without them: all.'),
  expires_ms: z
    .number()
    .optional()
    .describe('After this time it opens nothing; milliseconds since 1970, UTC.'),
  rate_per_min: whole(1, 1_000_000).optional().describe('Requests a minute.'),
  filters: z
    .array(text(QUERY_LENGTH))
    .max(16, 'must be at most 16 queries')
    .optional()
    .describe('Queries that bound what the key can find and read, such as "lang:en"; all of them hold.'),
});

export const keyIdParameter: z.ZodType<{ readonly id: string }> = z.object({
  id: text(64).describe('Id of the key, as it is listed.'),
});

/** `/explain`. */
export interface ExplainParameters {
  readonly q: string;
  readonly c?: string | undefined;
  readonly qlang?: string | undefined;
  readonly format?: 'html' | 'json' | undefined;
}

const explainFields = {
  q: once(text(QUERY_LENGTH)).default(''),
  c: collection,
  qlang: given(text(8)),
  format: given(oneOf(['html', 'json'])),
};

export const explainParameters: z.ZodType<ExplainParameters> = z.object(explainFields);

/** `/whynot`: a page by address or docId. */
export interface WhyNotParameters extends ExplainParameters {
  readonly url?: string | undefined;
  readonly d?: number | undefined;
}

export const whyNotParameters: z.ZodType<WhyNotParameters> = z.object({
  ...explainFields,
  url: address,
  d: docId,
});

/** `/get` and `/document`: by docId or by URL. */
export interface DocumentParameters {
  readonly c?: string | undefined;
  readonly d?: number | undefined;
  readonly url?: string | undefined;
  readonly format?: 'html' | 'json' | undefined;
  /** `text`: the extracted text rather than the page. */
  readonly view?: 'page' | 'text' | undefined;
  /** Its words are marked; empty for none. */
  readonly q: string;
}

export const documentParameters: z.ZodType<DocumentParameters> = z
  .object({
    c: collection,
    d: docId,
    url: address,
    format: given(oneOf(['html', 'json'])).describe(
      'Form of the answer; default: as the Accept header asks.',
    ),
    view: given(oneOf(['page', 'text'])).describe('The page as it came, or its extracted text.'),
    q: once(text(QUERY_LENGTH)).default('').describe('A query whose words are marked.'),
  })
  .refine(({ d, url }) => d !== undefined || url !== undefined, 'Say which document: d=DOCID or url=URL.');

/** `/similar`: pages like one that is stored. */
export interface SimilarParameters {
  readonly c?: string | undefined;
  readonly d?: number | undefined;
  readonly url?: string | undefined;
  readonly hl?: string | undefined;
}

export const similarParameters: z.ZodType<SimilarParameters> = z.object({
  c: collection,
  d: docId,
  url: address,
  hl: given(text(8)).describe('Language of the page that it leads to.'),
});

export interface CollectionParameter {
  readonly c?: string | undefined;
}

export const collectionParameter: z.ZodType<CollectionParameter> = z.object({ c: collection });

/** What stands in the address where the body is the document itself, or many of them. `u` as the old system has it. */
export interface InjectParameters extends CollectionParameter {
  readonly url?: string | undefined;
  readonly u?: string | undefined;
  /** Type of the content where the header can't say it. */
  readonly contentType?: string | undefined;
  readonly wait?: 'durable' | 'visible' | undefined;
}

const injectFields = {
  c: collection,
  url: address,
  u: address,
  contentType: given(text(200)).describe('Media type of the content; default: sniffed.'),
  wait: given(oneOf(['durable', 'visible'])).describe(
    'Answer when it is on disk, or when it is also found (default).',
  ),
};

export const injectParameters: z.ZodType<InjectParameters> = z.object(injectFields);

/** A document to inject, as fields; `contenttype` as the old system spells it. */
export interface InjectBody extends InjectParameters {
  readonly content: string;
  readonly contenttype?: string | undefined;
}

export const injectBody: z.ZodType<InjectBody> = z.object({
  ...injectFields,
  content: z.string('must be the page as text').describe('The page.'),
  contenttype: given(text(200)),
});

export const seeds: z.ZodType<readonly string[]> = z
  .union([z.array(z.string()), z.string()], 'must be a list of addresses')
  .transform((value) =>
    (typeof value === 'string' ? value.split(/\s+/) : value).filter((seed) => seed !== ''),
  )
  .refine((list) => list.length > 0, 'must name at least one address to begin with')
  .refine((list) => list.length <= SEEDS_MAX, `must name at most ${SEEDS_MAX} addresses`)
  .refine(
    (list) => list.every((seed) => seed.length <= URL_BYTES),
    `must not hold an address longer than ${URL_BYTES} characters`,
  )
  .refine(
    (list) => list.every(isWebAddress),
    'must hold web addresses only, one a line, such as https://www.example.org/',
  );

/** Without `https://` a name needs a dot: a word alone is a slip more often than a machine. */
function isWebAddress(seed: string): boolean {
  if (/^https?:\/\//i.test(seed)) return URL.canParse(seed);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(seed) || !URL.canParse(`https://${seed}`)) return false;
  const { hostname } = new URL(`https://${seed}`);
  return /[.:]/.test(hostname) || hostname === 'localhost';
}

export interface LiveParameters extends CollectionParameter {
  /** Which page is looked at. */
  readonly view: 'overview' | 'crawl' | 'jobs';
}

export const liveParameters: z.ZodType<LiveParameters> = z.object({
  c: collection,
  view: given(oneOf(['overview', 'crawl', 'jobs'])).transform((view) => view ?? 'overview'),
});

export const signInBody: z.ZodType<{ readonly key: string }> = z.object({ key: text(200) });
