/**
 * Measures ranking on relevance collections, through everything that a page and a query pass in service, beside plain
 * BM25 in four cells.
 *
 *     npm run bench:relevance -- COLLECTION… [--json] [--per-query] [--queries N] [--no-reference]
 *                                [--weights JSON] [--against JSON]
 *
 * A collection is a folder of the BEIR layout, or the name of one of those that tests use. `--against` compares two
 * configurations query by query. With `--json` the last line is `{"NAME":{"ndcg10","map","r100","mrr"},…}`.
 */

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { RankingWeights } from '../src/index/index.ts';
import { DEFAULT_WEIGHTS } from '../src/query/index.ts';
import { referenceCells } from '../testing/reference-bm25.ts';
import { RelevanceEngine } from '../testing/relevance-engine.ts';
import { meanMetrics, measureRanking, type RelevanceMetrics } from '../testing/relevance-metrics.ts';
import { sharedData } from '../testing/shared-data.ts';
import { comparePaired } from '../testing/significance.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    queries: { type: 'string', default: '1000000' },
    weights: { type: 'string', default: '{}' },
    against: { type: 'string' },
    json: { type: 'boolean', default: false },
    'per-query': { type: 'boolean', default: false },
    'no-reference': { type: 'boolean', default: false },
  },
});
const weights = weightsOf(options.weights);
const summary: Record<string, Record<string, number>> = {};
for (const name of positionals) summary[nameOf(name)] = await measureCollection(name);
if (options.json) console.log(JSON.stringify(summary));

async function measureCollection(name: string): Promise<Record<string, number>> {
  const engine = await RelevanceEngine.open(directoryOf(name));
  const queries = engine.queries.slice(0, Number(options.queries));
  console.log(`${engine.name}: ${engine.documents.length} documents, ${queries.length} queries`);
  const started_ms = performance.now();
  const measured = await measureQueries(engine, weights);
  const query_ms = (performance.now() - started_ms) / Math.max(1, queries.length);
  if (options['per-query']) {
    measured.forEach((metrics, i) => {
      console.log(`  ${line(metrics)}  ${queries[i]?.id}: ${queries[i]?.text}`);
    });
  }
  const mean = meanMetrics(measured);
  console.log(`  ${line(mean)}  peregrine, ${query_ms.toFixed(2)} ms a query`);
  if (!options['no-reference']) {
    for (const cell of referenceCells({ documents: engine.documents, queries }, engine.language)) {
      console.log(`  ${line(cell)}  BM25, ${cell.name}`);
    }
  }
  if (options.against !== undefined) {
    const others = await measureQueries(engine, weightsOf(options.against));
    console.log(`  ${line(meanMetrics(others))}  peregrine, other weights`);
    const { difference, standardError, p, better, worse } = comparePaired(
      measured.map(({ ndcg10 }) => ndcg10),
      others.map(({ ndcg10 }) => ndcg10),
    );
    console.log(
      `  nDCG@10 ${difference >= 0 ? '+' : ''}${difference.toFixed(4)} ± ${standardError.toFixed(4)}, ` +
        `${better} queries better, ${worse} worse, p = ${p.toFixed(4)}`,
    );
  }
  await engine.close();
  const { ndcg10, map, recall100: r100, mrr } = mean;
  return { ndcg10, map, r100, mrr };
}

async function measureQueries(engine: RelevanceEngine, chosen: RankingWeights): Promise<RelevanceMetrics[]> {
  const all: RelevanceMetrics[] = [];
  for (const { text, judgements } of engine.queries.slice(0, Number(options.queries))) {
    const ranking = await engine.rank(text, chosen);
    all.push(
      measureRanking(
        ranking.map(({ id }) => id),
        judgements,
      ),
    );
  }
  return all;
}

function line({ ndcg10, map, recall100, mrr }: RelevanceMetrics): string {
  const shown = { 'nDCG@10': ndcg10, MAP: map, 'R@100': recall100, MRR: mrr };
  return Object.entries(shown)
    .map(([label, value]) => `${label} ${value.toFixed(4)}`)
    .join('  ');
}

function weightsOf(json: string): RankingWeights {
  return { ...DEFAULT_WEIGHTS, ...(JSON.parse(json) as Partial<RankingWeights>) };
}

function directoryOf(name: string): string {
  const directory = existsSync(name) ? name : sharedData(`ir/${name}`);
  if (directory === undefined) {
    throw new Error(`There is no folder ${name}, and no test collection of that name.`);
  }
  return directory;
}

function nameOf(name: string): string {
  return name.replace(/\/+$/, '').replace(/^.*\//, '');
}
