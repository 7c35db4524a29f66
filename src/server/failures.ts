/** Errors as clients meet them: a status, a stable code and a sentence, as a page or as JSON. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';

import {
  type ErrorCode,
  isOpenForReadingOnly,
  type LogSink,
  messageOf,
  PeregrineError,
} from '../base/index.ts';
import type { DocumentationPage } from './documentation.ts';
import type { Failure } from './failure.ts';
import { html } from './html.ts';
import { errorPage } from './pages/error-page.ts';
import type { PageFrame } from './pages/layout.ts';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  BAD_ARGUMENT: 400,
  BAD_ENCODING: 400,
  TOO_LARGE: 413,
  UNSUPPORTED_TYPE: 415,
  PARSE_FAILED: 422,
  PARSE_TIMEOUT: 422,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  CORRUPT: 500,
  UNSUPPORTED_VERSION: 500,
  IO: 500,
  DISK_FULL: 507,
  READ_ONLY: 503,
  LOCKED: 503,
  CLOSED: 503,
  DOC_ID_EXHAUSTED: 507,
  CANCELLED: 503,
  DEADLINE: 504,
  QUEUE_FULL: 503,
  UNAVAILABLE: 503,
  OUT_OF_MEMORY: 503,
  ADDRESS_REFUSED: 403,
  ROBOTS_FORBIDDEN: 403,
  FETCH_FAILED: 502,
  FETCH_TIMEOUT: 504,
  REDIRECT_LOOP: 502,
  UNAUTHORISED: 401,
  FORBIDDEN: 403,
  RUNTIME_TOO_OLD: 500,
  INTERNAL: 500,
};

/** Codes for what the HTTP layer refuses before any of our code runs. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'BAD_ARGUMENT',
  404: 'NOT_FOUND',
  405: 'BAD_ARGUMENT',
  413: 'TOO_LARGE',
  414: 'TOO_LARGE',
  415: 'UNSUPPORTED_TYPE',
  431: 'TOO_LARGE',
  503: 'QUEUE_FULL',
};

/** Every code that a caller may meet, with its status: where the `type` of a problem leads. */
export function errorsPage(): DocumentationPage {
  const rows = Object.entries(STATUS).map(
    ([code, status]) =>
      html`<tr id="${code.toLowerCase()}">
        <td><code>${code}</code></td>
        <td>${status}</td>
      </tr>`,
  );
  return {
    title: 'Errors',
    body: html`<h1 id="errors">Errors</h1>
      <p>
        Every error has a code that stays, an HTTP status, and a sentence that says what to do where something
        can be done. Programs match on the code.
      </p>
      <table>
        <thead>
          <tr>
            <th>code</th>
            <th>usual status</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
  };
}

/** What is told of an error. Faults of ours are told in full to administrators only. */
export function failureOf(error: unknown, isAdmin: boolean): Failure {
  const known = asPeregrineError(error);
  const status = known.facts['status'] ?? (known.facts['retryAfter_s'] === undefined ? undefined : 429);
  const failure = {
    status: typeof status === 'number' ? status : statusOf(known),
    code: known.code,
    message: known.message,
    facts: known.facts,
  };
  if (failure.status < 500 || isAdmin || TEMPORARY.has(known.code)) return failure;
  return {
    ...failure,
    message: 'Something went wrong on our side. It has been written down; please try again later.',
    facts: {},
  };
}

/** What is open for reading only will not be written however often one tries: that is no fault, and not for now. */
function statusOf(error: PeregrineError): number {
  return isOpenForReadingOnly(error) ? 403 : STATUS[error.code];
}

const TEMPORARY: ReadonlySet<ErrorCode> = new Set([
  'QUEUE_FULL',
  'UNAVAILABLE',
  'DEADLINE',
  'CLOSED',
  'LOCKED',
]);

/** JSON of a failure: problem details (RFC 9457), and beside them the old system's envelope and the error by itself. */
export function failureJson(failure: Failure): object {
  const { status, code, message, facts } = failure;
  return {
    type: `/docs/errors#${code.toLowerCase()}`,
    title: code.toLowerCase().replaceAll('_', ' '),
    status,
    detail: message,
    code,
    facts,
    response: { statusCode: status, statusMsg: message },
    error: { code, message, facts },
  };
}

