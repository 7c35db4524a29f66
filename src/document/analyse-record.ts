/** From a title record to what the index needs of it: what building gave, without parsing anything anew. */

import { encodeAnalysedDocument } from '../text/index.ts';
import { analyse } from './analyse.ts';
import type { Inbound } from './inbound.ts';
import { decodeTitleRecord } from './title-record.ts';

/** The bytes of the analysed document; undefined where there is nothing to index. `CORRUPT`, `UNSUPPORTED_VERSION`. */
export function analyseRecord(record: Uint8Array, inbound?: Inbound): Uint8Array | undefined {
  const stored = decodeTitleRecord(record);
  if (stored.robots.noindex) return undefined;
  const { document, tokens } = analyse(stored, inbound);
  return tokens > 0 ? encodeAnalysedDocument(document) : undefined;
}
