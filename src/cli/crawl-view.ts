/** A crawl as it goes on: one line that is drawn again on a screen, a line every few seconds elsewhere. */

import type { CrawlOutcome, CrawlProgress } from '../crawl/index.ts';
import type { EngineCalls } from '../server/index.ts';
import { progressBar } from './progress-bar.ts';
import type { Terminal } from './terminal.ts';

/** Time between two looks at the crawl, ms. */
const LOOK_MS = 200;
/** Time between two plain lines, ms. */
const LINE_MS = 5_000;

export interface WatchOptions {
  readonly calls: EngineCalls;
  readonly collection: string;
  readonly signal: AbortSignal;
  readonly isQuiet: boolean;
}

/** Shows the crawl until it is done, paused, or `signal` is aborted. Returns its last state. */
export async function watchCrawl(terminal: Terminal, options: WatchOptions): Promise<CrawlProgress> {
  const { calls, collection, signal, isQuiet } = options;
  const view = isQuiet ? silentView : terminal.isInteractive ? await drawnView() : plainView(terminal);
  try {
    for (;;) {
      const progress = await calls.crawlProgress(collection);
      view.show(progress);
      if (progress.state !== 'running' || signal.aborted) return progress;
      await pause(LOOK_MS, signal);
    }
  } finally {
    view.end();
  }
}

/**
 * `Crawled 84 pages in 12 s: 57 indexed, 12 duplicates, 3 not found.` `earlier`: pages that were fetched before that time, by a crawl that
 * goes on.
 */
export async function crawlSummary(progress: CrawlProgress, took_ms: number, earlier = 0): Promise<string> {
  const { counted, outcomesCounted } = await import('../server/index.ts');
  const outcomes = (Object.entries(progress.outcomes) as [CrawlOutcome, number][])
    .filter(([, times]) => times > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([outcome, times]) => outcomesCounted(outcome, times));
  const pages = counted(progress.fetched - earlier, 'page', 'pages');
  const all = earlier === 0 ? '' : `, ${counted(progress.fetched, 'page', 'pages')} since its start`;
  const detail = outcomes.length === 0 ? '' : `: ${outcomes.join(', ')}`;
  return `Crawled ${pages} in ${(took_ms / 1000).toFixed(1)} s${all}${detail}.`;
}

/** What to try when a crawl found nothing; undefined when it found something. */
export function hintForEmptyCrawl({ indexed, outcomes, recent }: CrawlProgress): string | undefined {
  if (indexed > 0 || (outcomes.unchanged ?? 0) > 0) return undefined;
  if ((outcomes['address-refused'] ?? 0) > 0) {
    return 'Private and loopback addresses are refused unless you allow them with --allow-private.';
  }
  if ((outcomes['robots-forbidden'] ?? 0) > 0) {
    return "The site's robots.txt forbids what was asked for. Ask its owner, or crawl another part of it.";
  }
  const last = recent.at(-1);
  if (last === undefined) return 'No page was fetched.';
  const reason = last.detail === '' ? last.outcome : last.detail.replace(/\.$/, '');
  return `No page was indexed. ${last.url}: ${reason}. ${ADVICE[last.outcome] ?? ''}`.trimEnd();
}

/** What to do about the last thing that went wrong. */
const ADVICE: Readonly<Partial<Record<CrawlOutcome, string>>> = {
  'not-found': 'Is the address right?',
  'network-error': 'Is the address right, and does it open in a browser on this machine?',
  timeout: 'Try again when the site is faster.',
  'http-error': 'Try again later.',
  noindex: 'The page asks not to be indexed.',
};

interface View {
  show(progress: CrawlProgress): void;
  end(): void;
}

const silentView: View = { show: () => undefined, end: () => undefined };

function plainView(terminal: Terminal): View {
  let next_ms = performance.now() + LINE_MS;
  let last = '';
  return {
    show: (progress) => {
      if (performance.now() < next_ms) return;
      next_ms = performance.now() + LINE_MS;
      const line = `${progress.fetched} of ${known(progress)} known pages fetched, ${progress.indexed} indexed, ${progress.failed} failed, ${progress.pages_per_s.toFixed(1)} pages/s`;
      if (line !== last) terminal.err(line);
      last = line;
    },
    end: () => undefined,
  };
}

async function drawnView(): Promise<View> {
  const bar = await progressBar(
    ' {bar} {value}/{total} pages · {indexed} indexed · {failed} failed · {speed}/s',
  );
  bar.start(1, 0, { indexed: 0, failed: 0, speed: '0.0' });
  return {
    show: (progress) => {
      bar.setTotal(Math.max(1, known(progress)));
      bar.update(progress.fetched, {
        indexed: progress.indexed,
        failed: progress.failed,
        speed: progress.pages_per_s.toFixed(1),
      });
    },
    end: () => bar.stop(),
  };
}

function known({ fetched, queued, inFlight }: CrawlProgress): number {
  return fetched + queued + inFlight;
}

/** Waits, or less when `signal` is aborted. */
async function pause(time_ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, time_ms);
  const stop = (): void => resolve();
  signal.addEventListener('abort', stop, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
}
