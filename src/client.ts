/**
 * The typed client of the HTTP API, for programs in Node.js, browsers and workers. Made by scripts/build-client.ts from
 * the routes themselves; not to be written by hand.
 *
 * @example
 * const peregrine = new PeregrineClient('http://127.0.0.1:8080', { key: 'pk…' });
 * const { results } = await peregrine.getSearch({ q: 'falcon' });
 */

/** What the server refused, with its stable code. */
export class PeregrineRequestError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'PeregrineRequestError';
    this.status = status;
    this.code = code;
  }
}

export interface SearchAnswer {
  readonly hits: number;
  readonly hitsAreExact: boolean;
  readonly moreResultsFollow: 0 | 1;
  readonly docsInCollection: number;
  readonly responseTimeMS: number;
  readonly warnings: readonly string[];
  readonly results: readonly SearchAnswerResult[];
}

export interface SearchAnswerResult {
  readonly title: string;
  /** Places to mark, in UTF-16 units. */
  readonly titleMarks: readonly (readonly [start: number, end: number])[];
  readonly sum: string;
  readonly sumMarks: readonly (readonly [start: number, end: number])[];
  readonly url: string;
  readonly docId: number;
  readonly docScore: number;
  readonly site: string;
  readonly langAbbr: string;
}

export interface CompletionAnswer {
  readonly text: string;
  readonly completions: readonly { readonly text: string }[];
}

export interface ClientOptions {
  /** The admin key, or one with the actions that are asked for. Default: none. */
  readonly key?: string;
  /** Default: the runtime's. */
  readonly fetch?: typeof globalThis.fetch;
}

type Fields = Readonly<Record<string, unknown>>;
interface Problem {
  readonly code?: string;
  readonly detail?: string;
}

function problemOf(answer: unknown): Problem | undefined {
  return typeof answer === 'object' && answer !== null ? answer : undefined;
}

export interface GetSearchParameters {
  /** The query. */
  readonly q?: string;
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** Results to skip; default 0. */
  readonly s?: number;
  /** Results wanted; default 10. */
  readonly n?: number;
  /** Form of the answer; default: as the Accept header asks. */
  readonly format?: 'html' | 'json' | 'rss' | 'xml' | 'csv';
  /** Results of one site at most; 0 = all. */
  readonly sc?: number;
  /** Show documents of the same text once. */
  readonly dr?: boolean;
  /** Language of the asker, ISO 639-1. */
  readonly qlang?: string;
  /** Characters of a snippet. */
  readonly sw?: number;
  /** Passages of a snippet, of 90 characters each, where sw does not say its length. */
  readonly ns?: number;
  /** Give the parts of each score. */
  readonly scores?: boolean;
  /** A query that bounds what q can find, whatever q says; it adds nothing to scores. */
  readonly filter?: string;
  /** Begin behind the last result of an earlier answer: its "next"; of a stream, the docId of its last line. */
  readonly after?: string;
  /** Where hardly anything is found: search for a better spelling, only suggest it, or neither. Default: use. */
  readonly spelling?: 'use' | 'suggest' | 'off';
  /** Look at how close the words stand in the best two hundred by words alone, or in every match that may be among the best, which takes longer. Default: as the rules of the collection say, else best. */
  readonly rescore?: 'best' | 'all';
  /** Tell phrases that the first results have in common. */
  readonly related?: boolean;
  /** How old the answer may be while the collection changes, seconds; default 0. */
  readonly maxAge?: number;
  /** Time that the search may take, milliseconds; default and at most 5000. What was found until then is the answer, which says that it is partial. */
  readonly timeout?: number;
  /** Writes that the answer must show: the "seq" of their replies, with commas between. Without it no write is waited for. */
  readonly minSeq?: string;
  /** The docId that q was made of by /similar, for the results page to name. */
  readonly like?: number;
  /** All matches by document id, as lines of JSON, or with format=csv of a table. */
  readonly stream?: boolean;
}

export type PostSearchParameters = GetSearchParameters;

export interface GetCompleteParameters {
  /** What was typed so far. */
  readonly q?: string;
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** Completions wanted; default 8. */
  readonly n?: number;
  /** A query that bounds where they come from. */
  readonly filter?: string;
  /** opensearch: a list of texts, as browsers ask for it; default: json. */
  readonly format?: 'json' | 'opensearch';
}

