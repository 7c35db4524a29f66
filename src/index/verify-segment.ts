/** Deep check of a segment: every page, column, term, posting and bound. For tests, repair and operators. */

import { type DocId, isPeregrineError, messageOf } from '../base/index.ts';
import type { SegmentReport } from './index-contract.ts';
import type { IndexMemory } from './index-memory.ts';
import {
  C_BITS,
  C_BLOCK_LAST,
  BEHIND_POSITIONS,
  C_DOCS,
  C_FREQUENCIES,
  C_KIND,
  C_MASK,
  CURSOR_BYTES,
  LIST_INLINE,
  MENU_GROUP,
  RECORD_MENU_ONLY,
} from './kernels/layout.ts';
import { countBits } from './bit-packing.ts';
import type { LiveBits } from './live-bits.ts';
import { MAGNITUDES } from './magnitude-code.ts';
import { FIELD_COLUMNS, OLDEST_VERSION } from './segment-format.ts';
import { DictionaryWalk } from './dictionary-walk.ts';
import type { Segment } from './segment.ts';
import { checkFields, checkWords } from './verify-fields.ts';
import { ImpactCheck } from './verify-impacts.ts';

const MAX_PROBLEMS = 20;
/** Of the work: to read all pages. What follows is as good as the walk through the terms. */
const PAGES_SHARE = 0.2;
/** Work between two pauses. */
const PAGES_A_STEP = 64;
const DOCUMENTS_A_STEP = 2000;
/** Postings count, too; some milliseconds. */
const OCCURRENCES_A_STEP = 10_000;
const POSITION_SCRATCH = 1;
/** Documents whose zones are kept at hand, a power of two; those with many zones are not. */
const KEPT_ZONES = 2 ** 14;
const KEPT_ZONES_OF_ONE = 256;
const NO_ZONES = new Int32Array(0);

export interface SegmentVerifyOptions {
  /** Of the segment; without them every document lives. */
  readonly live?: LiveBits;
  /** Whether this shard owns a document. */
  readonly owns?: (docId: DocId) => boolean;
  /** Gives way to others; rejects to stop. Told how much of the segment is done, 0 to 1. */
  readonly pause?: (share: number) => Promise<void>;
}

/** Reads all of a segment. Where pages can't be read all of these are told, and what they hold together is not looked at. */
export async function verifySegment(
  memory: IndexMemory,
  segment: Segment,
  { live, owns = () => true, pause = () => Promise.resolve() }: SegmentVerifyOptions = {},
): Promise<SegmentReport> {
  const check = new SegmentCheck(memory, segment, owns);
  try {
    for (const _ of check.steps(live)) await pause(check.share);
  } catch (error) {
    if (isPeregrineError(error, 'CANCELLED')) throw error;
    // A trap of the kernels is told as damage of the page that it happened on.
    check.tell(messageOf(memory.explain(error)));
  } finally {
    check.close();
  }
  const { documents } = segment.head;
  return {
    segment: segment.id,
    name: segment.name,
    documents,
    live: live?.live ?? documents,
    own: check.own,
    size_bytes: segment.disk_bytes + segment.memory_bytes,
    ...check.counts,
  };
}

class SegmentCheck {
  readonly #problems: string[] = [];
  #problemCount = 0;
  readonly #memory: IndexMemory;
  readonly #segment: Segment;
  readonly #cursor: number;
  readonly #impacts: ImpactCheck;
  readonly #owns: (docId: DocId) => boolean;
  readonly #keptZones: { readonly document: number; readonly zones: Int32Array }[] = [];
  /** Of one posting: occurrences by field group. */
  readonly #found = new Int32Array(FIELD_COLUMNS);
  /** Documents of this shard. */
  own = 0;
  /** How much is done, 0 to 1. */
  share = 0;
  #terms = 0;
  #postings = 0;
  #occurrences = 0;
  /** Occurrences and postings at which others have their turn. */
  #stepEnd = OCCURRENCES_A_STEP;

  constructor(memory: IndexMemory, segment: Segment, owns: (docId: DocId) => boolean) {
    this.#memory = memory;
    this.#segment = segment;
    this.#owns = owns;
    this.#cursor = memory.linear.allocateZeroed(CURSOR_BYTES);
    this.#impacts = new ImpactCheck(memory, segment, this.#cursor, (problem) => this.tell(problem));
  }

