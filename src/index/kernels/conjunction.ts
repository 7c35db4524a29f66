/** Documents that all of some lists have, block against block: for lists of similar lengths, and for whatever has questions. */

import {
  C_BLOCK_LAST,
  C_COUNT,
  C_DF,
  C_DOCS,
  C_HINT,
  C_IS_SCORED,
  C_LAST_DOCS,
  C_MATCHES,
  END,
  P_CORE,
  P_CORE_COUNT,
  P_PARTIAL,
  P_PLAIN,
  P_PLAIN_COUNT,
  P_PRUNED,
  P_RESIDUE_COUNT,
  P_SURVIVORS,
  SEGMENT_DOCUMENTS,
} from './layout.ts';
import { hopefulIn, placeAtLeast, readScores } from './block.ts';
import { countShared, hasBits, keepInBits } from './bit-lists.ts';
import { boundAt, boundUntil } from './block-bounds.ts';
import { meet } from './lanes.ts';
import { giveRoom } from './phrase-survivors.ts';
import { visitSurvivors } from './survivors.ts';
import { blockBound, firstOfBlock, seekBlock } from './chunks.ts';
import { openBlock } from './cursor.ts';
import { threshold } from './heap.ts';
import { countTrailingZeros, divide, isExpired, load32, store32 } from './memory.ts';
import {
  addMatches,
  collected,
  countLiveIn,
  isCounting,
  isLive,
  isPruning,
  liveBits,
  program,
  segment,
} from './query-state.ts';
import type { f64, i32 } from './types.ts';

/** Blocks between two looks at the time. */
const CLOCK_STEPS: i32 = 64;
/** A list so many times as long as the first is asked for each document of that. */
const LONGER: i32 = 4;
/** So few documents of the lead are looked up one by one; more are met with all of the other block. */
const FEW_HOPEFUL: i32 = 40;

/** Visits stretches of documents in which no list of the core changes its block. */
export function searchAligned(): void {
  const documents: i32 = load32(segment + SEGMENT_DOCUMENTS);
  const counts: i32 = countsOnly();
  const isLed: i32 = isLedByFew();
  if (load32(program + P_RESIDUE_COUNT) > 0) giveRoom();
  let target: i32 = 0;
  let steps: i32 = CLOCK_STEPS - 1;
  while (target < documents) {
    steps++;
    if (steps === CLOCK_STEPS) {
      steps = 0;
      if (isExpired() === 1) {
        store32(program + P_PARTIAL, 1);
        return;
      }
    }
    if (isLed === 1) {
      target = leadAtLeast(target);
      if (target === END) return;
    }
    let last: i32 = stretchEnd(target);
    if (last < 0) return;
    // What the lead must give a document that can be among the best.
    let share: f64 = 0;
    if (isPruning === 1) {
      const least: f64 = threshold();
      if (least > 0) {
        const bound: f64 = boundAt(target);
        if (boundUntil < last) last = boundUntil;
        if (bound < least) {
          store32(program + P_PRUNED, 1);
          target = last + 1;
          continue;
        }
        share = least - bound + leadBound(target);
      }
    }
    if (counts === 1) addMatches(countStretch(target, last));
    else {
      const found: i32 = keepPlain(matchStretch(target, last, share));
      if (found > 0) visitSurvivors(found);
    }
    target = last + 1;
  }
}

/** 1 where the others have so many documents that most of their blocks may be passed over. */
function isLedByFew(): i32 {
  const core: i32 = load32(program + P_CORE);
  if (load32(program + P_CORE_COUNT) === 1) return 0;
  return divide(load32(load32(core + 4) + C_DF), LONGER) >= load32(load32(core) + C_DF) ? 1 : 0;
}

/** The lead's first document at or after `target`, or one before that, where its block is not decoded yet. */
function leadAtLeast(target: i32): i32 {
  const lead: i32 = load32(load32(program + P_CORE));
  const block: i32 = seekBlock(lead, target);
  if (block < 0) return END;
  if (load32(lead + C_BLOCK_LAST) === load32(lead + C_LAST_DOCS + (block << 2))) {
    return load32(lead + C_DOCS + (placeAtLeast(lead + C_DOCS, target) << 2));
  }
  const first: i32 = firstOfBlock(lead, block);
  return first > target ? first : target;
}

