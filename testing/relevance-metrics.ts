/** How good a ranking is, by judgements: the usual measures as trec_eval defines them. */

/** Grade of each judged document; 0 and absent are not relevant. */
export type Judgements = ReadonlyMap<string, number>;

export interface RelevanceMetrics {
  /** Normalised discounted cumulative gain of the first ten; the gain is the grade. */
  readonly ndcg10: number;
  /** Average precision over the ranking that was given. */
  readonly map: number;
  readonly recall100: number;
  /** One over the rank of the first relevant document. */
  readonly mrr: number;
}

/** Measures of one ranking (ids, best first, each once). All 0 where nothing is relevant. */
export function measureRanking(ranking: readonly string[], judgements: Judgements): RelevanceMetrics {
  const grades = ranking.map((id) => Math.max(0, judgements.get(id) ?? 0));
  const ideal = [...judgements.values()].filter((grade) => grade > 0).sort((a, b) => b - a);
  if (ideal.length === 0) return { ndcg10: 0, map: 0, recall100: 0, mrr: 0 };
  let found = 0;
  let precision = 0;
  grades.forEach((grade, i) => {
    if (grade === 0) return;
    found += 1;
    precision += found / (i + 1);
  });
  const first = grades.findIndex((grade) => grade > 0);
  return {
    ndcg10: gain(grades.slice(0, 10)) / gain(ideal.slice(0, 10)),
    map: precision / ideal.length,
    recall100: grades.slice(0, 100).filter((grade) => grade > 0).length / ideal.length,
    mrr: first < 0 ? 0 : 1 / (first + 1),
  };
}

export function meanMetrics(all: readonly RelevanceMetrics[]): RelevanceMetrics {
  const mean = (of: (metrics: RelevanceMetrics) => number): number =>
    all.length === 0 ? 0 : all.reduce((sum, metrics) => sum + of(metrics), 0) / all.length;
  return {
    ndcg10: mean(({ ndcg10 }) => ndcg10),
    map: mean(({ map }) => map),
    recall100: mean(({ recall100 }) => recall100),
    mrr: mean(({ mrr }) => mrr),
  };
}

function gain(grades: readonly number[]): number {
  return grades.reduce((sum, grade, i) => sum + grade / Math.log2(i + 2), 0);
}
