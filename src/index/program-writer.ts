/** Writes an {@link IndexQuery} as the kernels take it: hashes, weights, clause nodes, room for results. */

import { highHalf, lowHalf } from './hash-halves.ts';
import type { Clause } from './clause.ts';
import type { IndexQuery } from './index-query.ts';
import {
  C_IS_SCORED,
  CURSOR_BYTES,
  EVERY_GROUP,
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
  P_PLAIN,
  P_PRUNED,
  P_REQUIRED,
  P_REQUIRED_TABLE,
  P_RESCORING,
  P_RESIDUE,
  P_RESULTS,
  P_SHARED,
  P_SCORED,
  P_SLOT_TABLE,
  P_SLOTS,
  P_SURVIVORS,
  P_WINDOW_MARKS,
  PROGRAM_BYTES,
  RESULT_BYTES,
  SURVIVOR_BYTES,
  WIDE_WINDOW,
  WINDOW,
} from './kernels/layout.ts';
import type { Kernels } from './kernel-host.ts';
import type { KernelMemory } from './linear-memory.ts';
import type { NormTables } from './norm-tables.ts';
import { homeBonus, listWeights, type ListWeight } from './ranking-model.ts';

/** The scratch buffer of programs. */
const PROGRAM_SCRATCH = 2;
const ACCUMULATOR_BYTES = WIDE_WINDOW * 8;
/** Sums of a window, and a byte a document, a bit in wide ones. */
const WINDOW_BYTES = ACCUMULATOR_BYTES + Math.max(WINDOW, WIDE_WINDOW >> 3);
/** Blocks are worked on by lines of the processor's cache. */
const LINE_BYTES = 64;
const NO_WEIGHT: ListWeight = { alpha: 0, beta: 0 };

/** A segment to search: what kernels know it by, and the address of its live bits (0: all live). */
export interface SearchTarget {
  readonly segment: { readonly descriptor: number };
  readonly liveBits: number;
}

/** What programs are written into. */
export interface ProgramMemory {
  readonly linear: KernelMemory;
  readonly kernels: Kernels;
  readonly norms: NormTables;
  scratch(which: number, size_bytes: number): number;
}

/** One a memory: every program takes the place of the last. */
export class ProgramWriter {
  readonly #memory: ProgramMemory;
  /** Sums and marks of a window: searches leave them zero, unless they fail. */
  #window = 0;
  #isWindowClean = false;
  #slots = 0;
  #slotTable = 0;
  #cursors = 0;
  /** Where the next node goes. */
  #next = 0;
  #isExcluding = false;

  constructor(memory: ProgramMemory) {
    this.#memory = memory;
  }

