/** Text with the words of a query marked. */

import type { MarkedText } from '../../query/index.ts';
import { type Html, html, type HtmlValue } from '../html.ts';

/** Text with its marks as `<mark>`; places that don't fit the text are left out. */
export function withMarks({ text, marks }: MarkedText): Html {
  const pieces: HtmlValue[] = [];
  let at = 0;
  for (const [start, end] of marks) {
    if (start < at || end <= start || end > text.length) continue;
    pieces.push(text.slice(at, start), html`<mark>${text.slice(start, end)}</mark>`);
    at = end;
  }
  pieces.push(text.slice(at));
  return html`${pieces}`;
}