export interface GetLabRulesParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export type PutLabRulesParameters = GetLabRulesParameters;

export interface PostLabCompareParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface GetLabQualityParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export type PostLabQualityParameters = GetLabQualityParameters;

export interface GetExplainParameters {
  readonly q?: string;
  /** Collection; without it the server's default. */
  readonly c?: string;
  readonly qlang?: string;
  readonly format?: 'html' | 'json';
}

export interface GetWhynotParameters {
  readonly q?: string;
  /** Collection; without it the server's default. */
  readonly c?: string;
  readonly qlang?: string;
  readonly format?: 'html' | 'json';
  /** Address of the document. */
  readonly url?: string;
  /** Id of the document. */
  readonly d?: number;
}

export interface GetGetParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** Id of the document. */
  readonly d?: number;
  /** Address of the document. */
  readonly url?: string;
  /** Form of the answer; default: as the Accept header asks. */
  readonly format?: 'html' | 'json';
  /** The page as it came, or its extracted text. */
  readonly view?: 'page' | 'text';
  /** A query whose words are marked. */
  readonly q?: string;
}

export interface GetGetRawParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** Id of the document. */
  readonly d?: number;
  /** Address of the document. */
  readonly url?: string;
  /** Form of the answer; default: as the Accept header asks. */
  readonly format?: 'html' | 'json';
  /** The page as it came, or its extracted text. */
  readonly view?: 'page' | 'text';
  /** A query whose words are marked. */
  readonly q?: string;
}

export interface DeleteDocumentParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** Id of the document. */
  readonly d?: number;
  /** Address of the document. */
  readonly url?: string;
  /** Form of the answer; default: as the Accept header asks. */
  readonly format?: 'html' | 'json';
  /** The page as it came, or its extracted text. */
  readonly view?: 'page' | 'text';
  /** A query whose words are marked. */
  readonly q?: string;
}

export interface GetImportParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface GetImportFailuresParameters {
  readonly c?: string;
  /** Of one import. */
  readonly id?: string;
  /** Failures to skip; default 0. */
  readonly s?: number;
  /** Failures wanted; default 100. */
  readonly n?: number;
}

export interface PostImportGigablastParameters {
  readonly c?: string;
  readonly directory: string;
  readonly from?: string;
  readonly atOnce?: number;
  readonly source?: string;
  readonly isDryRun?: boolean;
  readonly follow?: boolean;
  readonly restart?: boolean;
}

export interface PostImportPauseParameters {
  readonly c?: string;
  readonly id: string;
}

export interface GetCrawlParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface PostCrawlParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** Addresses to begin with. */
  readonly seeds: readonly string[] | string;
  /** How far from the seeds to go. */
  readonly scope?: 'site' | 'domain' | 'prefix';
  /** Pages to fetch at most. */
  readonly maxPages?: number;
  /** Links to follow from a seed at most. */
  readonly maxDepth?: number;
  /** End after so many seconds; 0: no limit. */
  readonly maxTime_s?: number;
  /** End after so many bytes; 0: no limit. */
  readonly maxBytes?: number;
  /** Gap between two requests to a host, milliseconds. */
  readonly delay_ms?: number;
  /** Hosts asked at once. */
  readonly concurrency?: number;
  /** Larger pages are not read. */
  readonly maxPage_bytes?: number;
  /** Fetch from private addresses too. */
  readonly allowPrivate?: boolean;
  /** Run the scripts of pages that are empty without them. */
  readonly render?: 'never' | 'auto';
  /** Send back the cookies that sites set, while the crawl lasts. */
  readonly cookies?: boolean;
  /** Told by POST when the crawl is done, paused, stopped or failed. */
  readonly webhook?: string;
  /** Take notices of changed pages from the sites in scope (IndexNow). */
  readonly indexNow?: boolean;
  /** Refresh by itself so often, seconds; 0: never. */
  readonly refreshEvery_s?: number;
  /** Pages of a refresh. */
  readonly refreshPages?: number;
  /** Pages a second over all hosts; 0: no limit. */
  readonly maxPages_per_s?: number;
  /** Bytes a second over all hosts; 0: no limit. */
  readonly maxBytes_per_s?: number;
  /** Hours, by UTC, in which nothing is fetched: 22:00-06:00, by commas. */
  readonly quietHours?: string;
  /** URL rules, one a line, such as: skip path ^= "/private/". */
  readonly rules?: string;
}

