/** What processes that crawl together ask each other: JSON, one question and one answer each. docs/formats/cluster.md. */

import { type CollectionId, PeregrineError, type ShardId } from '../base/index.ts';
import type { PermitQuestion } from './address-desk.ts';
import type { CrawlEvent, CrawlProgress } from './crawl-contract.ts';
import type { CrawlJob } from './crawl-job.ts';
import type { TallyRecord } from './crawl-records.ts';
import type { FetchRequest } from './fetcher.ts';
import type { NewRequest, RefusedUrl } from './frontier.ts';

/** To the leader of the URLs' shard: makes them durable, and has them visited. */
export interface AddQuestion {
  readonly op: 'add';
  readonly collection: CollectionId;
  readonly round: number;
  readonly now_ms: number;
  readonly requests: readonly NewRequest[];
  readonly refused: readonly RefusedUrl[];
  readonly isOnlyNew: boolean;
}

/** From who keeps the books to all: go on, with so many pages more; tell how far it is. */
export interface PollQuestion {
  readonly op: 'poll';
  readonly collection: CollectionId;
  /** Of the leadership under which the books are kept: an older one asks in vain. */
  readonly term: number;
  /** Of the job as it stands; where it is another than is known, the job comes along. */
  readonly stamp: string;
  readonly job?: CrawlJob;
  /** Pages that may be begun beyond those promised before. */
  readonly grant: number;
  /** Pages are few: who has nothing to visit gives back what was promised. */
  readonly isScarce: boolean;
  /** Processes that are at work on it. */
  readonly workers: number;
}

/** From who keeps the books to all: end what is under way (`now`: cut it), begin nothing. Answered when that is so. */
export interface RestQuestion {
  readonly op: 'rest';
  readonly collection: CollectionId;
  readonly term: number;
  readonly now: boolean;
}

/** To who keeps the books: what was asked of a crawler that does not. */
export interface BooksQuestion {
  readonly op: 'books';
  readonly call: BooksCall;
  /** Of the call, the same however often it is asked: it is made once. Without one it is made each time. */
  readonly id?: string;
  readonly collection: CollectionId;
  readonly argument?: unknown;
}
export type BooksCall =
  | 'start'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'refresh'
  | 'announce'
  | 'forget'
  | 'progress'
  | 'restQuietly';

/** To the leader of a host's shard: fetch this in turn with the host's pages. */
export interface AsideQuestion {
  readonly op: 'aside';
  readonly collection: CollectionId;
  readonly url: string;
  readonly limits: Pick<FetchRequest, 'max_bytes' | 'overflow'>;
}

export type CrewQuestion =
  | AddQuestion
  | PollQuestion
  | RestQuestion
  | BooksQuestion
  | AsideQuestion
  | ({ readonly op: 'permit' } & PermitQuestion)
  | { readonly op: 'leave'; readonly address: string; readonly id: string };

export interface ShardReport {
  readonly shard: ShardId;
  /** Under which it is led. */
  readonly term: number;
  /** Nothing waits there. */
  readonly isEmpty: boolean;
  readonly tally: TallyRecord;
}

/** How far a process is with a crawl: read in this order. */
export interface PartReport {
  /** Of the process, and of its run. */
  readonly session: string;
  readonly run: string;
  /** The job is not known, or another: it is to come along. */
  readonly needsJob: boolean;
  readonly isIdle: boolean;
  readonly inFlight: number;
  /** Pages that it may begin or has begun. */
  readonly held: number;
  /** Requests that were made durable by this process, in all: nothing came where it is the same as before. */
  readonly adds: number;
  readonly shards: readonly ShardReport[];
  readonly pages_per_s: number;
  readonly smallestGaps: NonNullable<CrawlProgress['smallestGaps']>;
  readonly recent: readonly CrawlEvent[];
}

export const encodeQuestion = (question: CrewQuestion): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(question));

/** `CORRUPT`. */
export function decodeQuestion(bytes: Uint8Array): CrewQuestion {
  const question = parsed(bytes);
  if (typeof question === 'object' && question !== null && 'op' in question) return question as CrewQuestion;
  throw new PeregrineError('CORRUPT', 'Another process asks what is no question.');
}

export const encodeAnswer = (answer: unknown): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(answer ?? null));

/** `CORRUPT`. */
export const decodeAnswer = (bytes: Uint8Array): unknown => parsed(bytes);

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new PeregrineError('CORRUPT', 'Another process said something that can not be read.', {}, error);
  }
}