  get counts(): Pick<SegmentReport, 'terms' | 'postings' | 'occurrences' | 'problems' | 'problemCount'> {
    return {
      terms: this.#terms,
      postings: this.#postings,
      occurrences: this.#occurrences,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  tell(problem: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
  }

  close(): void {
    this.#memory.linear.free(this.#cursor);
  }

  /** All checks, with pauses between. First every page's checksum: also of those that no structure points to. */
  *steps(live: LiveBits | undefined): Generator<void> {
    for (let page = 0; page < this.#segment.head.pages; page++) {
      this.#page(page);
      this.share = (PAGES_SHARE * page) / this.#segment.head.pages;
      if (page % PAGES_A_STEP === 0) yield;
    }
    // What damaged pages hold would be met again and again, and other pages lead there.
    if (this.#problemCount > 0) return;
    yield* this.#columns();
    if (live !== undefined) this.#liveBits(live);
    yield* this.#walkTerms();
    for (const checks of [checkFields(this.#segment), checkWords(this.#memory, this.#segment)]) {
      for (const problem of checks) {
        if (problem === undefined) yield;
        else this.#expect(false, problem);
      }
    }
  }

  #page(page: number): void {
    try {
      this.#segment.checkPage(page);
    } catch (error) {
      if (!isPeregrineError(error)) throw error;
      this.tell(error.message);
    }
  }

  #liveBits(live: LiveBits): void {
    let count = 0;
    for (let document = 0; document < live.documents; document++) if (live.has(document)) count += 1;
    this.#expect(
      live.documents === this.#segment.head.documents,
      `there are live bits of ${live.documents} documents`,
    );
    this.#expect(count === live.live, `${count} documents live, not ${live.live}`);
  }

  /** DocIds in order, findable, inside the bounds of the head; zones ascend; lengths add up to what the head says. */
  *#columns(): Generator<void> {
    const { documents, fieldTotals, leastDocId, greatestDocId } = this.#segment.head;
    const totals = new Float64Array(FIELD_COLUMNS);
    let before = -1;
    for (let place = 0; place < documents; place++) {
      const document = this.#segment.inOrder(place);
      const docId = this.#segment.docId(document);
      if (this.#owns(docId)) this.own += 1;
      this.#expect(docId > before, `docId ${docId} is out of order`);
      this.#expect(docId >= leastDocId && docId <= greatestDocId, `docId ${docId} is outside the bounds`);
      this.#expect(this.#segment.find(docId) === document, `docId ${docId} is not found`);
      before = docId;
      for (let group = 0; group < FIELD_COLUMNS; group++) {
        const length = MAGNITUDES[this.#segment.lengthCode(document, group)] ?? 0;
        totals[group] = (totals[group] ?? 0) + length;
      }
      const zones = this.#zones(document);
      this.#expect(
        zones.every((zone, i) => i === 0 || zone >>> 4 > (zones[i - 1] ?? 0) >>> 4),
        `zones of document ${document} are out of order`,
      );
      if (place % DOCUMENTS_A_STEP === 0) yield;
    }
    totals.forEach((total, group) =>
      this.#expect(
        total === fieldTotals[group],
        `group ${group} is ${total} tokens long, not ${fieldTotals[group]}`,
      ),
    );
  }

