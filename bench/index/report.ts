/** What a run says: tables for people, one line for programs. */

interface Pair {
  readonly own_us: number;
  readonly lucene_us: number;
}

export interface ClassFigures {
  readonly name: string;
  readonly queries: number;
  /** Mean over the class; equal on both sides, query by query. */
  readonly hits: number;
  /** The ten best, as either engine prefers to find them. */
  readonly top: Pair;
  /** The ten best, every match scored. */
  readonly scored: Pair;
  /** The number of matches alone. */
  readonly count: Pair;
  /** Ours alone, of AND and OR: the ten best by both stages, every match asked. */
  readonly proximity: ProximityFigures | undefined;
}

export interface ProximityFigures {
  /** With the second stage asked of every match that may be among the best. */
  readonly own_us: number;
  /** The same with nothing left out. */
  readonly every_us: number;
  /** As the product searches by default: of the first stage's best alone. */
  readonly best_us: number;
  /** Matches whose positions are looked at, mean over the class. */
  readonly rescored: number;
}

export interface CorpusFigures {
  readonly name: string;
  readonly documents: number;
  readonly classes: readonly ClassFigures[];
  readonly ingest_s: number;
  readonly lucene_ingest_s: number;
  readonly bytes: number;
  readonly lucene_bytes: number;
  readonly refresh_p99_ms: number;
}

const ratio = ({ own_us, lucene_us }: Pair): number => lucene_us / own_us;

/** Geometric mean over the classes whose names begin so. */
function mean(classes: readonly ClassFigures[], prefix: string, of: (one: ClassFigures) => Pair): number {
  const logs = classes.filter(({ name }) => name.startsWith(prefix)).map((one) => Math.log(ratio(of(one))));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

const FIGURES = {
  and_vs_lucene: ({ classes }: CorpusFigures) => mean(classes, 'AND', ({ top }) => top),
  or_vs_lucene: ({ classes }: CorpusFigures) => mean(classes, 'OR', ({ top }) => top),
  phrase_vs_lucene: ({ classes }: CorpusFigures) => mean(classes, 'PH', ({ top }) => top),
  count_vs_lucene: ({ classes }: CorpusFigures) => mean(classes, '', ({ count }) => count),
  scored_vs_lucene: ({ classes }: CorpusFigures) => mean(classes, '', ({ scored }) => scored),
  worst_class_vs_lucene: ({ classes }: CorpusFigures) => Math.min(...classes.map(({ top }) => ratio(top))),
  ingest_vs_lucene: ({ ingest_s, lucene_ingest_s }: CorpusFigures) => lucene_ingest_s / ingest_s,
  bytes_vs_lucene: ({ bytes, lucene_bytes }: CorpusFigures) => bytes / lucene_bytes,
  refresh_p99_ms: ({ refresh_p99_ms }: CorpusFigures) => refresh_p99_ms,
} as const;
type FigureName = keyof typeof FIGURES;

/** Of these less is better. */
const COSTS: ReadonlySet<FigureName> = new Set<FigureName>(['bytes_vs_lucene', 'refresh_p99_ms']);

/** In the tables alone. */
const ASIDE: ReadonlySet<FigureName> = new Set<FigureName>(['count_vs_lucene', 'scored_vs_lucene']);

/** The figures, each the worse of the corpora. */
export function summarise(corpora: readonly CorpusFigures[]): Readonly<Record<string, number>> {
  const told = Object.entries(FIGURES).filter(([name]) => !ASIDE.has(name as FigureName));
  return Object.fromEntries(
    told.map(([name, of]) => {
      const values = corpora.map(of);
      const worst = COSTS.has(name as FigureName) ? Math.max(...values) : Math.min(...values);
      return [name, Number(worst.toFixed(2))];
    }),
  );
}

export function printTables(
  corpora: readonly CorpusFigures[],
  version: string,
  say: (text: string) => void,
): void {
  say(
    `Lucene ${version}, Node ${process.versions.node}; microseconds of thread time a query, ratio to Lucene's`,
  );
  for (const corpus of corpora) {
    say(`\n${corpus.name}: ${corpus.documents} documents`);
    say('| class | hits | best ten | Lucene | × | all scored | Lucene | × | count | Lucene | × |');
    say('|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|');
    for (const { name, hits, top, scored, count } of corpus.classes) {
      say(`| ${name} | ${Math.round(hits)} | ${cells(top)} | ${cells(scored)} | ${cells(count)} |`);
    }
    say(
      '\n| class | hits | looked at | best ten by both stages of all, µs | a match | × best ten | × of the best 200 | nothing left out, a match |',
    );
    say('|---|--:|--:|--:|--:|--:|--:|--:|');
    for (const { name, hits, top, proximity } of corpus.classes) {
      if (proximity === undefined) continue;
      const { own_us, every_us, best_us, rescored } = proximity;
      const cost = [own_us / hits, own_us / top.own_us, own_us / best_us, every_us / hits];
      const told = cost.map((one) => one.toFixed(2)).join(' | ');
      say(`| ${name} | ${Math.round(hits)} | ${Math.round(rescored)} | ${own_us.toFixed(1)} | ${told} |`);
    }
    say('');
    for (const [name, of] of Object.entries(FIGURES)) say(`${name}: ${of(corpus).toFixed(2)}`);
    say(`indexing: ${corpus.ingest_s.toFixed(2)} s of CPU, Lucene ${corpus.lucene_ingest_s.toFixed(2)} s`);
    say(`index: ${corpus.bytes} bytes, Lucene ${corpus.lucene_bytes}`);
  }
}

function cells(pair: Pair): string {
  return `${pair.own_us.toFixed(1)} | ${pair.lucene_us.toFixed(1)} | ${ratio(pair).toFixed(2)}`;
}
