import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
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
  test('gives back what was put in, whatever the numbers', () => {
    fc.assert(
      fc.property(someLinks, (links) => {
        const found = new Map<number, (readonly [number, number])[]>();
        const reading = graphOf(links).read((target, sources, steps, count) => {
          found.set(
            target,
            Array.from({ length: count }, (_, i) => [sources[i] as number, steps[i] as number]),
          );
        });
        for (const _ of reading);
        assert.deepEqual(found, new Map(links));
      }),
    );
  });

  test('takes two to three bytes a link, over many chunks', () => {
    const nodes = 1_000_000;
    const graph = new LinkGraph(nodes);
    for (let target = 0; target < 20_000; target++) {
      const sources = Array.from({ length: 50 }, (_, i) => ((i * 20_000 + target * 7) % 20_000) + i * 20_000);
      graph.add(target, sources, new Uint8Array(50));
    }
    assert.equal(graph.links, 1_000_000);
    assert.ok(graph.size_bytes < 3.2 * graph.links, `${graph.size_bytes} bytes`);
    let read = 0;
    for (const _ of graph.read((_target, _sources, _steps, count) => (read += count)));
    assert.equal(read, graph.links);
  });
});

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