/** Last document before any list of the core needs another block; −1 where one of them has ended. */
function stretchEnd(target: i32): i32 {
  const core: i32 = load32(program + P_CORE);
  const count: i32 = load32(program + P_CORE_COUNT);
  let end: i32 = END;
  for (let i: i32 = 0; i < count; i++) {
    const cursor: i32 = load32(core + (i << 2));
    const block: i32 = seekBlock(cursor, target);
    if (block < 0) return -1;
    const last: i32 = load32(cursor + C_LAST_DOCS + (block << 2));
    if (last < end) end = last;
  }
  return end;
}

/** What the lead's part of the bound at `target` is. */
function leadBound(target: i32): f64 {
  const lead: i32 = load32(load32(program + P_CORE));
  const block: i32 = load32(lead + C_HINT);
  if (load32(lead + C_IS_SCORED) === 0 || firstOfBlock(lead, block) > target) return 0;
  return blockBound(lead, block);
}

/**
 * Documents of all lists from `target` to `last` go to P_SURVIVORS, their places to each list's C_MATCHES; those to which
 * the lead gives less than `share` may be missing.
 */
function matchStretch(target: i32, last: i32, share: f64): i32 {
  const core: i32 = load32(program + P_CORE);
  const count: i32 = load32(program + P_CORE_COUNT);
  const survivors: i32 = load32(program + P_SURVIVORS);
  const lead: i32 = load32(core);
  openBlock(lead);
  if (count === 1) return takeAll(lead, survivors, target, last);
  const from: i32 = placeAtLeast(lead + C_DOCS, target);
  let found: i32 = 0;
  if (share > 0 && load32(lead + C_IS_SCORED) === 1) {
    found = takeHopeful(lead, from, survivors, last, share);
    if (found <= FEW_HOPEFUL) {
      // Bits are asked before a block is decoded for its numbers and frequencies.
      for (let i: i32 = 1; i < count && found > 0; i++) {
        const cursor: i32 = load32(core + (i << 2));
        if (mayMiss(cursor, found) === 1) found = keepInBits(cursor, program, found, 1);
      }
      found = keepPlain(found);
      for (let i: i32 = 1; i < count && found > 0; i++) {
        openBlock(load32(core + (i << 2)));
        found = keepFound(survivors, found, core, i);
      }
      return found;
    }
  }
  const second: i32 = load32(core + 4);
  openBlock(second);
  if (divide(load32(second + C_DF), LONGER) >= load32(lead + C_DF)) {
    found = matchEach(lead, from, second, survivors, last);
  } else {
    found = meetBlocks(lead, from, second, survivors, target, last);
  }
  for (let i: i32 = 2; i < count && found > 0; i++) {
    const cursor: i32 = load32(core + (i << 2));
    openBlock(cursor);
    found = keepFound(survivors, found, core, i);
  }
  return found;
}

/** 1 where the list is bits, and so few of the segment's documents are in it that a block of it may have none of `found`. */
function mayMiss(cursor: i32, found: i32): i32 {
  if (hasBits(cursor) === 0) return 0;
  return load32(cursor + C_DF) >> 1 < divide(load32(segment + SEGMENT_DOCUMENTS), found) ? 1 : 0;
}

/** The lead's documents from place `from` to document `last` to which it gives `share` or more, their places to its C_MATCHES. */
function takeHopeful(lead: i32, from: i32, survivors: i32, last: i32, share: f64): i32 {
  readScores(lead);
  const docs: i32 = lead + C_DOCS;
  const past: i32 =
    load32(lead + C_BLOCK_LAST) <= last ? load32(lead + C_COUNT) : placeAtLeast(docs, last + 1);
  let count: i32 = 0;
  for (let start: i32 = from & -32; start < past; start += 32) {
    for (let left: i32 = hopefulIn(lead, start, from, past, share); left !== 0; left = left & (left - 1)) {
      const place: i32 = start + countTrailingZeros(left);
      store32(survivors + (count << 2), load32(docs + (place << 2)));
      store32(lead + C_MATCHES + (count << 2), place);
      count++;
    }
  }
  if (count < past - from) store32(program + P_PRUNED, 1);
  return count;
}

function meetBlocks(lead: i32, from: i32, other: i32, survivors: i32, target: i32, last: i32): i32 {
  const docs: i32 = other + C_DOCS;
  return meet(
    lead + C_DOCS,
    from,
    docs,
    placeAtLeast(docs, target),
    target,
    last,
    survivors,
    lead + C_MATCHES,
    other + C_MATCHES,
  );
}