  *#walkTerms(): Generator<void> {
    const walk = new DictionaryWalk(this.#memory, this.#segment);
    let high = -1;
    let low = -1;
    while (!walk.isDone) {
      const isAbove =
        walk.high >>> 0 > high || (walk.high >>> 0 === high && walk.low >>> 0 > low) || this.#terms === 0;
      this.#expect(isAbove, `term ${this.#terms} is out of order`);
      high = walk.high >>> 0;
      low = walk.low >>> 0;
      yield* this.#list(walk);
      this.#terms += 1;
      this.share = Math.min(1, PAGES_SHARE + ((1 - PAGES_SHARE) * this.#terms) / this.#segment.head.terms);
      walk.next();
      if (this.#isStepOver()) yield;
    }
    const { terms, occurrences } = this.#segment.head;
    this.#expect(this.#terms === terms, `there are ${this.#terms} terms, not ${terms}`);
    this.#expect(
      this.#occurrences === occurrences,
      `there are ${this.#occurrences} occurrences, not ${occurrences}`,
    );
  }

  #isStepOver(): boolean {
    const done = this.#occurrences + this.#postings;
    if (done < this.#stepEnd) return false;
    this.#stepEnd = done + OCCURRENCES_A_STEP;
    return true;
  }

  /** Others have their turn inside a long list, too. */
  *#list({ record }: DictionaryWalk): Generator<void> {
    const { kernels, linear } = this.#memory;
    const { documents } = this.#segment.head;
    const [, , df = 0, place = 0, extra = 0, kind = 0] = record;
    kernels.openRecord(this.#cursor, this.#segment.descriptor, df, place, extra, kind);
    const found = kernels.findTerm(this.#segment.descriptor, record[0] ?? 0, record[1] ?? 0);
    this.#expect(found >= 0, `term ${this.#terms} is not found`);
    const occurrencesBefore = this.#occurrences;
    let document = -1;
    let postings = 0;
    let menuOnly = 0;
    for (let ordinal = 0; ; ordinal++) {
      const count = kernels.nextBlock(this.#cursor);
      if (count === 0) break;
      kernels.readStarts(this.#cursor);
      for (let i = 0; i < count; i++) {
        const next = linear.words[((this.#cursor + C_DOCS) >> 2) + i] ?? 0;
        if (next <= document) this.tell(`documents of term ${this.#terms} are out of order`);
        if (next >= documents) this.tell(`term ${this.#terms} has document ${next}`);
        document = next;
        this.#posting(i, document);
        if (this.#isMenuOnly(i)) menuOnly += 1;
      }
      this.#expect(
        this.#field(C_BLOCK_LAST) === document,
        `block ${ordinal} of term ${this.#terms} ends elsewhere`,
      );
      this.#impacts.check(ordinal, this.#terms);
      postings += count;
      this.#postings += count;
      if (this.#isStepOver()) yield;
    }
    this.#expect(postings === df, `term ${this.#terms} has ${postings} postings, not ${df}`);
    // Each of them was found in its block: there must be no other bit.
    const bits = this.#bits();
    this.#expect(bits === undefined || bits === df, `term ${this.#terms} has ${bits} bits, not ${df}`);
    if (this.#field(C_KIND) === LIST_INLINE) return;
    const said = this.#segment.head.version === OLDEST_VERSION ? menuOnly : kind & RECORD_MENU_ONLY;
    this.#expect(said === menuOnly, `term ${this.#terms} is in ${menuOnly} menus alone, not ${said}`);
    const occurrences = this.#occurrences - occurrencesBefore;
    this.#expect(occurrences === extra, `term ${this.#terms} occurs ${occurrences} times, not ${extra}`);
  }

  /** Bits that are set where the list's documents stand as bits, to the end of the last word. */
  #bits(): number | undefined {
    const start = this.#field(C_BITS);
    if (start === 0) return undefined;
    let sum = 0;
    const words = (this.#segment.head.documents + 31) >> 5;
    for (let word = 0; word < words; word++) sum += countBits(this.#word(start + word));
    return sum;
  }

  #isMenuOnly(index: number): boolean {
    const { kernels } = this.#memory;
    const menus = 1 << MENU_GROUP;
    const others = kernels.frequencyIn(this.#cursor, index, ~menus);
    return others === 0 && kernels.frequencyIn(this.#cursor, index, menus) > 0;
  }

  /** Positions ascend, and stand in the zones that the frequencies say. */
  #posting(index: number, document: number): void {
    const { kernels, linear } = this.#memory;
    const count = kernels.occurrences(this.#cursor, index);
    this.#occurrences += count;
    if (count === 0) return;
    const buffer = this.#memory.scratch(POSITION_SCRATCH, (count + BEHIND_POSITIONS) * 4);
    // Before the positions, whose place in memory is good until another page is asked for.
    const zones = this.#zones(document);
    const found = this.#found.fill(0);
    kernels.readPositions(this.#cursor, index, buffer, 0);
    const { words } = linear;
    const first = buffer >> 2;
    let before = -1;
    let zone = 0;
    for (let at = first; at < first + count; at++) {
      const position = words[at] as number;
      if (position <= before) {
        this.tell(`positions of term ${this.#terms} in document ${document} are out of order`);
      }
      before = position;
      while (zone + 1 < zones.length && (zones[zone + 1] as number) >>> 4 <= position) zone += 1;
      const group = (zones[zone] ?? 0) & 15;
      found[group] = (found[group] as number) + 1;
    }
    const mask = this.#field(C_MASK);
    for (let group = 0; group < FIELD_COLUMNS; group++) {
      const said = (mask & (1 << group)) === 0 ? 0 : this.#frequency(group, index);
      if (said === found[group]) continue;
      this.tell(
        `term ${this.#terms} is ${found[group]} times in group ${group} of document ${document}, not ${said}`,
      );
    }
  }

  #frequency(group: number, index: number): number {
    return this.#memory.linear.words[((this.#cursor + C_FREQUENCIES) >> 2) + group * 128 + index] ?? 0;
  }

  /** Asked again for every term of a document. */
  #zones(document: number): Int32Array {
    const place = document & (KEPT_ZONES - 1);
    const kept = this.#keptZones[place];
    if (kept?.document === document) return kept.zones;
    const at = this.#memory.kernels.zonesOf(this.#segment.descriptor, document);
    const zones = at < 0 ? NO_ZONES : this.#segment.readWords(at + 1, this.#word(at));
    if (zones.length <= KEPT_ZONES_OF_ONE) this.#keptZones[place] = { document, zones };
    return zones;
  }

  #field(offset: number): number {
    return this.#memory.linear.words[(this.#cursor + offset) >> 2] ?? 0;
  }

  #word(word: number): number {
    return this.#memory.kernels.loadWord(this.#segment.descriptor, word);
  }

  #expect(isRight: boolean, problem: string): void {
    if (!isRight) this.tell(problem);
  }
}