export interface PostCrawlPauseParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface PostCrawlResumeParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface PostCrawlStopParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface PostCrawlRefreshParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** Pages to ask for again; without them those likeliest to have changed. */
  readonly urls?: readonly string[] | string;
  /** How many of those. */
  readonly pages?: number;
}

export interface GetCrawlRecordsParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** How they ended: indexed, robots-forbidden, timeout, queued …; by commas. */
  readonly outcome?: readonly string[];
  /** HTTP status of the last answer. */
  readonly status?: number;
  /** One host, which is found at once. */
  readonly host?: string;
  /** Part of the address. */
  readonly url?: string;
  /** Ended at or after this time, ms since 1970. */
  readonly since?: number;
  /** Ended at or before this time, ms since 1970. */
  readonly until?: number;
  /** So many at most; default: all. */
  readonly limit?: number;
  /** Form of the lines; default: ndjson. */
  readonly format?: 'ndjson' | 'csv';
}

export interface GetIndexnowParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** Address that has changed. */
  readonly url: string;
  /** The key that stands in a file of the site. */
  readonly key: string;
  /** Address of that file; default: /KEY.txt. */
  readonly keyLocation?: string;
}

export interface PostIndexnowParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** Host of the addresses. */
  readonly host?: string;
  /** The key that stands in a file of the site. */
  readonly key: string;
  /** Address of that file; default: /KEY.txt. */
  readonly keyLocation?: string;
  /** Addresses that have changed. */
  readonly urlList: readonly string[];
}

export interface GetProgressParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export type GetStatusParameters = Readonly<Record<string, never>>;

export type GetAlarmsParameters = Readonly<Record<string, never>>;

export type GetSettingsParameters = Readonly<Record<string, never>>;

export interface GetSettingsHistoryParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export type GetClusterParameters = Readonly<Record<string, never>>;

export interface PostClusterDrainParameters {
  /** Name of the host. */
  readonly host: string;
}

export interface PostClusterUndrainParameters {
  /** Name of the host. */
  readonly host: string;
}

export type PostClusterCompareParameters = Readonly<Record<string, never>>;

export interface GetIndexParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface PostIndexVerifyParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface PostIndexRepairParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface PostIndexRebuildParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface GetThemeParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export type PostThemeParameters = Readonly<Record<string, never>>;

export type DeleteThemeParameters = GetThemeParameters;

export interface GetSnapshotsParameters {
  /** Default: the one of the schedule. */
  readonly place?: string;
}

export interface PostSnapshotsParameters {
  /** A folder of the server, or s3://bucket/prefix. */
  readonly place: string;
  /** The documents of this collection alone; else everything. */
  readonly c?: string;
  /** Keep so many of this kind; older ones go. */
  readonly keep?: number;
  /** Fetch it back and open it; default true. */
  readonly verify?: boolean;
}

export interface PostSnapshotsRestoreParameters {
  readonly place: string;
  /** As the list names it; default: the latest. */
  readonly id?: string;
  readonly c?: string;
}

export interface PostSnapshotsScheduleParameters {
  readonly place: string;
  /** Hours between two. */
  readonly every_h?: number;
  /** How many stay. */
  readonly keep?: number;
}

export type DeleteSnapshotsScheduleParameters = Readonly<Record<string, never>>;

export interface GetTasksParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
}

export interface PostImportFileParameters {
  readonly c?: string;
  /** What the file is. */
  readonly kind: 'ndjson' | 'warc' | 'csv' | 'folder' | 'mbox';
  readonly path: string;
  /** Address below which documents without one are known. */
  readonly base?: string;
  /** Of tables; default: a comma. */
  readonly separator?: ',' | ';' | '	';
  /** Documents in flight; default 32. */
  readonly atOnce?: number;
  /** Count, store nothing. */
  readonly isDryRun?: boolean;
}

export interface PostExportParameters {
  readonly c?: string;
  /** A new file, or one whose export was stopped: it goes on. */
  readonly file: string;
  readonly format?: 'ndjson' | 'warc' | 'csv';
  /** Only what this query finds. */
  readonly query?: string;
}

export interface PostRemoveParameters {
  readonly c?: string;
  /** All that this query finds, to the letter. */
  readonly query: string;
}

