/**
 * How sections of the administration are declared: pages that only read, and actions that change something and lead back
 * to the page with a word about it. Programs with the admin key get JSON from the same actions.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { isPeregrineError } from '../../base/index.ts';
import type { Html } from '../html.ts';
import { failureOf, wantsPage } from '../failures.ts';
import { collectionParameter } from '../request-schemas.ts';
import { pageFrame, readableCollection, type ServerContext } from '../server-context.ts';
import type { AdminFrame } from './shell.ts';

/** What an action says when it is done. */
export interface Done {
  readonly notice: string;
  /** Where to go then; default: the page that the action belongs to. */
  readonly to?: string;
  /** For programs, beside the notice. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface ActionOptions {
  readonly bodyLimit?: number;
  /** The page with all that was typed, for what is too long to be typed again when it is refused; default: the page anew. */
  readonly again?: (request: FastifyRequest, admin: AdminFrame) => Promise<Html>;
}

/** A pasted document, percent-encoded. */
const FORM_BYTES = 8_388_608;

export class AdminDesk {
  readonly #server: FastifyInstance;
  readonly context: ServerContext;

  constructor(server: FastifyInstance, context: ServerContext) {
    this.#server = server;
    this.context = context;
  }

  /** A page at `path`, for administrators. */
  page(path: string, make: (request: FastifyRequest, admin: AdminFrame) => Promise<Html>): void {
    const config = { access: 'admin', answers: 'page' } as const;
    this.#server.get(path, { config }, async (request, reply) => {
      const admin = this.frameOf(request, collectionParameter.parse(request.query).c);
      return sendPage(reply, await make(request, admin));
    });
  }

  /** A change, by POST; `back` is the page that it belongs to. Refusals are told on that page. */
  action(
    path: string,
    back: string,
    act: (request: FastifyRequest, collection: string) => Promise<Done>,
    { bodyLimit, again }: ActionOptions = {},
  ): void {
    const config = { access: 'admin', answers: 'page' } as const;
    const options = bodyLimit === undefined ? { config } : { config, bodyLimit };
    this.#server.post(path, options, async (request, reply) => {
      const named = collectionParameter.parse(request.body ?? {}).c;
      const collection = readableCollection(this.context, request, named);
      // Who has no session has no page to be led back to.
      if (request.session === undefined || !wantsPage(request)) {
        const { notice, facts } = await act(request, collection);
        return reply.send({ ok: true, notice, ...facts });
      }
      const target = new URLSearchParams({ c: collection });
      try {
        const { notice, to } = await act(request, collection);
        this.#leaveNotice(request, { text: notice });
        return await reply.redirect(to ?? `${back}?${target.toString()}`, 303);
      } catch (error) {
        const failure = failureOf(error, true);
        if (failure.status >= 500 && !isPeregrineError(error)) throw error;
        request.refusedWith = failure.status;
        this.#leaveNotice(request, { text: failure.message, isBad: true });
        if (again !== undefined)
          return sendPage(reply, await again(request, this.frameOf(request, collection)));
        return reply.redirect(`${back}?${target.toString()}`, 303);
      }
    });
  }

  /** A page that is the answer to a form, for what must not stand in an address. */
  form(
    path: string,
    answer: (request: FastifyRequest, reply: FastifyReply, admin: AdminFrame) => Promise<FastifyReply>,
  ): void {
    const config = { access: 'admin', answers: 'page' } as const;
    this.#server.post(path, { config, bodyLimit: FORM_BYTES }, async (request, reply) =>
      answer(request, reply, this.frameOf(request, collectionParameter.parse(request.body ?? {}).c)),
    );
  }

  frameOf(request: FastifyRequest, named: string | undefined): AdminFrame {
    const { session } = request;
    const notice = session?.notice;
    if (session !== undefined) session.notice = undefined;
    return {
      frame: pageFrame(this.context, request),
      collection: readableCollection(this.context, request, named),
      collections: this.context.engine.collections(),
      // A program that reads this page with the key has no session, and no forms to send.
      csrfToken: session?.csrfToken ?? '',
      notice,
    };
  }

  /** Kept in the session until the next page, so that no address can put words into ours. */
  #leaveNotice({ session }: FastifyRequest, notice: NonNullable<AdminFrame['notice']>): void {
    if (session !== undefined) session.notice = notice;
  }
}

export function sendPage(reply: FastifyReply, markup: Html): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(markup.toString());
}
