/** The door of `document`. */

export { type TextRuns, textRuns } from './text-runs.ts';
export { analyse, type Analysis } from './analyse.ts';
export { analyseRecord } from './analyse-record.ts';
export { type BuildOptions, buildDocument, extractDocument } from './build.ts';
export { fingerprintDistance } from './content-fingerprint.ts';
export type * from './document.ts';
export { STANDARD_FIELDS } from './document-fields.ts';
export { HOME_NAME, homeName, META_NAME, META_VALUE, META_WORD, metaTerm } from './field-terms.ts';
export { type Inbound, type InboundAnchor, NEUTRAL_RANK, repeatsOf } from './inbound.ts';
export { createParsePool, type ParsePool, type ParsePoolOptions } from './parse-pool.ts';
export { beginsMessage } from './mail.ts';
export { readHeaders } from './mail-headers.ts';
export { mainTextOf } from './main-text.ts';
export type { MarkupHandler, MarkupSource } from './markup-reader.ts';
export { isNearDuplicate, NEAR_DISTANCE, nearValues } from './near-duplicates.ts';
export {
  type Choice,
  type ParseReport,
  type ReportedSection,
  type ReportedToken,
  type ReportedZone,
  reportOf,
} from './parse-report.ts';
export { parseRobotsHeader } from './robots-directives.ts';
export {
  decodeTitle,
  decodeTitleRecord,
  decodeTitleSummary,
  encodeTitleRecord,
  rawSizeOf,
  type TitleSummary,
} from './title-record.ts';
export { MAX_TEXT_BYTES } from './read-content.ts';
export { type RelatedPages, relatedPages } from './related-pages.ts';
export { urlKey } from './url-parts.ts';
