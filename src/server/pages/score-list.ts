/** What a result's score is made of, in words and numbers that add up to it. */

import { scoreParts, type SearchResult } from '../../query/index.ts';
import { html, type HtmlValue } from '../html.ts';
import type { Locale } from '../texts/locale.ts';

/** Nothing where they were not asked for. */
export function scoresOf({ score, features }: SearchResult, { texts }: Locale): HtmlValue {
  const parts = scoreParts(features ?? {}, score);
  // In an order of fields nothing is scored.
  if (parts.length === 0) return '';
  return html`<details class="scores">
    <summary>${texts.score(score.toFixed(2))}</summary>
    <dl lang="en" dir="ltr">
      ${parts.map(
        ({ words, value, share }) =>
          html`<div>
            <dt>${words}</dt>
            <dd>${value.toFixed(3)} (${Math.round(share * 100)} %)</dd>
          </div>`,
      )}
    </dl>
  </details>`;
}
