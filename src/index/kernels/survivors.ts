/** What becomes of the documents of a stretch that all lists have: questions left, scores, the heap. */

import {
  C_DOC,
  C_INDEX,
  C_IS_CORE,
  C_MATCHES,
  C_SCORES,
  C_SCORES_READY,
  CURSOR_BYTES,
  P_CORE,
  P_CORE_COUNT,
  P_CURSORS,
  P_EXCLUDED,
  P_HEAP_LIMIT,
  P_PRUNED,
  P_RESIDUE,
  P_RESIDUE_COUNT,
  P_SCORED,
  P_SURVIVORS,
  SURVIVOR_PLACES,
  SURVIVOR_SCORES,
} from './layout.ts';
import { seekClause } from './clauses.ts';
import { postingScore, readScores } from './block.ts';
import { nextAtLeast } from './cursor.ts';
import { threshold } from './heap.ts';
import { offer } from './offers.ts';
import { isAnswered, keepPhrases, keepPlaces } from './phrase-survivors.ts';
import { load32, loadF64, store32, storeF64 } from './memory.ts';
import {
  addMatches,
  collected,
  isExcluded,
  isLive,
  isPruning,
  liveBits,
  program,
  take,
} from './query-state.ts';
import type { f64, i32 } from './types.ts';

/** So many matches in a block make it worth while to score all of it. */
const MANY_MATCHES: i32 = 16;

/** Asks what is left to ask of each survivor, scores and offers it. */
export function visitSurvivors(found: i32): void {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const scored: i32 = load32(program + P_SCORED);
  const questions: i32 = load32(program + P_RESIDUE_COUNT);
  const excluded: i32 = load32(program + P_EXCLUDED);
  if (scored === 0 && questions === 0 && excluded === 0) {
    countSurvivors(survivors, found);
    return;
  }
  scoreSurvivors(survivors, found, scored);
  // A list outside the core may be part of a question, and no list goes back: both go from document to document.
  const others: i32 = scored - scoredCore(scored);
  const asks: i32 = questions + excluded;
  if (others + asks + collected === 0) {
    offerScored(survivors, found);
    return;
  }
  let left: i32 = found;
  if (questions > 0) {
    if (isPruning === 1 && scored > 0 && others === 0) left = keepHopeful(found);
    left = keepPhrases(left);
    if (isAnswered === 1 && others + excluded + collected === 0) {
      offerScored(survivors, left);
      return;
    }
  }
  askEach(left, scored, others, excluded);
}

/** Keeps the survivors that live and may be among the best: positions of others are not worth reading. */
function keepHopeful(found: i32): i32 {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const places: i32 = survivors + SURVIVOR_PLACES;
  const least: f64 = threshold();
  let count: i32 = 0;
  for (let i: i32 = 0; i < found; i++) {
    if (isLive(load32(survivors + (i << 2))) === 0) continue;
    if (loadF64(survivors + SURVIVOR_SCORES + (i << 3)) < least) {
      store32(program + P_PRUNED, 1);
      continue;
    }
    store32(places + (count << 2), i);
    count++;
  }
  if (count < found) keepPlaces(places, count);
  return count;
}

/** Asks what is left to ask of each survivor by itself, and offers it. */
function askEach(found: i32, scored: i32, others: i32, excluded: i32): void {
  const survivors: i32 = load32(program + P_SURVIVORS);
  const questions: i32 = isAnswered === 1 ? 0 : load32(program + P_RESIDUE_COUNT);
  const asks: i32 = questions + excluded;
  let least: f64 = threshold();
  for (let i: i32 = 0; i < found; i++) {
    let score: f64 = loadF64(survivors + SURVIVOR_SCORES + (i << 3));
    const document: i32 = load32(survivors + (i << 2));
    if (isLive(document) === 0) continue;
    if (asks > 0) {
      // Positions of a document that can't be among the best are not worth reading.
      if (isPruning === 1 && scored > 0 && others === 0 && score < least) {
        store32(program + P_PRUNED, 1);
        continue;
      }
      goTo(document, i);
      if (questions > 0 && answersAll(document) === 0) continue;
      if (excluded > 0 && isExcluded(document) === 1) continue;
    }
    take(document);
    if (others > 0) score += otherScores(document, scored);
    if (score < least) continue;
    offer(score, document);
    least = threshold();
  }
}

