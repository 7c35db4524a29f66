/** What NATS fails with, in the words of the spine. */

import { JetStreamApiError } from '@nats-io/jetstream';

import { messageOf } from '../base/index.ts';
import { StreamError } from './spine.ts';

const CODE = {
  streamNotFound: 10_059,
  wrongLast: 10_071,
  wrongLastUnknown: 10_164,
  nameInUse: 10_058,
  noPeers: 10_005,
} as const;
/** Of JetStream: what says that a stream takes nothing more. */
const FULL = /maximum (bytes|messages|message size)/i;

/** Whatever goes wrong comes as a {@link StreamError}. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asStreamError(error);
  }
}

/** Servers that have just begun have no leader yet: what is refused for that is tried again for a while. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= PATIENT_ATTEMPTS || !isTemporary(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PATIENT_PAUSE_MS));
  }
}

const PATIENT_ATTEMPTS = 40;
const PATIENT_PAUSE_MS = 500;

function isTemporary(error: unknown): boolean {
  // Servers that have not found each other yet have no place for copies.
  if (error instanceof JetStreamApiError) return error.status >= 500 || error.code === CODE.noPeers;
  return asStreamError(error).failure === 'unavailable';
}

export function asStreamError(error: unknown): StreamError {
  if (error instanceof StreamError) return error;
  const message = messageOf(error);
  if (error instanceof JetStreamApiError) {
    const { code } = error;
    if (code === CODE.wrongLast || code === CODE.wrongLastUnknown || code === CODE.nameInUse) {
      return new StreamError('misplaced', message, error);
    }
    if (code === CODE.streamNotFound || error.status === 404) return new StreamError('lost', message, error);
    if (FULL.test(message)) return new StreamError('full', message, error);
  }
  if (/stream not found|stream deleted|consumer deleted|no response from stream/i.test(message)) {
    return new StreamError(/not found/i.test(message) ? 'lost' : 'unavailable', message, error);
  }
  return new StreamError('unavailable', message, error);
}