/** Looks each document of `lead` from place `from` to `last` up in the block of `other`; returns how many are there. */
function matchEach(lead: i32, from: i32, other: i32, survivors: i32, last: i32): i32 {
  const count: i32 = load32(lead + C_COUNT);
  const docs: i32 = other + C_DOCS;
  let found: i32 = 0;
  for (let i: i32 = from; i < count; i++) {
    const document: i32 = load32(lead + C_DOCS + (i << 2));
    if (document > last) break;
    const place: i32 = placeAtLeast(docs, document);
    const at: i32 = found << 2;
    store32(survivors + at, document);
    store32(lead + C_MATCHES + at, i);
    store32(other + C_MATCHES + at, place);
    found += load32(docs + (place << 2)) === document ? 1 : 0;
  }
  return found;
}

/** Keeps the survivors that list `i` of the core has, too, and their places in the lists before it. */
function keepFound(survivors: i32, count: i32, core: i32, i: i32): i32 {
  const cursor: i32 = load32(core + (i << 2));
  const docs: i32 = cursor + C_DOCS;
  let found: i32 = 0;
  for (let survivor: i32 = 0; survivor < count; survivor++) {
    const document: i32 = load32(survivors + (survivor << 2));
    const place: i32 = placeAtLeast(docs, document);
    const at: i32 = found << 2;
    store32(survivors + at, document);
    store32(cursor + C_MATCHES + at, place);
    for (let list: i32 = 0; list < i; list++) {
      const matches: i32 = load32(core + (list << 2)) + C_MATCHES;
      store32(matches + at, load32(matches + (survivor << 2)));
    }
    found += load32(docs + (place << 2)) === document ? 1 : 0;
  }
  return found;
}

/** 1 where the number of documents in all lists is all that is asked. */
function countsOnly(): i32 {
  if (collected !== 0) return 0;
  return isCounting() === 1 && load32(program + P_CORE_COUNT) < 3 ? 1 : 0;
}

/** Live documents of one list, or of two, from `target` to `last`. */
function countStretch(target: i32, last: i32): i32 {
  const core: i32 = load32(program + P_CORE);
  const survivors: i32 = load32(program + P_SURVIVORS);
  const lead: i32 = load32(core);
  openBlock(lead);
  const size: i32 = load32(lead + C_COUNT);
  if (load32(program + P_CORE_COUNT) === 1) {
    // All documents of a new block are wanted.
    const lists: i32 = load32(program + P_PLAIN_COUNT);
    if (lists === 0) return countLiveIn(lead, size, liveBits);
    if (lists === 1) return countShared(load32(load32(program + P_PLAIN)), lead, liveBits);
    return countLiveSurvivors(keepPlain(takeAll(lead, survivors, target, last)));
  }
  const second: i32 = load32(core + 4);
  openBlock(second);
  const from: i32 = placeAtLeast(lead + C_DOCS, target);
  return countLiveSurvivors(keepPlain(meetBlocks(lead, from, second, survivors, target, last)));
}

/** How many of the survivors live. */
function countLiveSurvivors(found: i32): i32 {
  if (liveBits === 0) return found;
  const survivors: i32 = load32(program + P_SURVIVORS);
  let live: i32 = 0;
  for (let i: i32 = 0; i < found; i++) live += isLive(load32(survivors + (i << 2)));
  return live;
}

/** Keeps the survivors that the plain lists have, too. */
function keepPlain(found: i32): i32 {
  const lists: i32 = load32(program + P_PLAIN);
  const count: i32 = load32(program + P_PLAIN_COUNT);
  let left: i32 = found;
  for (let i: i32 = 0; i < count && left > 0; i++) {
    left = keepInBits(load32(lists + (i << 2)), program, left, load32(program + P_CORE_COUNT));
  }
  return left;
}

/** All documents of a block from `target` to `last`, as {@link meet} writes them. */
function takeAll(cursor: i32, survivors: i32, target: i32, last: i32): i32 {
  const docs: i32 = cursor + C_DOCS;
  const size: i32 = load32(cursor + C_COUNT);
  let count: i32 = 0;
  for (let place: i32 = placeAtLeast(docs, target); place < size; place++) {
    const document: i32 = load32(docs + (place << 2));
    if (document > last) break;
    store32(survivors + (count << 2), document);
    store32(cursor + C_MATCHES + (count << 2), place);
    count++;
  }
  return count;
}