/** Sends every error of `server`, and every address that it does not have, through {@link failureOf}. */
export function installFailures(server: FastifyInstance, frame: () => PageFrame, log: LogSink): void {
  server.setErrorHandler(async (error, request, reply) => sendFailure(error, request, reply));

  server.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = METHODS.filter(
      (method) => method !== request.method && server.hasRoute({ method, url: path }),
    );
    if (allowed.length === 0) {
      return sendFailure(
        new PeregrineError('NOT_FOUND', 'There is no such page on this server.'),
        request,
        reply,
      );
    }
    reply.header('allow', allowed.join(', '));
    const message = `${request.method} is not for this address; it takes ${allowed.join(', ')}.`;
    return sendFailure(new PeregrineError('BAD_ARGUMENT', message, { status: 405 }), request, reply);
  });

  function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const failure = failureOf(error, request.isAdmin);
    if (failure.status >= 500) {
      // That there is much to do is no failure; it is counted, and not told each time.
      log.write(TEMPORARY.has(failure.code) ? 'debug' : 'error', 'server.failed', {
        method: request.method,
        route: request.routeOptions.url,
        code: failure.code,
        message: messageOf(error),
      });
    }
    reply.code(failure.status).header('cache-control', 'no-store');
    if (failure.status === 401) reply.header('www-authenticate', 'Bearer realm="peregrine"');
    if (failure.status === 503) reply.header('retry-after', '2');
    const retryAfter_s = failure.facts['retryAfter_s'];
    if (retryAfter_s !== undefined) reply.header('retry-after', String(retryAfter_s));
    if (!wantsPage(request)) return reply.type('application/problem+json').send(failureJson(failure));
    if (failure.status === 401 && isVisit(request)) return reply.redirect('/admin/sign-in', 303);
    return reply.type('text/html; charset=utf-8').send(errorPage(frame(), failure).toString());
  }
}

/** A browser that came without a key: it can be led to where it may give one. */
function isVisit({ method, headers }: FastifyRequest): boolean {
  const isBrowser = headers.accept?.includes('text/html') ?? false;
  return method === 'GET' && isBrowser && headers.authorization === undefined;
}

const METHODS = ['GET', 'POST', 'DELETE'] as const;

/** People get pages, programs JSON; who does not say gets what the route usually gives. */
export function wantsPage(request: FastifyRequest): boolean {
  const { format = 'html', stream } = (request.query ?? {}) as Readonly<Record<string, unknown>>;
  // Who asks for another form than a page is a program, and so is who takes all matches.
  if (format !== '' && format !== 'html') return false;
  if (stream !== undefined) return false;
  const accept = request.headers.accept ?? '';
  if (accept.includes('text/html')) return true;
  if (accept.includes('json')) return false;
  return (request.routeOptions.config.answers ?? 'page') === 'page';
}

function asPeregrineError(error: unknown): PeregrineError {
  if (error instanceof PeregrineError) return error;
  if (error instanceof ZodError) return new PeregrineError('BAD_ARGUMENT', firstIssue(error));
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 0;
  const code = typeof status === 'number' ? CODE_OF_STATUS[status] : undefined;
  if (code !== undefined) return new PeregrineError(code, messageOf(error), { status: status as number });
  return new PeregrineError('INTERNAL', messageOf(error), {}, error);
}

function firstIssue(error: ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'A parameter is wrong.';
  const name = issue.path.join('.');
  return name === '' ? issue.message : `Parameter "${name}": ${issue.message}.`;
}
