/** An {@link IndexQuery} as the kernels take it: hashes, weights, clause nodes, room for results, in linear memory. */

import { type DocId, must } from '../base/index.ts';
import type { IndexMemory } from './index-memory.ts';
import type { Clause, IndexQuery } from './index-query.ts';
import {
  C_DOCS,
  CURSOR_BYTES,
  EVERY_GROUP,
  H_DOC,
  H_DOC_ID_HIGH,
  H_DOC_ID_LOW,
  H_SCORE,
  H_SEGMENT,
  HEAP_ENTRY_BYTES,
  N_COUNT,
  N_GROUPS,
  N_ITEMS,
  N_KIND,
  NODE_ALL,
  NODE_ANY,
  NODE_BYTES,
  NODE_FILTER,
  NODE_NEAR,
  NODE_NOT,
  NODE_PHRASE,
  NODE_TERM,
  P_ACCUMULATOR,
  P_BLOCKS_READ,
  P_COLLECT,
  P_CORE,
  P_CURSORS,
  P_EXCLUDED,
  P_EXCLUDED_TABLE,
  P_EXHAUSTIVE,
  P_HEAP,
  P_HEAP_COUNT,
  P_HEAP_LIMIT,
  P_K1,
  P_MATCHES,
  P_NORMS,
  P_ORDER,
  P_PARTIAL,
  P_POSITIONS_READ,
  P_PRUNED,
  P_REQUIRED,
  P_REQUIRED_TABLE,
  P_RESIDUE,
  P_SCORED,
  P_SLOT_TABLE,
  P_SLOTS,
  P_SURVIVORS,
  P_WINDOW_BITS,
  PROGRAM_BYTES,
  SURVIVOR_BYTES,
  WINDOW,
} from './kernels/layout.ts';
import { joinDocId } from './document-table.ts';
import { highHalf, lowHalf } from './hash-halves.ts';
import { homeBonus, listWeights } from './ranking-model.ts';

/** The scratch buffer of programs. */
const PROGRAM_SCRATCH = 2;

interface Slot {
  readonly hash: bigint;
  readonly alpha: number;
  readonly beta: number;
}

/** A document among the best of the first stage. */
export interface FirstStageHit {
  readonly docId: DocId;
  readonly score: number;
  /** Place of its segment in the list that was searched. */
  readonly segment: number;
  readonly document: number;
}

export interface FirstStageResult {
  readonly hits: readonly FirstStageHit[];
  readonly matches: number;
  readonly isPruned: boolean;
  readonly isPartial: boolean;
  readonly blocksRead: number;
  readonly positionsRead: number;
}

/** Descriptor and live bits of each segment to search. */
export type SearchTarget = readonly { readonly descriptor: number; readonly liveBits: number }[];

/**
 * Runs the first stage: the best `limit` documents by weighed terms, best first. At the address `collect`, where it is
 * not 0, all matches of the one target are marked as bits; nothing may be pruned then.
 */
export function runFirstStage(
  memory: IndexMemory,
  query: IndexQuery,
  limit: number,
  targets: SearchTarget,
  collect = 0,
): FirstStageResult {
  const program = new ProgramBuilder(memory, limit === 0 ? asCount(query) : query, limit, targets.length);
  memory.linear.words[(program.address + P_COLLECT) >> 2] = collect;
  const segments = program.segments;
  targets.forEach(({ descriptor, liveBits }, i) => {
    memory.linear.words[(segments >> 2) + i * 2] = descriptor;
    memory.linear.words[(segments >> 2) + i * 2 + 1] = liveBits;
  });
  memory.kernels.search(program.address, segments, targets.length);
  return readResult(memory, program.address);
}

/** The same matches without scores. */
function asCount(query: IndexQuery): IndexQuery {
  if (query.required.length > 0) return { ...query, scored: [] };
  const home = query.home === undefined || homeBonus(query) === 0 ? [] : [query.home.hash];
  const clauses = query.scored
    .flatMap(({ stem, surface }) => (surface === undefined ? [stem] : [stem, surface]))
    .concat(home)
    .map((hash): Clause => ({ kind: 'term', hash, groups: EVERY_GROUP }));
  return { ...query, scored: [], required: [{ kind: 'any', clauses }] };
}

class ProgramBuilder {
  readonly address: number;
  readonly segments: number;
  readonly #memory: IndexMemory;
  readonly #slots: Slot[] = [];
  /** Cursors that clauses may share with scored terms, by hash. */
  readonly #shared = new Map<bigint, number>();
  #cursors = 0;
  #next = 0;

