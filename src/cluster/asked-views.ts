/**
 * Views of which some are on other hosts, for code that asks views as if all were here. What is not known yet stops that
 * code; all shards are then asked at once, and it is run again over what is remembered, until it asks for nothing new.
 * A question costs one round over the cluster however many shards there are, and what is above never hears of it.
 */

import { type CollectionId, type DocId, PeregrineError, type ShardId } from '../base/index.ts';
import type {
  FieldSummary,
  IndexHits,
  IndexQuery,
  IndexView,
  ScoredTerm,
  StreamOptions,
  TermStatistics,
} from '../index/index.ts';
import type { ViewFacts } from './view-host.ts';
import type { ViewQuestion } from './view-questions.ts';
import { toWire } from './wire-json.ts';

type WordsWithPrefix = ReturnType<IndexView['wordsWithPrefix']>;
type WordsNear = ReturnType<IndexView['wordsNear']>;

/** What stops code that asks something new. Not an error of anybody's: only {@link RememberedAnswers.run} sees it. */
class NotKnownYet extends Error {}

/** Rounds of one query: more than any takes. */
const MAX_ROUNDS = 256;

export interface AskedQuestion {
  /** Of the question, and of no other. */
  readonly text: string;
  readonly question: ViewQuestion;
  /** What the query has left of its time; undefined where that has no end. */
  readonly left_ms: number | undefined;
}

/** Answers of every shard to every question of one query. */
export type AnswersByShard = ReadonlyMap<ShardId, unknown>;

export class RememberedAnswers {
  readonly #answers = new Map<string, AnswersByShard>();
  #wanted = new Map<string, Omit<AskedQuestion, 'text'>>();

  /** Runs `use` until it asks for nothing that is not known. `ask`: one answer list for each question, in their order. */
  async run<T>(
    use: () => Promise<T>,
    ask: (questions: readonly AskedQuestion[]) => Promise<readonly AnswersByShard[]>,
  ): Promise<T> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      try {
        return await use();
      } catch (error) {
        if (!(error instanceof NotKnownYet)) throw error;
      }
      const questions = Array.from(this.#wanted, ([text, asked]) => ({ text, ...asked }));
      this.#wanted = new Map();
      const answers = await ask(questions);
      for (const [i, { text }] of questions.entries()) this.#answers.set(text, answers[i] ?? new Map());
    }
    throw new PeregrineError(
      'INTERNAL',
      'A query asks for something new each time that it is run. Please report this.',
    );
  }

  answer(shard: ShardId, question: ViewQuestion, left_ms?: number): unknown {
    const text = toWire(question);
    const known = this.#answers.get(text);
    if (known?.has(shard) === true) return known.get(shard);
    this.#wanted.set(text, { question, left_ms });
    throw new NotKnownYet();
  }
}

/** The view of one shard, wherever it is. Released with the query that it is of. */
export class AskedView implements IndexView {
  readonly collection: CollectionId;
  readonly version: number;
  readonly documentCount: number;
  readonly #shard: ShardId;
  readonly #answers: RememberedAnswers;

  constructor(
    collection: CollectionId,
    { shard, version, documentCount }: ViewFacts,
    answers: RememberedAnswers,
  ) {
    this.collection = collection;
    this.version = version;
    this.documentCount = documentCount;
    this.#shard = shard;
    this.#answers = answers;
  }

  search(query: IndexQuery): IndexHits {
    // What is left of the time is another each time; it travels beside the question.
    const { deadline_ms, ...timeless } = query;
    return this.#ask({ ask: 'search', query: timeless }, deadline_ms) as IndexHits;
  }

  /** Its hosts choose the thread. */
  async searchAside(query: IndexQuery): Promise<IndexHits> {
    return this.search(query);
  }

  statistics(scored: readonly ScoredTerm[]): TermStatistics {
    return this.#ask({ ask: 'statistics', scored }) as TermStatistics;
  }

  has(docId: DocId): boolean {
    return this.#ask({ ask: 'has', docId }) as boolean;
  }

  *stream(
    query: IndexQuery,
    { after = -1, skipDamaged = false, batch = 1_000 }: StreamOptions = {},
  ): Generator<readonly DocId[], void, undefined> {
    const { deadline_ms: _, ...timeless } = query;
    const ids = this.#ask({ ask: 'ids', query: timeless, after, skipDamaged }) as Float64Array;
    for (let at = 0; at < ids.length; at += batch) yield Array.from(ids.subarray(at, at + batch)) as DocId[];
  }

  wordsWithPrefix(prefix: string, limit: number): WordsWithPrefix {
    return this.#ask({ ask: 'prefix', prefix, limit }) as WordsWithPrefix;
  }

  wordsNear(word: string, edits: number, limit: number): WordsNear {
    return this.#ask({ ask: 'near', word, edits, limit }) as WordsNear;
  }

  fields(): readonly FieldSummary[] {
    return this.#ask({ ask: 'fields' }) as readonly FieldSummary[];
  }

  release(): void {
    // Its fleet does, for all shards at once.
  }

  #ask(question: ViewQuestion, left_ms?: number): unknown {
    return this.#answers.answer(this.#shard, question, left_ms);
  }
}