  /** Addresses of the program and of the table of its segments; good until the next. */
  write(
    query: IndexQuery,
    limit: number,
    targets: readonly SearchTarget[],
    collect: number,
    shared = 0,
    rescoring = 0,
  ): { readonly program: number; readonly segments: number } {
    const { scored, required, excluded, home, weights } = query;
    let slots = scored.length + (home === undefined ? 0 : 1);
    for (const { surface } of scored) if (surface !== undefined) slots += 1;
    let nodes = 0;
    for (const clause of required) {
      slots += wordsOf(clause);
      nodes += 4 + nodeBytes(clause);
    }
    for (const clause of excluded) {
      slots += wordsOf(clause);
      nodes += 4 + nodeBytes(clause);
    }
    // Floats come first in each part and parts are whole floats.
    const slotTable = aligned(PROGRAM_BYTES);
    const order = slotTable + slots * 8;
    const core = order + aligned(slots * 4);
    const plain = core + aligned(slots * 4);
    const residue = plain + aligned(slots * 4);
    const table = residue + aligned(required.length * 4);
    const segments = table + aligned(nodes);
    const heap = segments + targets.length * 8;
    const results = heap + limit * HEAP_ENTRY_BYTES;
    const survivors = results + limit * RESULT_BYTES;
    const cursors = (survivors + SURVIVOR_BYTES + LINE_BYTES - 1) & -LINE_BYTES;
    const program = this.#memory.scratch(PROGRAM_SCRATCH, cursors + slots * CURSOR_BYTES);
    const window = this.#cleanWindow();
    this.#slots = 0;
    this.#slotTable = program + slotTable;
    this.#cursors = program + cursors;
    this.#next = program + table;
    const scoredSlots = this.#addScored(query);
    const set = this.#memory.linear.words;
    const at = program >> 2;
    set[at + (P_SCORED >> 2)] = scoredSlots;
    this.#isExcluding = false;
    const requiredTable = this.#writeNodes(required);
    // Excluded clauses are asked about candidates out of step with the scored lists: cursors of their own.
    this.#isExcluding = true;
    const excludedTable = this.#writeNodes(excluded);
    set[at + (P_SLOTS >> 2)] = this.#slots;
    set[at + (P_SLOT_TABLE >> 2)] = program + slotTable;
    set[at + (P_CURSORS >> 2)] = program + cursors;
    set[at + (P_REQUIRED >> 2)] = required.length;
    set[at + (P_REQUIRED_TABLE >> 2)] = requiredTable;
    set[at + (P_EXCLUDED >> 2)] = excluded.length;
    set[at + (P_EXCLUDED_TABLE >> 2)] = excludedTable;
    set[at + (P_HEAP >> 2)] = program + heap;
    set[at + (P_HEAP_LIMIT >> 2)] = limit;
    set[at + (P_RESULTS >> 2)] = program + results;
    set[at + (P_ACCUMULATOR >> 2)] = window;
    set[at + (P_WINDOW_MARKS >> 2)] = window + ACCUMULATOR_BYTES;
    set[at + (P_ORDER >> 2)] = program + order;
    set[at + (P_CORE >> 2)] = program + core;
    set[at + (P_PLAIN >> 2)] = program + plain;
    set[at + (P_RESIDUE >> 2)] = program + residue;
    set[at + (P_SURVIVORS >> 2)] = program + survivors;
    set[at + (P_EXHAUSTIVE >> 2)] = query.exhaustive === true || limit === 0 ? 1 : 0;
    set[at + (P_COLLECT >> 2)] = collect;
    set[at + (P_SHARED >> 2)] = shared;
    set[at + (P_RESCORING >> 2)] = rescoring;
    set[at + (P_HEAP_COUNT >> 2)] = 0;
    set[at + (P_MATCHES >> 2)] = 0;
    set[at + (P_PRUNED >> 2)] = 0;
    set[at + (P_PARTIAL >> 2)] = 0;
    let word = (program + segments) >> 2;
    for (const { segment, liveBits } of targets) {
      set[word++] = segment.descriptor;
      set[word++] = liveBits;
    }
    const norms = this.#memory.norms.prepare(query.statistics, weights);
    // Memory may have moved.
    const { words, floats } = this.#memory.linear;
    words[at + (P_NORMS >> 2)] = norms;
    floats[(program + P_K1) >> 3] = weights.k1;
    return { program, segments: program + segments };
  }

  /** The last search ended as it should. */
  ended(): void {
    this.#isWindowClean = true;
  }

  #cleanWindow(): number {
    const { linear } = this.#memory;
    if (this.#window === 0) this.#window = linear.allocate(WINDOW_BYTES);
    if (!this.#isWindowClean) linear.bytes.fill(0, this.#window, this.#window + WINDOW_BYTES);
    this.#isWindowClean = false;
    return this.#window;
  }

  /** Slots of the lists that score; returns their number. */
  #addScored(query: IndexQuery): number {
    const { scored, home, statistics, weights } = query;
    for (let place = 0; place < scored.length; place++) {
      const term = scored[place] as (typeof scored)[number];
      const { stem, surface } = listWeights(term, place, statistics, weights);
      this.#addSlot(term.stem, stem, true);
      if (term.surface !== undefined && surface !== undefined) this.#addSlot(term.surface, surface, true);
    }
    const bonus = home === undefined ? 0 : homeBonus(query);
    if (home !== undefined && bonus > 0) this.#addSlot(home.hash, { alpha: 0, beta: bonus }, true);
    return this.#slots;
  }