  constructor(memory: IndexMemory, query: IndexQuery, limit: number, segmentCount: number) {
    this.#memory = memory;
    const { scored, required, excluded, statistics, weights } = query;
    scored.forEach((term, place) => {
      const { stem, surface } = listWeights(term, place, statistics, weights);
      this.#addSlot(term.stem, stem.alpha, stem.beta);
      if (term.surface !== undefined && surface !== undefined) {
        this.#addSlot(term.surface, surface.alpha, surface.beta);
      }
    });
    const bonus = homeBonus(query);
    if (query.home !== undefined && bonus > 0) this.#addSlot(query.home.hash, 0, bonus);
    const scoredSlots = this.#slots.length;
    if (required.length > 0) {
      this.#slots.forEach(({ hash }, slot) => {
        if (!this.#shared.has(hash)) this.#shared.set(hash, slot);
      });
      for (const hash of required.flatMap(hashesOf)) {
        if (!this.#shared.has(hash)) this.#shared.set(hash, this.#addSlot(hash, 0, 0));
      }
    }
    // Excluded clauses are asked about candidates out of step with the scored lists: cursors of their own.
    const excludedFrom = this.#slots.length;
    for (const hash of excluded.flatMap(hashesOf)) this.#addSlot(hash, 0, 0);
    const clauses = [...required, ...excluded];
    const sizes = {
      program: aligned(PROGRAM_BYTES),
      slots: aligned(this.#slots.length * 8),
      order: aligned(scoredSlots * 4),
      nodes: aligned(clauses.reduce((sum, clause) => sum + nodeBytes(clause), 0) + clauses.length * 4 + 64),
      segments: aligned(segmentCount * 8),
      heap: (limit + 1) * HEAP_ENTRY_BYTES,
      accumulator: WINDOW * 8 + WINDOW / 8,
      core: aligned(this.#slots.length * 4),
      residue: aligned(required.length * 4),
      survivors: SURVIVOR_BYTES,
      cursors: this.#slots.length * CURSOR_BYTES,
    };
    let size = 0;
    for (const bytes of Object.values(sizes)) size += bytes;
    this.address = memory.scratch(PROGRAM_SCRATCH, size);
    this.#next = this.address;
    this.#take(sizes.program, true);
    const slots = this.#take(sizes.slots, false);
    const order = this.#take(sizes.order, false);
    this.segments = this.#take(sizes.segments, false);
    const heap = this.#take(sizes.heap, false);
    const accumulator = this.#take(sizes.accumulator, required.length === 0);
    const core = this.#take(sizes.core, false);
    const residue = this.#take(sizes.residue, false);
    const survivors = this.#take(sizes.survivors, false);
    this.#cursors = this.#take(sizes.cursors, false);
    this.#slots.forEach((slot, i) => this.#writeSlot(slots + i * 8, this.#cursor(i), slot, i < scoredSlots));
    const set = (field: number, value: number): void => this.#set(this.address + field, value);
    set(P_SLOTS, this.#slots.length);
    set(P_SLOT_TABLE, slots);
    set(P_CURSORS, this.#cursors);
    set(P_SCORED, scoredSlots);
    set(P_HEAP, heap);
    set(P_HEAP_LIMIT, limit);
    set(P_NORMS, memory.norms.prepare(statistics, weights));
    set(P_ACCUMULATOR, accumulator);
    set(P_WINDOW_BITS, accumulator + WINDOW * 8);
    set(P_ORDER, order);
    set(P_CORE, core);
    set(P_RESIDUE, residue);
    set(P_SURVIVORS, survivors);
    memory.linear.floats[(this.address + P_K1) >> 3] = weights.k1;
    set(P_EXHAUSTIVE, query.exhaustive === true || limit === 0 ? 1 : 0);
    set(P_REQUIRED, required.length);
    set(
      P_REQUIRED_TABLE,
      this.#writeNodes(required, (hash) => must(this.#shared.get(hash), 'a slot')),
    );
    let excludedSlot = excludedFrom;
    set(P_EXCLUDED, excluded.length);
    // Visited in the order in which the slots were added.
    set(
      P_EXCLUDED_TABLE,
      this.#writeNodes(excluded, () => excludedSlot++),
    );
  }

  #addSlot(hash: bigint, alpha: number, beta: number): number {
    return this.#slots.push({ hash, alpha, beta }) - 1;
  }

  #take(size: number, isZeroed: boolean): number {
    const at = this.#next;
    this.#next += size;
    if (isZeroed) this.#memory.linear.bytes.fill(0, at, at + size);
    return at;
  }

  #set(address: number, value: number): void {
    this.#memory.linear.words[address >> 2] = value;
  }

  #writeSlot(at: number, cursor: number, { hash, alpha, beta }: Slot, isScored: boolean): void {
    this.#set(at, highHalf(hash));
    this.#set(at + 4, lowHalf(hash));
    // Opening a cursor sets all but what says whether it scores.
    this.#memory.linear.bytes.fill(0, cursor, cursor + C_DOCS);
    if (isScored) this.#memory.kernels.setCursorScore(cursor, alpha, beta);
  }

