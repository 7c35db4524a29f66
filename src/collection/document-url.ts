/** What documents from outside are called, and what they say they are. */

import { PeregrineError } from '../base/index.ts';
import { requireUrl } from '../crawl/index.ts';

/** A document's name: a web address in its normal form, or any other absolute URI as it is. `BAD_ARGUMENT`. */
export function documentUrl(text: string): string {
  const isWeb = /^https?:/i.test(text.trim());
  if (isWeb) return requireUrl(text);
  if (text.length <= 2_048 && URL.canParse(text)) return new URL(text).href;
  throw new PeregrineError('BAD_ARGUMENT', `"${text.slice(0, 200)}" is no absolute URL.`, {
    url: text.slice(0, 200),
  });
}

/** A content type with a charset where it names none. */
export function withCharset(contentType: string, charset: string): string {
  return /charset=/i.test(contentType) ? contentType : contentType + charset;
}
