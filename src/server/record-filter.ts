/** What of the records of crawls is asked for, from a request's words. */

import { PeregrineError } from '../base/index.ts';
import { type CrawlRecordFilter, isRecordOutcome } from '../crawl/index.ts';
import type { RecordsParameters } from './crawl-schemas.ts';

/** `BAD_ARGUMENT` for an end that no page can have. */
export function recordFilter({
  outcome,
  status,
  host,
  url,
  since,
  until,
  limit,
}: RecordsParameters): CrawlRecordFilter {
  const unknown = outcome?.find((word) => !isRecordOutcome(word));
  if (unknown !== undefined)
    throw new PeregrineError('BAD_ARGUMENT', `No page of a crawl ends as "${unknown.slice(0, 40)}".`);
  return {
    ...(outcome !== undefined && { outcomes: outcome.filter(isRecordOutcome) }),
    ...(status !== undefined && { status }),
    ...(host !== undefined && { host: host.toLowerCase() }),
    ...(url !== undefined && { url }),
    ...(since !== undefined && { since_ms: since }),
    ...(until !== undefined && { until_ms: until }),
    ...(limit !== undefined && { limit }),
  };
}