  #addSlot(hash: bigint, { alpha, beta }: ListWeight, isScored: boolean): number {
    const slot = this.#slots++;
    const { words } = this.#memory.linear;
    const at = (this.#slotTable >> 2) + slot * 2;
    words[at] = highHalf(hash);
    words[at + 1] = lowHalf(hash);
    const cursor = this.#cursor(slot);
    // Opening a cursor sets all the rest.
    words[(cursor + C_IS_SCORED) >> 2] = 0;
    if (isScored) this.#memory.kernels.setCursorScore(cursor, alpha, beta);
    return slot;
  }

  #cursor(slot: number): number {
    return this.#cursors + slot * CURSOR_BYTES;
  }

  /** Address of the cursor of a clause's word: one that scores, or that another required clause has, is shared. */
  #cursorOf(hash: bigint): number {
    if (this.#isExcluding) return this.#cursor(this.#addSlot(hash, NO_WEIGHT, false));
    const { words } = this.#memory.linear;
    const high = highHalf(hash);
    const low = lowHalf(hash);
    const table = this.#slotTable >> 2;
    for (let slot = 0; slot < this.#slots; slot++) {
      if (words[table + slot * 2] === high && words[table + slot * 2 + 1] === low) return this.#cursor(slot);
    }
    return this.#cursor(this.#addSlot(hash, NO_WEIGHT, false));
  }

  #take(size: number): number {
    const at = this.#next;
    this.#next += size;
    return at;
  }

  #set(address: number, value: number): void {
    this.#memory.linear.words[address >> 2] = value;
  }

  /** Writes clauses as nodes; returns the table of their addresses. */
  #writeNodes(clauses: readonly Clause[]): number {
    const table = this.#take(clauses.length * 4);
    for (let i = 0; i < clauses.length; i++) {
      this.#set(table + i * 4, this.#writeNode(clauses[i] as Clause));
    }
    return table;
  }

  #writeNode(clause: Clause): number {
    const node = this.#take(NODE_BYTES);
    switch (clause.kind) {
      case 'term':
        this.#fill(node, NODE_TERM, 0, this.#cursorOf(clause.hash), clause.groups & EVERY_GROUP);
        break;
      case 'filter':
        this.#fill(node, NODE_FILTER, 0, this.#cursorOf(clause.hash), 0);
        break;
      case 'phrase': {
        const { hashes, offsets, groups } = clause;
        const items = this.#take(hashes.length * 8);
        for (let i = 0; i < hashes.length; i++) {
          this.#set(items + i * 8, this.#cursorOf(hashes[i] as bigint));
          this.#set(items + i * 8 + 4, offsets[i] ?? i);
        }
        this.#fill(node, NODE_PHRASE, hashes.length, items, groups & EVERY_GROUP);
        break;
      }
      case 'any':
        this.#writeItems(node, NODE_ANY, clause.clauses);
        break;
      case 'all':
        this.#writeItems(node, NODE_ALL, clause.clauses);
        break;
      case 'not':
        this.#writeItems(node, NODE_NOT, [clause.clause]);
        break;
      case 'near': {
        const items = this.#take(8);
        clause.hashes.forEach((hash, i) => this.#set(items + i * 4, this.#cursorOf(hash)));
        this.#fill(node, NODE_NEAR, clause.isOrdered ? 1 : 0, items, clause.distance);
        break;
      }
    }
    return node;
  }

  #fill(node: number, kind: number, count: number, items: number, groups: number): void {
    this.#set(node + N_KIND, kind);
    this.#set(node + N_COUNT, count);
    this.#set(node + N_ITEMS, items);
    this.#set(node + N_GROUPS, groups);
  }

  #writeItems(node: number, kind: number, inner: readonly Clause[]): void {
    this.#fill(node, kind, inner.length, this.#writeNodes(inner), 0);
  }
}

/** Words of a clause, each of which may need a cursor. */
function wordsOf(clause: Clause): number {
  if (clause.kind === 'phrase' || clause.kind === 'near') return clause.hashes.length;
  if (clause.kind === 'any' || clause.kind === 'all') {
    return clause.clauses.reduce((sum, inner) => sum + wordsOf(inner), 0);
  }
  return clause.kind === 'not' ? wordsOf(clause.clause) : 1;
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