export interface PostReindexParameters {
  readonly c?: string;
  /** All that this query finds, to the letter. */
  readonly query: string;
}

export interface PostForgetParameters {
  readonly c?: string;
  readonly urls?: readonly string[];
  /** And what this query finds. */
  readonly query?: string;
  /** Time until every byte is gone; default 3600. */
  readonly within_s?: number;
  /** Tell which snapshots hold them still. */
  readonly snapshots?: boolean;
}

export interface PostBundlesMakeParameters {
  readonly c?: string;
  /** Where to, a folder of the server. */
  readonly folder: string;
  /** What it is called; default: the collection. */
  readonly name?: string;
  /** Only what this query finds. */
  readonly query?: string;
}

export interface PostBundlesFetchParameters {
  readonly c?: string;
  /** Where to; what of it is there already is not fetched again. */
  readonly folder: string;
  /** Where it is. */
  readonly from: unknown;
  /** Makers whose bundles are taken, by public key; default: any. */
  readonly trusted?: readonly string[];
}

export interface PostBundlesTakeParameters {
  readonly c?: string;
  /** Where the bundle lies on this server. */
  readonly folder: string;
  /** Which of two documents of one URL stays. */
  readonly conflicts?: 'newest' | 'theirs' | 'ours';
  /** Makers whose bundles are taken, by public key; default: any. */
  readonly trusted?: readonly string[];
}

export type GetKeysParameters = Readonly<Record<string, never>>;

export interface PostKeysParameters {
  /** What the key is for, for people. */
  readonly description?: string;
  /** What the key may do. */
  readonly actions: readonly ('search' | 'documents' | 'crawl' | 'status')[];
  /** Collections that it opens; without them: all. */
  readonly collections?: readonly string[];
  /** After this time it opens nothing; milliseconds since 1970, UTC. */
  readonly expires_ms?: number;
  /** Requests a minute. */
  readonly rate_per_min?: number;
  /** Queries that bound what the key can find and read, such as "lang:en"; all of them hold. */
  readonly filters?: readonly string[];
}

export interface DeleteKeysByIdParameters {
  /** Id of the key, as it is listed. */
  readonly id: string;
}

export type GetHealthLiveParameters = Readonly<Record<string, never>>;

export type GetHealthReadyParameters = Readonly<Record<string, never>>;

export type GetMetricsParameters = Readonly<Record<string, never>>;

export interface PostInjectParameters {
  /** Collection; without it the server's default. */
  readonly c?: string;
  /** Address of the document. */
  readonly url?: string;
  /** Address of the document. */
  readonly u?: string;
  /** Media type of the content; default: sniffed. */
  readonly contentType?: string;
  /** Answer when it is on disk, or when it is also found (default). */
  readonly wait?: 'durable' | 'visible';
  /** The page. */
  readonly content: string;
  readonly contenttype?: string;
}

export class PeregrineClient {
  readonly #origin: string;
  readonly #key: string | undefined;
  readonly #fetch: typeof globalThis.fetch;

