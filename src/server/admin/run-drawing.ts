/** The runs of a shard's databases, drawn: how large each is, and which of them a merge is joining. */

import type { StoreStatus } from '../../storage/index.ts';
import { html, type Html, type HtmlValue } from '../html.ts';
import { counted, size } from '../wording.ts';
import { progressBar } from './parts.ts';

type Databases = StoreStatus['databases'];
type Database = Databases[keyof Databases];
type Named = readonly [name: string, database: Database];

const WIDTH = 1_000;
const HEIGHT = 10;
/** A run so small that it could not be seen is drawn as wide as this. */
const LEAST_WIDTH = 4;
const GAP = 2;

/** A bar for each database, as long as its share of the disk, divided into its runs. */
export function runDrawing(databases: Databases): HtmlValue {
  const shown = Object.entries(databases).filter(([, { disk_bytes }]) => disk_bytes > 0);
  if (shown.length === 0) {
    return html`<p class="quiet">
      Nothing is in files yet: everything lies in the log, and in memory. “Flush” writes it out.
    </p>`;
  }
  const most_bytes = Math.max(...shown.map(([, { disk_bytes }]) => disk_bytes));
  return html`<p class="quiet">
      How much each database holds in files, run by run, the newest first: neighbours of one size wait to be
      merged.
    </p>
    <dl class="runs">${shown.map((one) => bar(one, most_bytes))}</dl>
    ${mergesUnderWay(shown)}`;
}

function bar([name, { disk_bytes, runSizes_bytes, merge }]: Named, most_bytes: number): Html {
  const least = runSizes_bytes.length * (LEAST_WIDTH + GAP);
  let x = 0;
  const runs = runSizes_bytes.map((size_bytes, n) => {
    const width = LEAST_WIDTH + (size_bytes / most_bytes) * Math.max(0, WIDTH - least);
    const part = html`<rect
      class="${kindOf(n, merge)}"
      x="${x.toFixed(1)}"
      y="0"
      width="${width.toFixed(1)}"
      height="${HEIGHT}"
    />`;
    x += width + GAP;
    return part;
  });
  const said = `${name}: ${size(disk_bytes)} in ${counted(runSizes_bytes.length, 'run', 'runs')} of ${runSizes_bytes.map(size).join(', ')}`;
  return html`<div>
    <dt>${name}</dt>
    <dd>
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${said}">
        ${runs}
      </svg>
    </dd>
  </div>`;
}

function kindOf(place: number, merge: Database['merge']): string {
  if (merge?.target === place) return 'target';
  return merge?.sources.includes(place) === true ? 'source' : `s${(place % 2) + 1}`;
}

/** What a merge has read is gone from its sources and stands in its target. */
function mergesUnderWay(databases: readonly Named[]): HtmlValue {
  return databases.map(([name, { merge, runSizes_bytes }]) => {
    if (merge === undefined) return '';
    const sizeOf = (place: number): number => runSizes_bytes[place] ?? 0;
    const written_bytes = sizeOf(merge.target);
    const left_bytes = merge.sources.reduce((sum, place) => sum + sizeOf(place), 0);
    return html`<p class="merge">
      <span>Merging ${counted(merge.sources.length, 'run', 'runs')} of ${name}</span>
      ${progressBar(`Merge of ${name}`, written_bytes, written_bytes + left_bytes)}
      <span class="quiet">${size(written_bytes)} written, ${size(left_bytes)} left</span>
    </p>`;
  });
}
