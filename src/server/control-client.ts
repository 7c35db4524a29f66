/** The engine of another process on this machine, reached through the control socket in its data directory. */

import { Agent, type Dispatcher, request } from 'undici';

import { type ErrorCode, type ErrorFacts, isPeregrineError, PeregrineError } from '../base/index.ts';
import type { ClusterStanding, MirrorComparison } from '../cluster/index.ts';
import type {
  DocumentAddress,
  EngineStatus,
  InjectRequest,
  InjectResult,
  CareProgress,
  IndexWork,
  IndexWorkResult,
  MeasuredQuality,
  SearchQuality,
  WhyNotAnswer,
  WhyNotRequest,
  OnStoreEvent,
  StoreTask,
  StoreTaskResult,
} from '../collection/index.ts';
import type { CrawlProgress, CrawlRequest } from '../crawl/index.ts';
import type {
  ExplainedQuery,
  RuleComparison,
  SearchRequest,
  SearchResponse,
  SearchRules,
} from '../query/index.ts';
import type { KeyEntry } from './key-ring.ts';
import type { KeyBody } from './request-schemas.ts';
import type { ReadablePage } from './page-markdown.ts';
import type {
  ImportReport,
  ImportRequest,
  OnTransferEvent,
  ResultOf,
  TransferTask,
} from '../transfer/index.ts';
import { readControlKey } from './admin-key.ts';
import { type NearPath, nearPath } from './control-socket.ts';
import type { EngineCalls } from './engine-calls.ts';
import { readTaskStream } from './task-stream.ts';

const REPLY_BYTES_MAX = 64 * 1024 * 1024;

/** Throws `LOCKED` when nobody answers there. */
export async function connectToEngine(dataDirectory: string): Promise<ControlClient> {
  const key = await readControlKey(dataDirectory);
  if (key === undefined) throw withoutDoor(dataDirectory);
  const near = await nearPath(dataDirectory);
  const client = new ControlClient(dataDirectory, near, key);
  try {
    await client.collections();
  } catch (error) {
    await client.close();
    throw error;
  }
  return client;
}

export class ControlClient implements EngineCalls {
  readonly #dataDirectory: string;
  readonly #release: () => Promise<void>;
  readonly #agent: Agent;
  readonly #key: string;

  constructor(dataDirectory: string, near: NearPath, key: string) {
    this.#dataDirectory = dataDirectory;
    this.#release = near.release;
    this.#agent = new Agent({ connect: { socketPath: near.path, timeout: 5_000 } });
    this.#key = key;
  }

  async collections(): Promise<readonly string[]> {
    return this.#call<readonly string[]>('collections');
  }

  async createCollection(collection: string): Promise<void> {
    await this.#call('createCollection', collection);
  }

  async deleteCollection(collection: string): Promise<void> {
    await this.#call('deleteCollection', collection);
  }

  async search(collection: string, search: SearchRequest): Promise<SearchResponse> {
    return this.#call<SearchResponse>('search', collection, search);
  }

  async explain(collection: string, search: SearchRequest): Promise<ExplainedQuery> {
    return this.#call<ExplainedQuery>('explain', collection, search);
  }

  async searchRules(collection: string): Promise<SearchRules> {
    return this.#call<SearchRules>('searchRules', collection);
  }

  async setSearchRules(collection: string, rules: SearchRules): Promise<void> {
    await this.#call('setSearchRules', collection, rules);
  }

  async compareSearchRules(collection: string, candidate: SearchRules): Promise<RuleComparison> {
    return this.#call<RuleComparison>('compareSearchRules', collection, candidate);
  }

  async searchQuality(collection: string): Promise<SearchQuality> {
    return this.#call<SearchQuality>('searchQuality', collection);
  }

