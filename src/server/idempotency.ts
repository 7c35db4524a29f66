/**
 * The header `Idempotency-Key`: who repeats a change because no answer came gets the first answer again, and the change
 * is made once. Remembered in memory, for a day, for the last thousand.
 */

import { createHash } from 'node:crypto';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { type Clock, PeregrineError } from '../base/index.ts';

const ANSWERS_KEPT = 1_000;
const ANSWER_MS = 86_400_000;
const ANSWER_BYTES = 65_536;
const KEY_CHARACTERS = 255;

interface Answer {
  readonly request: string;
  readonly at_ms: number;
  /** Undefined while the first is on its way. */
  reply: { readonly status: number; readonly type: string; readonly body: string } | undefined;
}

const CHANGES = new Set(['POST', 'PUT', 'DELETE']);

export function rememberAnswers(server: FastifyInstance, clock: Clock): void {
  const answers = new Map<string, Answer>();

  server.addHook('preHandler', async (request, reply): Promise<FastifyReply | undefined> => {
    const name = answerName(request);
    if (name === undefined) return undefined;
    const fingerprint = fingerprintOf(request);
    const known = answers.get(name);
    if (known === undefined || clock.monotonic() - known.at_ms > ANSWER_MS) {
      answers.delete(name);
      answers.set(name, { request: fingerprint, at_ms: clock.monotonic(), reply: undefined });
      forgetOldest(answers);
      return undefined;
    }
    if (known.request !== fingerprint) {
      throw new PeregrineError('BAD_ARGUMENT', 'This Idempotency-Key was sent with another request before.', {
        status: 422,
      });
    }
    if (known.reply === undefined) {
      throw new PeregrineError(
        'ALREADY_EXISTS',
        'The first request with this Idempotency-Key is still being done.',
      );
    }
    const { status, type, body } = known.reply;
    return reply.code(status).type(type).header('idempotency-replayed', 'true').send(body);
  });

  server.addHook('onSend', async (request, reply, payload) => {
    const name = answerName(request);
    const known = name === undefined ? undefined : answers.get(name);
    if (name === undefined || known === undefined || known.request !== fingerprintOf(request)) return payload;
    if (known.reply !== undefined) return payload;
    // A failure was no change: it may be tried again. An answer too large to keep is one too.
    const isKept = reply.statusCode < 400 && typeof payload === 'string' && payload.length <= ANSWER_BYTES;
    if (!isKept) {
      answers.delete(name);
      return payload;
    }
    known.reply = {
      status: reply.statusCode,
      type: String(reply.getHeader('content-type') ?? 'application/json'),
      body: payload,
    };
    return payload;
  });
}

/** Of one holder each: nobody meets another's answers. */
function answerName(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined || !CHANGES.has(request.method)) return undefined;
  if (!request.isAdmin && request.holder === undefined) return undefined;
  const text = String(key);
  if (text === '' || text.length > KEY_CHARACTERS) {
    throw new PeregrineError('BAD_ARGUMENT', `An Idempotency-Key has 1 to ${KEY_CHARACTERS} characters.`);
  }
  return `${request.holder?.keyId ?? 'admin'} ${text}`;
}

function fingerprintOf(request: FastifyRequest): string {
  const { body } = request;
  const bytes = body instanceof Uint8Array ? body : JSON.stringify(body ?? null);
  return createHash('sha256').update(`${request.method} ${request.url}\n`).update(bytes).digest('hex');
}

function forgetOldest(answers: Map<string, Answer>): void {
  if (answers.size <= ANSWERS_KEPT) return;
  for (const oldest of answers.keys()) {
    answers.delete(oldest);
    return;
  }
}
