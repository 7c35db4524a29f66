/** Views that this host holds for queries of other hosts: opened, asked, released, and let go where nobody asks any more. */

import { randomInt, randomUUID } from 'node:crypto';

import {
  type ByteReader,
  ByteWriter,
  type Clock,
  type CollectionId,
  PeregrineError,
  type ShardId,
  toCollectionId,
  toShardId,
} from '../base/index.ts';
import { documentsWith, liveDocuments } from '../collection/index.ts';
import type { IndexView, ShardIndex } from '../index/index.ts';
import { Service, type ServiceAnswer } from './host-link.ts';
import { answerOf, type ViewQuestion } from './view-questions.ts';
import { fromWire, toWire } from './wire-json.ts';

/** Views that nobody asks are released after this. */
const IDLE_MS = 15_000;
/** Queries whose views are held at once. */
const MAX_SESSIONS = 4_096;
/** Versions of one process stand apart from those of any other by this much. */
const VERSIONS = 2 ** 32;
const MAX_INCARNATION = 2 ** 20;

export interface ViewFacts {
  readonly shard: ShardId;
  /** Of the view; no other process gives the same. */
  readonly version: number;
  readonly documentCount: number;
  /** The last entry that its mirror had, at least, when the view was taken. */
  readonly entry: number;
}

interface Session {
  readonly views: ReadonlyMap<ShardId, IndexView>;
  usedAt_ms: number;
}

export class ViewHost {
  readonly #clock: Clock;
  /** The index of a shard whose mirror here is whole. */
  readonly #readable: (shard: ShardId) => ShardIndex | undefined;
  readonly #entryOf: (shard: ShardId) => number;
  readonly #sessions = new Map<string, Session>();
  readonly #incarnation = randomInt(1, MAX_INCARNATION);

  constructor(
    clock: Clock,
    readable: (shard: ShardId) => ShardIndex | undefined,
    entryOf: (shard: ShardId) => number,
  ) {
    this.#clock = clock;
    this.#readable = readable;
    this.#entryOf = entryOf;
  }

  /** A version of a view of this process, as no other process has it. */
  versionOf(view: IndexView): number {
    return this.#incarnation * VERSIONS + view.version;
  }

  services(): Readonly<Partial<Record<number, ServiceAnswer>>> {
    return {
      [Service.openViews]: async (body) => this.#open(body),
      [Service.askViews]: async (body) => this.#ask(body),
      [Service.releaseViews]: async (body) => {
        this.#release(body.text());
        return new Uint8Array();
      },
      [Service.documentsWith]: async (body) => {
        const [shard, collection, hash] = [
          toShardId(body.varint()),
          toCollectionId(body.varint()),
          body.u64(),
        ];
        return json(documentsWith(this.#indexOf(shard), collection, hash));
      },
      [Service.documents]: async (body) => {
        const [shard, collection] = [toShardId(body.varint()), toCollectionId(body.varint())];
        return json(liveDocuments(this.#indexOf(shard), collection));
      },
      [Service.totals]: async (body) => {
        const [shard, collection] = [toShardId(body.varint()), toCollectionId(body.varint())];
        return json(this.#indexOf(shard).status(collection));
      },
    };
  }

  /** Lets go what nobody asks any more. */
  tidy(): void {
    const now_ms = this.#clock.monotonic();
    for (const [id, { usedAt_ms }] of this.#sessions) if (now_ms - usedAt_ms > IDLE_MS) this.#release(id);
  }

  close(): void {
    for (const id of this.#sessions.keys()) this.#release(id);
  }

  #open(body: ByteReader): Uint8Array {
    if (this.#sessions.size >= MAX_SESSIONS)
      throw new PeregrineError('QUEUE_FULL', 'Too many queries at once.');
    const collection: CollectionId = toCollectionId(body.varint());
    const shards = Array.from({ length: body.varint() }, () => toShardId(body.varint()));
    const indexes = shards.map((shard) => this.#indexOf(shard));
    // Before the views are taken: they show at least that much.
    const entries = new Map(shards.map((shard) => [shard, this.#entryOf(shard)]));
    const views = new Map(shards.map((shard, i) => [shard, (indexes[i] as ShardIndex).view(collection)]));
    const id = randomUUID();
    this.#sessions.set(id, { views, usedAt_ms: this.#clock.monotonic() });
    const facts = Array.from(views, ([shard, view]): ViewFacts => ({
      shard,
      version: this.versionOf(view),
      documentCount: view.documentCount,
      entry: entries.get(shard) ?? 0,
    }));
    return json({ id, facts });
  }

  #ask(body: ByteReader): Uint8Array {
    const [id, left_ms, count] = [body.text(), body.varint(), body.varint()];
    const session = this.#sessions.get(id);
    if (session === undefined) throw new PeregrineError('NOT_FOUND', 'These views were let go.');
    session.usedAt_ms = this.#clock.monotonic();
    const questions = Array.from({ length: count }, () => fromWire(body.text()) as ViewQuestion);
    const left = left_ms === 0 ? undefined : left_ms;
    return json(
      questions.map((question) =>
        Array.from(session.views, ([shard, view]) => [shard, answerOf(view, question, left)]),
      ),
    );
  }

  #release(id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    for (const view of session?.views.values() ?? []) view.release();
  }

  #indexOf(shard: ShardId): ShardIndex {
    const index = this.#readable(shard);
    if (index === undefined)
      throw new PeregrineError('UNAVAILABLE', `This host can't answer for shard ${shard}.`);
    return index;
  }
}

function json(value: unknown): Uint8Array {
  const text = toWire(value);
  return new ByteWriter(text.length + 16).text(text).finish();
}
