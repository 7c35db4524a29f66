/** The segments of a collection's index, one by one. */

import type { ShardSegment } from '../../collection/index.ts';
import type { Html, HtmlValue } from '../html.ts';
import { count, size } from '../wording.ts';
import { badge, table } from './parts.ts';

/** Of a collection in many pieces the largest. */
const MAX_SHOWN = 200;

export function segmentList(segments: readonly ShardSegment[]): Html {
  return table({
    name: 'Segments',
    columns: [
      'Segment',
      { name: 'Shard', kind: 'number' },
      { name: 'Documents', kind: 'number' },
      { name: 'Deleted', kind: 'number' },
      { name: 'Size', kind: 'number' },
      'State',
      { name: 'File', kind: 'page' },
    ],
    rows: segments
      .toSorted((a, b) => b.size_bytes - a.size_bytes)
      .slice(0, MAX_SHOWN)
      .map((segment) => [
        count(segment.segment),
        count(segment.shard),
        count(segment.documents),
        shareOf(segment),
        size(segment.size_bytes),
        stateBadge(segment),
        segment.isInMemory ? 'in memory, until the next flush' : segment.name,
      ]),
    empty: 'There is none: new documents get into one when somebody searches, or with the next flush.',
    isBounded: true,
  });
}

function shareOf({ deleted, documents }: ShardSegment): string {
  return deleted === 0 ? '0' : `${count(deleted)} (${Math.round((deleted / documents) * 100)} %)`;
}

function stateBadge({ state }: ShardSegment): HtmlValue {
  if (state === 'sound') return badge('good', 'sound');
  return badge(state === 'merging' ? 'neutral' : 'bad', state);
}
