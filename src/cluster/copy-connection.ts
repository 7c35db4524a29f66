/**
 * The connection by which copies travel between hosts: TLS whose key is the cluster's secret, so that both sides prove that
 * they belong to it and nobody reads along, without certificates. Each connection has keys of its own (ECDHE-PSK, RFC 5489
 * and RFC 7905): who learns the secret later can't read what was recorded.
 */

import type { IncomingMessage, OutgoingHttpHeaders, RequestListener } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { TlsOptions } from 'node:tls';

import { PeregrineError } from '../base/index.ts';

const IDENTITY = 'peregrine';
/** A host that says nothing for so long is asked no longer. */
const SILENCE_MS = 30_000;
const TLS = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  // Suites with a shared key and no certificate are those of 1.2.
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const satisfies TlsOptions;

const keyOf = (secret: string): Buffer => Buffer.from(secret, 'hex');

/** A server that only hosts with the same secret get through to. */
export function createCopyListener(secret: string, answer: RequestListener): Server {
  const key = keyOf(secret);
  return createServer(
    { ...TLS, pskCallback: (_socket, identity) => (identity === IDENTITY ? key : null) },
    answer,
  );
}

/** One request to another host's copies; resolves with the answer's head, its body still to be read. `UNAVAILABLE`, `CANCELLED`. */
export function askForCopy(
  { address, secret }: { readonly address: string; readonly secret: string },
  call: { readonly method: string; readonly path: string; readonly headers?: OutgoingHttpHeaders },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const psk = keyOf(secret);
  const agent = new Agent({
    ...TLS,
    pskCallback: () => ({ psk, identity: IDENTITY }),
    // There is no certificate: the key proves who it is.
    checkServerIdentity: () => undefined,
  });
  const asked = request(new URL(call.path.split('/').map(encodeURIComponent).join('/'), address), {
    agent,
    method: call.method,
    headers: call.headers,
    timeout: SILENCE_MS,
    signal,
  });
  asked.once('response', (answer) => {
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status <= 299) return resolve(answer);
    answer.resume();
    reject(
      new PeregrineError('UNAVAILABLE', `${address} answers ${status} to ${call.method} ${call.path}.`, {
        status,
      }),
    );
  });
  asked.once('timeout', () => asked.destroy(new Error(`nothing came for ${SILENCE_MS / 1_000} s`)));
  asked.on('error', (error) => {
    reject(
      signal.aborted
        ? new PeregrineError('CANCELLED', 'The copy was taken back.')
        : new PeregrineError('UNAVAILABLE', `${address} does not answer.`, { address }, error),
    );
  });
  asked.end();
  return promise;
}
