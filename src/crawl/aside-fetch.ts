/** Requests that are no pages of the queue (robots.txt, what scripts ask for): in turn with the pages of their host. */

import { type Clock, PeregrineError } from '../base/index.ts';
import type { FetchRequest, FetchResponse } from './fetcher.ts';
import { hostOf } from './host.ts';
import { concludeFailure } from './page-conclusion.ts';
import { isCancelled } from './permits.ts';
import { type HostAnswer, retryAfter_ms, type Turn } from './politeness.ts';
import type { VisitContext } from './visit-context.ts';

export type AsideContext = Pick<
  VisitContext,
  'services' | 'job' | 'sent' | 'pace' | 'fetches' | 'isResumed' | 'stopSignal' | 'killSignal' | 'ledger'
>;

/** Waits until the whole crawl may ask, and for the turn of a URL's host and address; `ruled_ms` is the gap of a rule. */
export async function enterTurn(
  { services, job, pace, isResumed, stopSignal }: AsideContext,
  url: string,
  ruled_ms?: number,
): Promise<Turn> {
  const { delay_ms: own_ms, allowPrivate } = job().settings;
  const delay_ms = ruled_ms ?? own_ms;
  for (;;) {
    await pace.pass(stopSignal);
    const address = await services.fetcher.addressOf(url, allowPrivate);
    const options = { delay_ms, isResumed, signal: stopSignal, address };
    const turn = await services.politeness.enter(hostOf(url), options);
    if (!pace.isQuiet) return turn;
    // The quiet hours have begun while it waited.
    turn.leave({ kind: 'none' });
  }
}

/** What an answer means for the pace of its host. */
export function moodOf({ status, headers }: FetchResponse, began_ms: number, clock: Clock): HostAnswer {
  const took_ms = clock.monotonic() - began_ms;
  if (status !== 429 && status !== 503) return { kind: status >= 500 ? 'ailing' : 'fine', took_ms };
  return { kind: 'busy', took_ms, retryAfter_ms: retryAfter_ms(headers['retry-after'], clock.now()) };
}

/** Fetches one URL in its turn; redirects are handed back. Rejects as a fetcher does. */
export async function fetchAside(
  context: AsideContext,
  url: string,
  limits: Pick<FetchRequest, 'max_bytes' | 'overflow'>,
): Promise<FetchResponse> {
  const { services, fetches, stopSignal, killSignal, ledger } = context;
  const { crew } = services;
  const { collection } = context.job();
  if (crew !== undefined && crew.leaseOf(hostOf(url)) === undefined)
    return crew.fetchElsewhere(hostOf(url), { collection, url, limits });
  const turn = await enterTurn(context, url);
  let mood: HostAnswer = { kind: 'none' };
  try {
    const release = await fetches.acquire(stopSignal);
    try {
      if (!turn.mayBegin) throw new PeregrineError('CANCELLED', 'Another process may visit the host by now.');
      const began_ms = services.clock.monotonic();
      const request = {
        url,
        ...context.sent(),
        ...limits,
        types: 'any',
        signal: eitherOf(killSignal, turn.over),
      } as const;
      const response = await services.fetcher.fetch(request);
      mood = moodOf(response, began_ms, services.clock);
      return response;
    } finally {
      release();
    }
  } catch (error) {
    const isFailure = concludeFailure(error).outcome !== 'address-refused';
    if (!isCancelled(error) && isFailure) mood = { kind: 'failed' };
    throw error;
  } finally {
    turn.leave(mood);
    if (mood.kind === 'busy') await ledger.keepPoliteness(hostOf(url));
  }
}

export const eitherOf = (signal: AbortSignal, other: AbortSignal | undefined): AbortSignal =>
  other === undefined ? signal : AbortSignal.any([signal, other]);
