/** Words of scripts that are written without spaces, cut by the dictionaries of the runtime's ICU. */

import type { WordSink } from './word-sink.ts';

// Made when the first such text is met: most processes never need it.
let segmenter: Intl.Segmenter | undefined;

/** A dictionary looks at a whole run at once, so runs are handed to it in pieces of at most this many UTF-16 units. */
const MAX_RUN = 512;

/** Hands the words of `text.slice(start, end)`, one run of such a script, to `sink`. False when the sink ended it. */
export function segmentContinuous(text: string, start: number, end: number, sink: WordSink): boolean {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  for (let from = start; from < end;) {
    const to = pieceEnd(text, from, end);
    for (const { segment, index, isWordLike } of segmenter.segment(text.slice(from, to))) {
      if (isWordLike !== true) continue;
      const at = from + index;
      if (!sink(at, at + segment.length)) return false;
    }
    from = to;
  }
  return true;
}

function pieceEnd(text: string, from: number, end: number): number {
  const to = from + MAX_RUN;
  if (to >= end) return end;
  // Not through the middle of a surrogate pair.
  const unit = text.charCodeAt(to);
  return unit >= 0xdc00 && unit <= 0xdfff ? to + 1 : to;
}