/** Survivors that are matches where they live, with all of their scores. */
function offerScored(survivors: i32, found: i32): void {
  const scores: i32 = survivors + SURVIVOR_SCORES;
  let live: i32 = found;
  if (liveBits !== 0) {
    live = 0;
    for (let i: i32 = 0; i < found; i++) live += isLive(load32(survivors + (i << 2)));
  }
  addMatches(live);
  if (load32(program + P_HEAP_LIMIT) === 0) return;
  let least: f64 = threshold();
  for (let i: i32 = 0; i < found; i++) {
    const score: f64 = loadF64(scores + (i << 3));
    if (score < least) continue;
    const document: i32 = load32(survivors + (i << 2));
    if (isLive(document) === 0) continue;
    offer(score, document);
    least = threshold();
  }
}

/** How many of the scored lists belong to the core. */
export function scoredCore(scored: i32): i32 {
  const cursors: i32 = load32(program + P_CURSORS);
  let count: i32 = 0;
  for (let list: i32 = 0; list < scored; list++) count += load32(cursors + list * CURSOR_BYTES + C_IS_CORE);
  return count;
}

/** What the scored lists outside the core give a document. */
export function otherScores(document: i32, scored: i32): f64 {
  const cursors: i32 = load32(program + P_CURSORS);
  let score: f64 = 0;
  for (let list: i32 = 0; list < scored; list++) {
    const cursor: i32 = cursors + list * CURSOR_BYTES;
    if (load32(cursor + C_IS_CORE) === 1 || nextAtLeast(cursor, document) !== document) continue;
    score += postingScore(cursor, load32(cursor + C_INDEX));
  }
  return score;
}

/** Sums up what each scored list of the core gives each survivor, list after list. */
function scoreSurvivors(survivors: i32, found: i32, scored: i32): void {
  const cursors: i32 = load32(program + P_CURSORS);
  const sums: i32 = survivors + SURVIVOR_SCORES;
  for (let i: i32 = 0; i < found; i++) storeF64(sums + (i << 3), 0);
  for (let list: i32 = 0; list < scored; list++) {
    const cursor: i32 = cursors + list * CURSOR_BYTES;
    const matches: i32 = cursor + C_MATCHES;
    if (load32(cursor + C_IS_CORE) === 0) continue;
    if (found < MANY_MATCHES && load32(cursor + C_SCORES_READY) !== 1) {
      for (let i: i32 = 0; i < found; i++) {
        addScore(sums + (i << 3), postingScore(cursor, load32(matches + (i << 2))));
      }
    } else {
      readScores(cursor);
      for (let i: i32 = 0; i < found; i++) {
        addScore(sums + (i << 3), loadF64(cursor + C_SCORES + (load32(matches + (i << 2)) << 3)));
      }
    }
  }
}

function addScore(at: i32, score: f64): void {
  storeF64(at, loadF64(at) + score);
}

/** Documents that have no score: they count, and stand in the order of their ids. */
function countSurvivors(survivors: i32, found: i32): void {
  if (load32(program + P_HEAP_LIMIT) === 0 && liveBits === 0 && collected === 0) {
    addMatches(found);
    return;
  }
  for (let i: i32 = 0; i < found; i++) {
    const document: i32 = load32(survivors + (i << 2));
    if (isLive(document) === 0) continue;
    take(document);
    offer(0, document);
  }
}

/** Puts the lists of the core at survivor `i`. */
function goTo(document: i32, i: i32): void {
  const core: i32 = load32(program + P_CORE);
  const count: i32 = load32(program + P_CORE_COUNT);
  for (let list: i32 = 0; list < count; list++) {
    const cursor: i32 = load32(core + (list << 2));
    store32(cursor + C_DOC, document);
    store32(cursor + C_INDEX, load32(cursor + C_MATCHES + (i << 2)));
  }
}

/** 1 where a document at which all lists of the core stand meets the clauses that are more than lists. */
function answersAll(document: i32): i32 {
  const residue: i32 = load32(program + P_RESIDUE);
  const questions: i32 = load32(program + P_RESIDUE_COUNT);
  for (let question: i32 = 0; question < questions; question++) {
    if (seekClause(load32(residue + (question << 2)), document) !== document) return 0;
  }
  return 1;
}