  async measureSearchQuality(collection: string): Promise<MeasuredQuality | undefined> {
    // JSON has no word for undefined.
    return (await this.#call<MeasuredQuality | null>('measureSearchQuality', collection)) ?? undefined;
  }

  async whyNot(collection: string, question: WhyNotRequest): Promise<WhyNotAnswer> {
    return this.#call<WhyNotAnswer>('whyNot', collection, question);
  }

  /** Sends the bytes as they are: the other side sniffs or believes the type that is given. */
  async inject(
    collection: string,
    { url, content, contentType }: InjectRequest,
    options: { wait?: 'durable' | 'visible' } = {},
  ): Promise<InjectResult> {
    const parameters = new URLSearchParams({ c: collection, url, wait: options.wait ?? 'visible' });
    if (contentType !== undefined) parameters.set('contentType', contentType);
    const path = `/inject?${parameters.toString()}`;
    // As bare bytes, or a page of JSON would be read as the request itself.
    const reply = await this.#post(path, 'application/octet-stream', Buffer.from(content));
    const { document } = reply as { document: InjectResult };
    return document;
  }

  async remove(collection: string, address: DocumentAddress): Promise<boolean> {
    const request = 'docId' in address ? { d: address.docId } : { url: address.url };
    return this.#call<boolean>('remove', collection, request);
  }

  async read(collection: string, address: DocumentAddress): Promise<ReadablePage | undefined> {
    const request = 'docId' in address ? { d: address.docId } : { url: address.url };
    return (await this.#call<ReadablePage | null>('read', collection, request)) ?? undefined;
  }

  async startCrawl(collection: string, crawl: CrawlRequest): Promise<void> {
    await this.#call('startCrawl', collection, crawl);
  }

  async pauseCrawl(collection: string): Promise<void> {
    await this.#call('pauseCrawl', collection);
  }

  async resumeCrawl(collection: string): Promise<void> {
    await this.#call('resumeCrawl', collection);
  }

  async stopCrawl(collection: string): Promise<void> {
    await this.#call('stopCrawl', collection);
  }

  async crawlProgress(collection: string): Promise<CrawlProgress> {
    return this.#call<CrawlProgress>('crawlProgress', collection);
  }

  async indexWork(collection: string, work: IndexWork, signal?: AbortSignal): Promise<IndexWorkResult> {
    try {
      return await this.#call<IndexWorkResult>('indexWork', collection, { work }, signal);
    } catch (error) {
      if (signal?.aborted === true) throw new PeregrineError('CANCELLED', 'It was called off.', {}, error);
      throw error;
    }
  }

  async indexProgress(): Promise<readonly CareProgress[]> {
    return this.#call<readonly CareProgress[]>('indexProgress');
  }

  async store(task: StoreTask, onEvent?: OnStoreEvent, signal?: AbortSignal): Promise<StoreTaskResult> {
    const tell = onEvent as ((event: unknown) => void | Promise<void>) | undefined;
    return (await this.#task('/engine/store', task, tell, signal)) as StoreTaskResult;
  }

  async transfer<T extends TransferTask>(
    collection: string,
    task: T,
    onEvent?: OnTransferEvent,
    signal?: AbortSignal,
  ): Promise<ResultOf<T>> {
    const tell = onEvent as ((event: unknown) => void) | undefined;
    const request = { collection, request: task };
    return (await this.#task('/engine/transfer', request, tell, signal)) as ResultOf<T>;
  }

  async #task(
    path: string,
    task: unknown,
    onEvent: (event: unknown) => void | Promise<void> = () => undefined,
    signal?: AbortSignal,
  ): Promise<unknown> {
    try {
      const body = await this.#send(path, 'application/json', Buffer.from(JSON.stringify(task)), signal);
      return await readTaskStream(body, onEvent);
    } catch (error) {
      // Also before the first word of the answer, which may take a while.
      if (signal?.aborted === true) throw new PeregrineError('CANCELLED', 'It was called off.', {}, error);
      throw error;
    }
  }

  async status(): Promise<EngineStatus> {
    return this.#call<EngineStatus>('status');
  }

  async listKeys(): Promise<readonly KeyEntry[]> {
    return this.#call<readonly KeyEntry[]>('listKeys');
  }

  async createKey(key: KeyBody): Promise<{ readonly key: string; readonly entry: KeyEntry }> {
    return this.#call('createKey', '', key);
  }

  async revokeKey(id: string): Promise<boolean> {
    return this.#call<boolean>('revokeKey', '', { id });
  }

  /** The cluster as the running host sees it; undefined where the process is none. */
  async clusterStanding(): Promise<ClusterStanding | undefined> {
    return (await this.#call<ClusterStanding | null>('clusterStanding')) ?? undefined;
  }

  async compareMirrors(): Promise<readonly MirrorComparison[]> {
    return this.#call<readonly MirrorComparison[]>('compareMirrors');
  }

  async drainHost(host: string, isDraining: boolean): Promise<void> {
    await this.#call('drainHost', '', { host, isDraining });
  }

  async startImport(collection: string, request: ImportRequest): Promise<ImportReport> {
    return this.#call<ImportReport>('startImport', collection, request);
  }

  async imports(collection: string): Promise<readonly ImportReport[]> {
    return this.#call<readonly ImportReport[]>('imports', collection);
  }

  async pauseImport(collection: string, id: string): Promise<ImportReport> {
    return this.#call<ImportReport>('pauseImport', collection, { id });
  }

  /** Has the running server make a new admin key, valid at once. */
  async renewAdminKey(): Promise<string> {
    return this.#call<string>('renewAdminKey');
  }

  async close(): Promise<void> {
    await this.#agent.close();
    await this.#release();
  }

  async #call<T>(name: string, collection?: string, argument?: unknown, signal?: AbortSignal): Promise<T> {
    const body = Buffer.from(JSON.stringify({ collection, request: argument }));
    const { value } = (await this.#post(`/engine/${name}`, 'application/json', body, signal)) as { value: T };
    return value;
  }

  async #post(path: string, contentType: string, body: Buffer, signal?: AbortSignal): Promise<unknown> {
    const reply = await this.#send(path, contentType, body, signal);
    try {
      return parse(await reply.text());
    } catch (error) {
      throw isPeregrineError(error) ? error : unreachable(this.#dataDirectory, error);
    }
  }

  /** The body of the answer; rejects with the error that the other process answered with. */
  async #send(
    path: string,
    contentType: string,
    body: Buffer,
    signal?: AbortSignal,
  ): Promise<Dispatcher.ResponseData['body']> {
    let reply: Dispatcher.ResponseData;
    try {
      reply = await request(`http://peregrine${path}`, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.#key}`,
          'content-type': contentType,
          accept: 'application/json',
        },
        body,
        // A large document may take its time; the process at the other end has limits of its own.
        headersTimeout: 0,
        bodyTimeout: 0,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw unreachable(this.#dataDirectory, error);
    }
    if (reply.statusCode < 400) return reply.body;
    throw asError(parse(await reply.body.text()), reply.statusCode);
  }
}

function parse(text: string): unknown {
  if (text.length > REPLY_BYTES_MAX) throw new PeregrineError('TOO_LARGE', 'The reply is too large.');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PeregrineError('INTERNAL', 'The running process gave an answer that is no JSON.', {}, error);
  }
}

/** The error as the other process threw it. */
function asError(reply: unknown, status: number): PeregrineError {
  const { error } = reply as { error?: { code: ErrorCode; message: string; facts?: ErrorFacts } };
  if (error === undefined) return new PeregrineError('INTERNAL', `The running process answered ${status}.`);
  return new PeregrineError(error.code, error.message, error.facts ?? {});
}

/** Short commands have none, and neither have those who only read. */
function withoutDoor(dataDirectory: string): PeregrineError {
  return new PeregrineError(
    'LOCKED',
    `Another process uses ${dataDirectory} and takes no requests. Wait until it has finished, or stop it. Beside one that only reads it, others may do so too: --read-only on`,
    { file: dataDirectory },
  );
}

function unreachable(dataDirectory: string, cause: unknown): PeregrineError {
  return new PeregrineError(
    'LOCKED',
    `Another process uses ${dataDirectory} and does not answer. Wait until it has finished, or stop it.`,
    { file: dataDirectory },
    cause,
  );
}