  constructor(origin: string, options: ClientOptions = {}) {
    this.#origin = origin.replace(/\/$/, '');
    this.#key = options.key;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** Search, as a page, as JSON, as XML, as a table or as a feed. */
  async getSearch(parameters: GetSearchParameters = {}): Promise<SearchAnswer> {
    return (await this.#ask('GET', '/search', { ...parameters, format: 'json' })) as SearchAnswer;
  }

  /** The same with its parameters in the body, as JSON or as a form: for queries too long for an address. */
  async postSearch(parameters: PostSearchParameters = {}): Promise<SearchAnswer> {
    return (await this.#ask('POST', '/search', {}, { ...parameters })) as SearchAnswer;
  }

  /** Completions of what was typed: titles, headings and words; also in the form that browsers ask for. */
  async getComplete(parameters: GetCompleteParameters = {}): Promise<CompletionAnswer> {
    return (await this.#ask('GET', '/complete', { ...parameters })) as CompletionAnswer;
  }

  /** The rules of a collection: synonyms, pins, boosts, blocks, weights, saved queries. */
  async getLabRules(parameters: GetLabRulesParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/lab/rules', { ...parameters });
  }

  /** Puts rules in force, all at once. */
  async putLabRules(parameters: PutLabRulesParameters = {}): Promise<unknown> {
    return await this.#ask('PUT', '/lab/rules', {}, { ...parameters });
  }

  /** Tries rules on their saved queries: both answers side by side, before anything is in force. */
  async postLabCompare(parameters: PostLabCompareParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/lab/compare', {}, { ...parameters });
  }

  /** nDCG of the judged queries over time, and queries that found nothing. */
  async getLabQuality(parameters: GetLabQualityParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/lab/quality', { ...parameters });
  }

  /** Asks the judged queries now, and writes down their nDCG. */
  async postLabQuality(parameters: PostLabQualityParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/lab/quality', { ...parameters });
  }

  /** How a query is read, what is asked of the index, and what its words are worth. */
  async getExplain(parameters: GetExplainParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/explain', { ...parameters, format: 'json' });
  }

  /** Why a page is not found for a query, or not where it is looked for. */
  async getWhynot(parameters: GetWhynotParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/whynot', { ...parameters, format: 'json' });
  }

  /** A stored document: as a page or as JSON. */
  async getGet(parameters: GetGetParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/get', { ...parameters, format: 'json' });
  }

  /** The bytes of a stored page as they came, sandboxed. */
  async getGetRaw(parameters: GetGetRawParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/get/raw', { ...parameters, format: 'json' });
  }

  /** Remove a document from store and index. */
  async deleteDocument(parameters: DeleteDocumentParameters = {}): Promise<unknown> {
    return await this.#ask('DELETE', '/document', { ...parameters });
  }

  /** Imports of Gigablast files into a collection, the latest first, with how far they are. */
  async getImport(parameters: GetImportParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/import', { ...parameters });
  }

  /** What imports of Gigablast files could not take, each with file, place and reason: all of it, where GET /import lists the latest. */
  async getImportFailures(parameters: GetImportFailuresParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/import/failures', { ...parameters });
  }

  /** Begin to import the title files of a Gigablast, or go on where that was stopped. Answers at once; GET /import tells how far it is. */
  async postImportGigablast(parameters: PostImportGigablastParameters): Promise<unknown> {
    return await this.#ask('POST', '/import/gigablast', {}, { ...parameters });
  }

  /** Pause an import: what is in flight ends, and it goes on from there when it is begun again. */
  async postImportPause(parameters: PostImportPauseParameters): Promise<unknown> {
    return await this.#ask('POST', '/import/pause', {}, { ...parameters });
  }

  /** How far the crawl of a collection is. */
  async getCrawl(parameters: GetCrawlParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/crawl', { ...parameters });
  }

  /** Begin a crawl, or add addresses to it. */
  async postCrawl(parameters: PostCrawlParameters): Promise<unknown> {
    return await this.#ask('POST', '/crawl', {}, { ...parameters });
  }

  /** Pause the crawl; what is being fetched is finished first. */
  async postCrawlPause(parameters: PostCrawlPauseParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/crawl/pause', {}, { ...parameters });
  }

  /** Go on with a paused crawl. */
  async postCrawlResume(parameters: PostCrawlResumeParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/crawl/resume', {}, { ...parameters });
  }

  /** End the crawl for good: its queue is emptied, what was fetched stays. */
  async postCrawlStop(parameters: PostCrawlStopParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/crawl/stop', {}, { ...parameters });
  }

  /** Ask again for pages of a finished crawl: those named, or those likeliest to have changed. */
  async postCrawlRefresh(parameters: PostCrawlRefreshParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/crawl/refresh', {}, { ...parameters });
  }

  /** What the crawls of a collection did: a line for each address, with the attempts. */
  async getCrawlRecords(parameters: GetCrawlRecordsParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/crawl/records', { ...parameters });
  }

  /** A site tells of a page that has changed (IndexNow). */
  async getIndexnow(parameters: GetIndexnowParameters): Promise<unknown> {
    return await this.#ask('GET', '/indexnow', { ...parameters });
  }

  /** A site tells of pages that have changed (IndexNow). */
  async postIndexnow(parameters: PostIndexnowParameters): Promise<unknown> {
    return await this.#ask('POST', '/indexnow', {}, { ...parameters });
  }

  /** Crawl, imports and work on the index of a collection as server-sent events: "progress" whenever something changed, "end" when nothing is under way. */
  async getProgress(parameters: GetProgressParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/progress', { ...parameters });
  }

  /** How the server is: a little for everybody, everything for keys that may look. */
  async getStatus(parameters: GetStatusParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/status', { ...parameters });
  }

  /** What is wrong now: disks, damage, hosts and shards of a cluster. Empty where all is well. */
  async getAlarms(parameters: GetAlarmsParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/alarms', { ...parameters });
  }

  /** The settings that are in force, and where each comes from. */
  async getSettings(parameters: GetSettingsParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/settings', { ...parameters });
  }

  /** Who changed the rules and the look of a collection, and who had hosts drained: when, on which host, from what to what. */
  async getSettingsHistory(parameters: GetSettingsHistoryParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/settings/history', { ...parameters });
  }

  /** Hosts and shards of the cluster, as this host sees them; `cluster` is null on one machine. */
  async getCluster(parameters: GetClusterParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/cluster', { ...parameters });
  }

  /** Have a host hand on all its shards. Answers at once; GET /cluster tells when it holds none. */
  async postClusterDrain(parameters: PostClusterDrainParameters): Promise<unknown> {
    return await this.#ask('POST', '/cluster/drain', {}, { ...parameters });
  }

  /** Let a host hold shards again. */
  async postClusterUndrain(parameters: PostClusterUndrainParameters): Promise<unknown> {
    return await this.#ask('POST', '/cluster/undrain', {}, { ...parameters });
  }

  /** Compare the mirrors of every shard with their leader, record by record. Reads everything: it takes its time. */
  async postClusterCompare(parameters: PostClusterCompareParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/cluster/compare', { ...parameters });
  }

  /** What is being done about the index of a collection, and what came of it last. */
  async getIndex(parameters: GetIndexParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/index', { ...parameters });
  }

  /** Check every segment of the index, and its documents against the stored ones. Answers at once; GET /index tells how far it is. */
  async postIndexVerify(parameters: PostIndexVerifyParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/index/verify', {}, { ...parameters });
  }

  /** Check the index, and index again what is damaged or missing. Answers at once; GET /index tells how far it is. */
  async postIndexRepair(parameters: PostIndexRepairParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/index/repair', {}, { ...parameters });
  }

  /** Index every stored document anew. Answers at once; GET /index tells how far it is. */
  async postIndexRebuild(parameters: PostIndexRebuildParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/index/rebuild', {}, { ...parameters });
  }

  /** How the pages of a collection look: name, colours, typeface, logo. */
  async getTheme(parameters: GetThemeParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/theme', { ...parameters });
  }

  /** Set how the pages of a collection look. What is left out is as it is without a theme. */
  async postTheme(parameters: PostThemeParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/theme', {}, { ...parameters });
  }

  /** Let the pages of a collection look as they did at first. */
  async deleteTheme(parameters: DeleteThemeParameters = {}): Promise<unknown> {
    return await this.#ask('DELETE', '/theme', { ...parameters });
  }

  /** Snapshots that lie at a place, the latest first, and the schedule. */
  async getSnapshots(parameters: GetSnapshotsParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/snapshots', { ...parameters });
  }

  /** Take a snapshot. Answers at once; GET /tasks tells how far it is. */
  async postSnapshots(parameters: PostSnapshotsParameters): Promise<unknown> {
    return await this.#ask('POST', '/snapshots', {}, { ...parameters });
  }

  /** Bring the documents of a collection’s snapshot back; what is there and newer stays. A snapshot of everything is restored into a directory of its own, by command. */
  async postSnapshotsRestore(parameters: PostSnapshotsRestoreParameters): Promise<unknown> {
    return await this.#ask('POST', '/snapshots/restore', {}, { ...parameters });
  }

  /** Have snapshots of everything taken by themselves, while the server runs. */
  async postSnapshotsSchedule(parameters: PostSnapshotsScheduleParameters): Promise<unknown> {
    return await this.#ask('POST', '/snapshots/schedule', {}, { ...parameters });
  }

  /** Take no more snapshots by themselves; those that were taken stay. */
  async deleteSnapshotsSchedule(parameters: DeleteSnapshotsScheduleParameters = {}): Promise<unknown> {
    return await this.#ask('DELETE', '/snapshots/schedule', { ...parameters });
  }

  /** What runs in the background or has ended since the server began, the latest first. */
  async getTasks(parameters: GetTasksParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/tasks', { ...parameters });
  }

  /** Bring in a file of the server: lines of JSON, web archives, a table, a folder. GET /tasks tells how far it is. */
  async postImportFile(parameters: PostImportFileParameters): Promise<unknown> {
    return await this.#ask('POST', '/import/file', {}, { ...parameters });
  }

  /** Write a collection, or what a query finds, into a new file of the server. GET /tasks tells how far it is. */
  async postExport(parameters: PostExportParameters): Promise<unknown> {
    return await this.#ask('POST', '/export', {}, { ...parameters });
  }

  /** Remove every document that a query finds. GET /tasks tells how far it is. */
  async postRemove(parameters: PostRemoveParameters): Promise<unknown> {
    return await this.#ask('POST', '/remove', {}, { ...parameters });
  }

  /** Read and index anew, from its stored bytes, every document that a query finds. GET /tasks tells how far it is. */
  async postReindex(parameters: PostReindexParameters): Promise<unknown> {
    return await this.#ask('POST', '/reindex', {}, { ...parameters });
  }

  /** Forget pages: removed, banned, and written out of every file. GET /tasks tells when the bytes are gone, and which snapshots hold them still. */
  async postForget(parameters: PostForgetParameters = {}): Promise<unknown> {
    return await this.#ask('POST', '/forget', {}, { ...parameters });
  }

  /** Write a collection, or what a query finds, as a signed bundle. GET /tasks tells how far it is. */
  async postBundlesMake(parameters: PostBundlesMakeParameters): Promise<unknown> {
    return await this.#ask('POST', '/bundles/make', {}, { ...parameters });
  }

  /** Fetch a bundle from another installation into a folder. Begun again, it goes on where it stopped; it is taken in by POST /bundles/take. */
  async postBundlesFetch(parameters: PostBundlesFetchParameters): Promise<unknown> {
    return await this.#ask('POST', '/bundles/fetch', {}, { ...parameters });
  }

  /** Take the documents of a bundle in; each chunk is checked before a document of it is stored. */
  async postBundlesTake(parameters: PostBundlesTakeParameters): Promise<unknown> {
    return await this.#ask('POST', '/bundles/take', {}, { ...parameters });
  }

  /** List the keys, without what opens. */
  async getKeys(parameters: GetKeysParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/keys', { ...parameters });
  }

  /** Make a key that may do some things only. It is shown this once. */
  async postKeys(parameters: PostKeysParameters): Promise<unknown> {
    return await this.#ask('POST', '/keys', {}, { ...parameters });
  }

  /** Revoke a key, and with it every key that was derived from it. */
  async deleteKeysById(parameters: DeleteKeysByIdParameters): Promise<unknown> {
    return await this.#ask('DELETE', `/keys/${encodeURIComponent(parameters.id)}`, {});
  }

  /** Answers as long as the process does. */
  async getHealthLive(parameters: GetHealthLiveParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/health/live', { ...parameters });
  }

  /** Ready to search and to write, or to search alone where it was begun for reading only; 503 with the reason while it is not. */
  async getHealthReady(parameters: GetHealthReadyParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/health/ready', { ...parameters });
  }

  /** Metrics in the text form that Prometheus reads. */
  async getMetrics(parameters: GetMetricsParameters = {}): Promise<unknown> {
    return await this.#ask('GET', '/metrics', { ...parameters });
  }

  /** Put a document in, as fields or as its bare bytes with url=URL; many as NDJSON, one object of these fields a line. */
  async postInject(parameters: PostInjectParameters): Promise<unknown> {
    return await this.#ask('POST', '/inject', {}, { ...parameters });
  }

  async #ask(how: string, path: string, query: Fields, body?: Fields): Promise<unknown> {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) asked.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    const address = `${this.#origin}${path}${asked.size === 0 ? '' : `?${asked.toString()}`}`;
    const response = await this.#fetch(address, {
      method: how,
      headers: {
        accept: 'application/json',
        ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const type = response.headers.get('content-type') ?? '';
    const answer: unknown = /[/+]json(?:;|$)/.test(type) ? await response.json() : await response.text();
    if (response.ok) return answer;
    const problem = problemOf(answer);
    throw new PeregrineRequestError(
      response.status,
      problem?.code ?? 'UNKNOWN',
      problem?.detail ?? response.statusText,
    );
  }
}
