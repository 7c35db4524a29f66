/**
 * Ranks from links (Page and others, 1998), with two dampers on link spam. Sites are ranked first, each site having one
 * vote for another however many pages say so; a random surfer then begins anew at a *site*, by its rank, and at one of
 * its pages by chance. So a million pages made for their links bring in no more than one site's worth. And a page whose
 * links are all light (menus, its own site) does not hand on all it has.
 */

import type { LinkGraph } from './link-graph.ts';
import { weightOf } from './link-graph.ts';

/** How often the surfer follows a link rather than beginning anew. */
const DAMPING = 0.85;
/** Rounds stop when less than this share of all rank may stand wrong. */
const TOLERANCE = 1e-4;
const MAX_ROUNDS = 100;

export interface RankOptions {
  /** Where the surfer begins, a sum of 1; default: anywhere alike. */
  readonly begin?: Float32Array;
  /** Ranks of an earlier time: the nearer, the fewer rounds. */
  readonly start?: Float32Array;
  readonly signal?: AbortSignal;
}

export interface Ranks {
  /** A sum of 1. */
  readonly ranks: Float32Array;
  readonly rounds: number;
}

/** Ranks of all nodes. Lets others have their turn; stops early, with what it has, where `signal` aborts. */
export async function rankNodes(graph: LinkGraph, options: RankOptions = {}): Promise<Ranks> {
  const { nodes, outWeights } = graph;
  const begin = options.begin ?? new Float32Array(nodes).fill(1 / Math.max(1, nodes));
  let ranks = normalised(options.start?.length === nodes ? options.start : begin);
  let next: Float32Array = new Float32Array(nodes);
  let rounds = 0;
  while (rounds < MAX_ROUNDS && options.signal?.aborted !== true) {
    rounds += 1;
    next.fill(0);
    const from = ranks;
    const to = next;
    await graph.read((target, sources, steps, count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const source = sources[i] as number;
        const weight = weightOf(steps[i] as number);
        sum += ((from[source] as number) * weight) / Math.max(1, outWeights[source] as number);
      }
      to[target] = DAMPING * sum;
    });
    const moved = settle(next, ranks, begin);
    [ranks, next] = [next, ranks];
    // What still moves goes on moving, less by the damping with each round.
    if ((moved * DAMPING) / (1 - DAMPING) < TOLERANCE) break;
  }
  return { ranks, rounds };
}

/** Gives what did not go over links to where the surfer begins anew; returns how much changed. */
function settle(next: Float32Array, before: Float32Array, begin: Float32Array): number {
  let handedOn = 0;
  for (let i = 0; i < next.length; i++) handedOn += next[i] as number;
  const rest = Math.max(0, 1 - handedOn);
  let moved = 0;
  for (let i = 0; i < next.length; i++) {
    next[i] = (next[i] as number) + rest * (begin[i] as number);
    moved += Math.abs((next[i] as number) - (before[i] as number));
  }
  return moved;
}

function normalised(values: Float32Array): Float32Array {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum > 0 ? values.map((value) => value / sum) : values.slice();
}

/** The share of each page where the surfer begins at a site by its rank, and at one of its pages by chance. */
export function beginAtSites(siteOfPage: Uint32Array, siteRanks: Float32Array): Float32Array {
  const pages = new Uint32Array(siteRanks.length);
  for (const site of siteOfPage) pages[site] = (pages[site] as number) + 1;
  return normalised(
    Float32Array.from(siteOfPage, (site) => (siteRanks[site] as number) / Math.max(1, pages[site] as number)),
  );
}