  #cursor(slot: number): number {
    return this.#cursors + slot * CURSOR_BYTES;
  }

  /** Writes clauses as nodes; returns the table of their addresses. */
  #writeNodes(clauses: readonly Clause[], slotOf: (hash: bigint) => number): number {
    const table = this.#take(clauses.length * 4, false);
    clauses.forEach((clause, i) => this.#set(table + i * 4, this.#writeNode(clause, slotOf)));
    return table;
  }

  #writeNode(clause: Clause, slotOf: (hash: bigint) => number): number {
    const node = this.#take(NODE_BYTES, true);
    switch (clause.kind) {
      case 'term':
        this.#set(node + N_KIND, NODE_TERM);
        this.#set(node + N_ITEMS, this.#cursor(slotOf(clause.hash)));
        this.#set(node + N_GROUPS, clause.groups & EVERY_GROUP);
        break;
      case 'filter':
        this.#set(node + N_KIND, NODE_FILTER);
        this.#set(node + N_ITEMS, this.#cursor(slotOf(clause.hash)));
        break;
      case 'phrase': {
        const items = this.#take(clause.hashes.length * 8, false);
        clause.hashes.forEach((hash, i) => {
          this.#set(items + i * 8, this.#cursor(slotOf(hash)));
          this.#set(items + i * 8 + 4, clause.offsets[i] ?? i);
        });
        this.#set(node + N_KIND, NODE_PHRASE);
        this.#set(node + N_COUNT, clause.hashes.length);
        this.#set(node + N_ITEMS, items);
        this.#set(node + N_GROUPS, clause.groups & EVERY_GROUP);
        break;
      }
      case 'any':
        this.#writeItems(node, NODE_ANY, clause.clauses, slotOf);
        break;
      case 'all':
        this.#writeItems(node, NODE_ALL, clause.clauses, slotOf);
        break;
      case 'not':
        this.#writeItems(node, NODE_NOT, [clause.clause], slotOf);
        break;
      case 'near': {
        const items = this.#take(8, false);
        clause.hashes.forEach((hash, i) => this.#set(items + i * 4, this.#cursor(slotOf(hash))));
        this.#set(node + N_KIND, NODE_NEAR);
        this.#set(node + N_ITEMS, items);
        this.#set(node + N_GROUPS, clause.distance);
        break;
      }
    }
    return node;
  }

  #writeItems(node: number, kind: number, inner: readonly Clause[], slotOf: (hash: bigint) => number): void {
    const items = this.#take(inner.length * 4, false);
    inner.forEach((clause, i) => this.#set(items + i * 4, this.#writeNode(clause, slotOf)));
    this.#set(node + N_KIND, kind);
    this.#set(node + N_COUNT, inner.length);
    this.#set(node + N_ITEMS, items);
  }
}

function hashesOf(clause: Clause): readonly bigint[] {
  if (clause.kind === 'phrase' || clause.kind === 'near') return clause.hashes;
  if (clause.kind === 'any' || clause.kind === 'all') return clause.clauses.flatMap(hashesOf);
  if (clause.kind === 'not') return hashesOf(clause.clause);
  return [clause.hash];
}

function nodeBytes(clause: Clause): number {
  if (clause.kind === 'phrase') return NODE_BYTES + clause.hashes.length * 8;
  if (clause.kind === 'near') return NODE_BYTES + 8;
  if (clause.kind === 'not') return NODE_BYTES + 4 + nodeBytes(clause.clause);
  if (clause.kind === 'any' || clause.kind === 'all') {
    return clause.clauses.reduce((sum, inner) => sum + nodeBytes(inner) + 4, NODE_BYTES);
  }
  return NODE_BYTES;
}

/** To eight bytes: floats follow words. */
function aligned(size: number): number {
  return (size + 7) & ~7;
}

function readResult({ linear }: IndexMemory, program: number): FirstStageResult {
  const { words, floats } = linear;
  const field = (at: number): number => words[(program + at) >> 2] ?? 0;
  const heap = field(P_HEAP);
  const count = field(P_HEAP_COUNT);
  const hits: FirstStageHit[] = [];
  for (let entry = heap; entry < heap + count * HEAP_ENTRY_BYTES; entry += HEAP_ENTRY_BYTES) {
    hits.push({
      docId: joinDocId(words[(entry + H_DOC_ID_HIGH) >> 2] ?? 0, words[(entry + H_DOC_ID_LOW) >> 2] ?? 0),
      score: floats[(entry + H_SCORE) >> 3] ?? 0,
      segment: words[(entry + H_SEGMENT) >> 2] ?? 0,
      document: words[(entry + H_DOC) >> 2] ?? 0,
    });
  }
  return {
    hits: hits.sort((a, b) => b.score - a.score || a.docId - b.docId),
    matches: field(P_MATCHES),
    isPruned: field(P_PRUNED) === 1,
    isPartial: field(P_PARTIAL) === 1,
    blocksRead: field(P_BLOCKS_READ),
    positionsRead: field(P_POSITIONS_READ),
  };
}
