/**
 * Messages about a job: that it is done, paused, stopped or failed, sent by POST to the address that its settings name. A
 * message stands with the job until it has arrived, so that a restart loses none; it may arrive twice, with one id.
 */

import { createHmac } from 'node:crypto';
import { type CollectionId, isPeregrineError, messageOf, PeregrineError } from '../base/index.ts';
import type { CrawlProgress } from './crawl-contract.ts';
import { type CrawlEnd, type CrawlJob, type JobMessage, saveJob } from './crawl-job.ts';
import type { Seat } from './crawl-seat.ts';
import type { CrawlServices } from './crawl-services.ts';

/** Waits before the second, third, … delivery. */
const WAITS_MS: readonly number[] = [1_000, 10_000, 60_000, 600_000];
const MAX_ANSWER_BYTES = 4_096;

export function messageFor(job: CrawlJob, end: CrawlEnd, now_ms: number): JobMessage | undefined {
  if (job.settings.webhook === '') return undefined;
  return { id: `${job.collection}-${job.round}-${end}-${now_ms}`, event: `crawl.${end}`, at_ms: now_ms };
}

export interface JobCourierParts {
  readonly services: CrawlServices;
  /** Aborts when the crawler closes. */
  readonly signal: AbortSignal;
  readonly progress: (collection: CollectionId) => CrawlProgress;
  /** Does something with a collection's job while nobody else does. */
  readonly turn: (collection: CollectionId, work: () => Promise<void>) => Promise<void>;
}

export class JobCourier {
  readonly #parts: JobCourierParts;

  constructor(parts: JobCourierParts) {
    this.#parts = parts;
  }

  /** Sends what is to be told of a job, where there is something. */
  send(seat: Seat): void {
    const { services, signal, progress, turn } = this.#parts;
    const { job } = seat;
    const { message, collection } = job;
    if (message === undefined) return;
    const work = async (): Promise<void> => {
      await deliver(services, job, message, progress(collection), signal);
      await turn(collection, async () => {
        if (seat.job.message?.id !== message.id) return;
        seat.job = { ...seat.job, message: undefined };
        await saveJob(services.shards, seat.job);
      });
    };
    work().catch((error: unknown) => {
      if (signal.aborted) return;
      services.log.write('error', 'crawl.message-failed', { collection, error: messageOf(error) });
    });
  }
}

/** Sends a message until it has arrived, a few times at most. `CANCELLED` where `signal` aborts meanwhile. */
async function deliver(
  services: CrawlServices,
  job: CrawlJob,
  message: JobMessage,
  progress: CrawlProgress,
  signal: AbortSignal,
): Promise<void> {
  const { webhook, allowPrivate } = job.settings;
  const body = JSON.stringify(bodyOf(services, job, message, progress));
  for (const wait_ms of [...WAITS_MS, undefined]) {
    try {
      const { status } = await services.fetcher.fetch({
        url: webhook,
        allowPrivate,
        types: 'any',
        max_bytes: MAX_ANSWER_BYTES,
        overflow: 'cut',
        signal,
        post: { body, headers: headersOf(services, body) },
      });
      if (status >= 200 && status <= 299) return;
      throw new PeregrineError('FETCH_FAILED', `the receiver answers ${status}`, { status });
    } catch (error) {
      if (isPeregrineError(error, 'CANCELLED')) throw error;
      if (wait_ms === undefined || isPeregrineError(error, 'ADDRESS_REFUSED')) {
        const { id } = message;
        services.log.write('warn', 'crawl.message-not-delivered', { id, error: messageOf(error) });
        return;
      }
      await services.clock.sleep(wait_ms, signal);
    }
  }
}

function bodyOf(
  { nameOf }: CrawlServices,
  { collection, round, startedAt_ms }: CrawlJob,
  { id, event, at_ms }: JobMessage,
  { fetched, fetched_bytes, indexed, failed, queued, outcomes }: CrawlProgress,
): Record<string, unknown> {
  const took_s = Math.max(0, Math.round((at_ms - startedAt_ms) / 1_000));
  const at = new Date(at_ms).toISOString();
  return {
    id,
    event,
    at,
    collection: nameOf(collection),
    round,
    took_s,
    fetched,
    fetched_bytes,
    indexed,
    failed,
    queued,
    outcomes,
  };
}

/** `HMAC-SHA-256` over time and body, so that nobody else can send one, nor an old one again. */
function headersOf({ webhookSecret, clock }: CrawlServices, body: string): Record<string, string> {
  const time_s = Math.floor(clock.now() / 1_000);
  const plain = { 'content-type': 'application/json' };
  if (webhookSecret === undefined) return plain;
  const signature = createHmac('sha256', webhookSecret).update(`${time_s}.${body}`).digest('hex');
  return { ...plain, 'peregrine-signature': `t=${time_s},v1=${signature}` };
}
