import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { MemoryDisk } from '../disk/index.ts';
import { LIGHTEST, LinkGraph, weightOf } from './link-graph.ts';
import { beginAtSites, rankNodes } from './link-rank.ts';

/** target → [source, steps], ascending sources. */
type Links = ReadonlyMap<number, readonly (readonly [number, number])[]>;

const NODES = 40;
const someLinks: fc.Arbitrary<Links> = fc
  .array(fc.tuple(fc.nat(NODES - 1), fc.nat(NODES - 1), fc.nat(LIGHTEST)), { maxLength: 200 })
  .map((triples) => {
    const byTarget = new Map<number, Map<number, number>>();
    for (const [target, source, steps] of triples) {
      const known = byTarget.get(target) ?? new Map<number, number>();
      byTarget.set(target, known.set(source, steps));
    }
    return new Map([...byTarget].map(([target, links]) => [target, [...links].sort(([a], [b]) => a - b)]));
  });

function graphOf(links: Links, nodes = NODES): LinkGraph {
  const graph = new LinkGraph(nodes);
  for (const [target, own] of links)
    graph.add(
      target,
      own.map(([source]) => source),
      own.map(([, steps]) => steps),
    );
  return graph;
}

describe('the graph of links', () => {
  test('gives back what was put in, whatever the numbers', async () => {
    await fc.assert(
      fc.asyncProperty(someLinks, async (links) => {
        const found = new Map<number, (readonly [number, number])[]>();
        await graphOf(links).read((target, sources, steps, count) => {
          found.set(
            target,
            Array.from({ length: count }, (_, i) => [sources[i] as number, steps[i] as number]),
          );
        });
        assert.deepEqual(found, new Map(links));
      }),
    );
  });

  test('takes two to three bytes a link in a file, and the same memory for half as many more links', async () => {
    assert.equal(await heldFor(40_000), await heldFor(60_000));
  });
});

/** Fills a graph of so many targets, each with fifty links, looks that they come back, and tells the most that it held. */
async function heldFor(targets: number): Promise<number> {
  const nodes = 50 * targets;
  const file = await new MemoryDisk().open('aside', 'create');
  const graph = new LinkGraph(nodes, async () => file);
  let most_bytes = 0;
  for (let target = 0; target < targets; target++) {
    const sources = Array.from(
      { length: 50 },
      (_, i) => ((i * targets + target * 7) % targets) + i * targets,
    );
    graph.add(target, sources, new Uint8Array(50));
    most_bytes = Math.max(most_bytes, graph.held_bytes);
    if (graph.isToSpill) await graph.spill();
  }
  assert.equal(graph.links, 50 * targets);
  assert.ok(graph.size_bytes < 3.2 * graph.links, `${graph.size_bytes} bytes`);
  let [read, next] = [0, 0];
  await graph.read((target, _sources, _steps, count) => {
    assert.equal(target, next);
    next += 1;
    read += count;
  });
  assert.equal(read, graph.links);
  return most_bytes;
}

describe('ranks', () => {
  test('are those of the plain computation over a matrix', async () => {
    await fc.assert(
      fc.asyncProperty(someLinks, async (links) => {
        const { ranks } = await rankNodes(graphOf(links));
        const expected = plainRanks(links);
        ranks.forEach((rank, i) => assert.ok(Math.abs(rank - (expected[i] ?? 0)) < 1e-4, `node ${i}`));
      }),
      { numRuns: 30 },
    );
  });

  test('need fewer rounds from where they stood before', async () => {
    const links: Links = new Map(
      Array.from({ length: NODES }, (_, i) => [i, [[(i * 7 + 1) % NODES, 0]] as [number, number][]]),
    );
    const star = new Map([...links, [0, Array.from({ length: NODES - 1 }, (_, i) => [i + 1, 0] as const)]]);
    const cold = await rankNodes(graphOf(star));
    const warm = await rankNodes(graphOf(star), { start: cold.ranks });
    assert.ok(warm.rounds < cold.rounds, `${warm.rounds} after ${cold.rounds}`);
  });

  test('are not to be had by making pages: a farm of one site is worth one site', async () => {
    // Two targets: one linked from three honest sites, one from a farm of 300 pages on one host.
    const honest = [2, 3, 4];
    const farm = Array.from({ length: 300 }, (_, i) => 5 + i);
    const links: Links = new Map([
      [0, honest.map((source) => [source, 0] as const)],
      [1, farm.map((source) => [source, Math.round(Math.log2(300))] as const)],
    ]);
    const nodes = 305;
    const siteOfPage = Uint32Array.from({ length: nodes }, (_, page) => Math.min(page, 5));
    const siteRanks = await rankNodes(
      graphOf(
        new Map([
          [0, honest.map((site) => [site, 0] as const)],
          [1, [[5, 0] as const]],
        ]),
        6,
      ),
    );
    const begin = beginAtSites(siteOfPage, siteRanks.ranks);
    const { ranks } = await rankNodes(graphOf(links, nodes), { begin });
    assert.ok((ranks[0] ?? 0) > 1.5 * (ranks[1] ?? 1), `${ranks[0]} and ${ranks[1]}`);
    const naive = await rankNodes(
      graphOf(
        new Map([...links].map(([target, own]) => [target, own.map(([source]) => [source, 0] as const)])),
        nodes,
      ),
    );
    assert.ok((naive.ranks[1] ?? 0) > (naive.ranks[0] ?? 1), 'which plain page rank gets wrong');
  });
});

function plainRanks(links: Links): number[] {
  const given = Array.from({ length: NODES }, () => 0);
  for (const own of links.values())
    for (const [source, steps] of own) given[source] = (given[source] ?? 0) + weightOf(steps);
  let ranks = given.map(() => 1 / NODES);
  for (let round = 0; round < 200; round++) {
    const next = ranks.map(() => 0);
    for (const [target, own] of links) {
      for (const [source, steps] of own) {
        const share = weightOf(steps) / Math.max(1, given[source] ?? 0);
        next[target] = (next[target] ?? 0) + 0.85 * (ranks[source] ?? 0) * share;
      }
    }
    const rest = (1 - next.reduce((sum, rank) => sum + rank, 0)) / NODES;
    ranks = next.map((rank) => rank + rest);
  }
  return ranks;
}
