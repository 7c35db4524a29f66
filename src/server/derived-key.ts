/**
 * Keys that the holder of a stored key makes without asking the server: the parent's id, restrictions, and an HMAC over
 * both. They may do less than their parent, never more, and end with it. Form: docs/formats/access-files.md.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import { PeregrineError } from '../base/index.ts';
import { type Action, ACTIONS, type Grant } from './grants.ts';

const PREFIX = 'pd';
const DOMAIN = 'peregrine derived key 1\n';
const PAYLOAD_CHARACTERS = 2_000;

export interface StoredKeyParts {
  readonly id: string;
  readonly secret: string;
}

/** `pk.ID.SECRET`, or undefined for anything else. */
export function storedKeyParts(key: string): StoredKeyParts | undefined {
  const [, id, secret] = /^pk\.([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{43})$/.exec(key) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function hashOfSecret(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/**
 * A key that may do at most what `restrictions` say. Needs no connection.
 *
 * @example deriveKey(key, { actions: ['search'], collections: ['docs'], expires_ms: Date.now() + 3_600_000 })
 */
export function deriveKey(storedKey: string, restrictions: Partial<Grant>): string {
  const parts = storedKeyParts(storedKey);
  if (parts === undefined) {
    throw new PeregrineError(
      'BAD_ARGUMENT',
      'Keys are derived from a stored key, which begins with "pk."; the admin key has no children.',
    );
  }
  const payload = Buffer.from(
    JSON.stringify({
      actions: restrictions.actions,
      collections: restrictions.collections,
      expires_ms: restrictions.expires_ms,
      rate_per_min: restrictions.rate_per_min,
      filters: restrictions.filters,
    }),
  ).toString('base64url');
  if (payload.length > PAYLOAD_CHARACTERS) {
    throw new PeregrineError('TOO_LARGE', 'The restrictions are too long for a key.');
  }
  const signature = sign(hashOfSecret(parts.secret), parts.id, payload).toString('base64url');
  return [PREFIX, parts.id, payload, signature].join('.');
}

export interface DerivedKeyParts {
  readonly parentId: string;
  readonly payload: string;
  readonly signature: Buffer;
}

export function derivedKeyParts(key: string): DerivedKeyParts | undefined {
  const [prefix, parentId, payload, signature, ...rest] = key.split('.');
  if (prefix !== PREFIX || rest.length > 0) return undefined;
  if (parentId === undefined || payload === undefined || signature === undefined) return undefined;
  if (payload.length > PAYLOAD_CHARACTERS) return undefined;
  return { parentId, payload, signature: Buffer.from(signature, 'base64url') };
}

/** The restrictions of a derived key whose signature is the parent's; undefined for a forged or unreadable one. */
export function derivedRestrictions(
  { parentId, payload, signature }: DerivedKeyParts,
  parentHash: Buffer,
): Partial<Grant> | undefined {
  const expected = sign(parentHash, parentId, payload);
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined;
  return restrictionsOf(Buffer.from(payload, 'base64url').toString('utf8'));
}

/** What is signed but not understood refuses the key: a restriction that we overlook must not widen it. */
function restrictionsOf(text: string): Partial<Grant> | undefined {
  try {
    const { actions, collections, expires_ms, rate_per_min, filters, ...unknown } = JSON.parse(
      text,
    ) as Record<string, unknown>;
    if (Object.keys(unknown).length > 0) return undefined;
    if (!isAbsentOr(actions, isListOfText) || !isAbsentOr(collections, isListOfText)) return undefined;
    if (!isAbsentOr(filters, isListOfText)) return undefined;
    if (!isAbsentOr(expires_ms, Number.isFinite) || !isAbsentOr(rate_per_min, Number.isFinite))
      return undefined;
    return {
      ...(actions === undefined
        ? {}
        : { actions: ACTIONS.filter((action: Action) => (actions as string[]).includes(action)) }),
      collections: collections as string[] | undefined,
      expires_ms: expires_ms as number | undefined,
      rate_per_min: rate_per_min as number | undefined,
      filters: filters as string[] | undefined,
    };
  } catch {
    return undefined;
  }
}

const isListOfText = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const isAbsentOr = (value: unknown, is: (value: unknown) => boolean): boolean =>
  value === undefined || is(value);

function sign(parentHash: Buffer, parentId: string, payload: string): Buffer {
  return createHmac('sha256', parentHash).update(`${DOMAIN}${parentId}.${payload}`).digest();
}
