/**
 * Traces of requests, sent to an OpenTelemetry collector (OTLP over HTTP, JSON): a span for each request, joined to the
 * caller's trace where it names one (W3C Trace Context), with the search inside it. Sent in batches, dropped and counted
 * where the collector does not keep up: observing must never hold up what is observed.
 */

import { randomBytes } from 'node:crypto';

import type { FastifyInstance } from 'fastify';

import { type Clock, type LogSink, messageOf } from '../base/index.ts';

declare module 'fastify' {
  interface FastifyRequest {
    span: Span | undefined;
  }
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly startedAt_ms: number;
}

interface EndedSpan extends Span {
  readonly name: string;
  readonly endedAt_ms: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly hasFailed: boolean;
}

const SEND_EVERY_MS = 5_000;
const SPANS_AT_ONCE = 512;
const SPANS_WAITING_MAX = 4_096;
const SEND_TIMEOUT_MS = 10_000;
/** `SERVER` of the protocol's kinds. */
const KIND_SERVER = 2;

export interface Tracer {
  /** Sends what waits. */
  close(): Promise<void>;
}

export function traceRequests(
  server: FastifyInstance,
  collector: string,
  { clock, log }: { readonly clock: Clock; readonly log: LogSink },
): Tracer {
  const sender = new SpanSender(new URL('/v1/traces', collector).href, log);
  server.decorateRequest('span');
  server.addHook('onRequest', async (request, reply) => {
    const parent = readTraceparent(request.headers['traceparent']);
    const span: Span = {
      traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      parentId: parent?.spanId,
      startedAt_ms: clock.now(),
    };
    request.span = span;
    reply.header('traceresponse', `00-${span.traceId}-${span.spanId}-01`);
  });
  server.addHook('onResponse', async (request, reply) => {
    if (request.span === undefined) return;
    const route = request.routeOptions.url ?? 'none';
    sender.add({
      ...request.span,
      name: `${request.method} ${route}`,
      endedAt_ms: request.span.startedAt_ms + reply.elapsedTime,
      hasFailed: reply.statusCode >= 500,
      // No query and no address: what people search for is nobody else's business.
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'http.response.status_code': reply.statusCode,
        'url.scheme': request.protocol,
      },
    });
  });
  return sender;
}

/** Version 00 of W3C Trace Context: `00-TRACE-SPAN-FLAGS`. Anything else begins a trace of its own. */
export function readTraceparent(header: unknown): { traceId: string; spanId: string } | undefined {
  const [, traceId = '', spanId = ''] =
    /^00-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}$/.exec(String(header)) ?? [];
  return /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId) ? { traceId, spanId } : undefined;
}

class SpanSender implements Tracer {
  readonly #address: string;
  readonly #log: LogSink;
  readonly #waiting: EndedSpan[] = [];
  readonly #timer: NodeJS.Timeout;
  #sending: Promise<void> | undefined;
  #dropped = 0;

  constructor(address: string, log: LogSink) {
    this.#address = address;
    this.#log = log;
    this.#timer = setInterval(() => void this.#send(), SEND_EVERY_MS).unref();
  }

  add(span: EndedSpan): void {
    if (this.#waiting.length >= SPANS_WAITING_MAX) this.#dropped += 1;
    else this.#waiting.push(span);
    if (this.#waiting.length >= SPANS_AT_ONCE) void this.#send();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
    await this.#send();
  }

  async #send(): Promise<void> {
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    this.#sending = this.#post(this.#waiting.splice(0, SPANS_AT_ONCE)).finally(() => {
      this.#sending = undefined;
    });
    await this.#sending;
  }

  async #post(spans: readonly EndedSpan[]): Promise<void> {
    try {
      const response = await fetch(this.#address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(exportOf(spans)),
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`the collector answered ${response.status}`);
    } catch (error) {
      this.#dropped += spans.length;
      this.#log.write('warn', 'server.traces-dropped', { dropped: this.#dropped, message: messageOf(error) });
    }
  }
}

/** `ExportTraceServiceRequest` in the protocol's JSON. */
function exportOf(spans: readonly EndedSpan[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': 'peregrine' }) },
        scopeSpans: [
          {
            scope: { name: 'peregrine.server' },
            spans: spans.map((span) => ({
              traceId: span.traceId,
              spanId: span.spanId,
              ...(span.parentId === undefined ? {} : { parentSpanId: span.parentId }),
              name: span.name,
              kind: KIND_SERVER,
              startTimeUnixNano: nanoseconds(span.startedAt_ms),
              endTimeUnixNano: nanoseconds(span.endedAt_ms),
              attributes: attributesOf(span.attributes),
              status: { code: span.hasFailed ? 2 : 0 },
            })),
          },
        ],
      },
    ],
  };
}

function attributesOf(values: Readonly<Record<string, string | number>>): readonly object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}

function nanoseconds(time_ms: number): string {
  return String(BigInt(Math.round(time_ms * 1_000)) * 1_000n);
}
