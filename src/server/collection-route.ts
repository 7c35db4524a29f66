/** A JSON route about a collection, as data: what it takes, what it does, what it says of itself. The rest is the same for all. */

import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';

import type { CollectionName } from '../collection/index.ts';
import type { RouteAccess } from './access.ts';
import type { RouteDescription } from './api-description.ts';
import { whoAsks } from './audit.ts';
import { readableCollection, type ServerContext } from './server-context.ts';

export interface CollectionRoute<T extends { readonly c?: string | undefined }> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly access: RouteAccess;
  readonly tag: RouteDescription['tag'];
  readonly summary: string;
  /** The query string, or of a POST the body. */
  readonly takes: z.ZodType<T>;
  /** A body that works on any server; default: no parameter at all. */
  readonly example?: object;
  readonly statusCode?: number;
  readonly bodyLimit?: number;
  /**
   * What is answered beside the collection's name; fields that were not given are absent. `isNamed`: the request names it;
   * `who` asks, as the audit trail says it.
   */
  readonly run: (
    collection: CollectionName,
    given: Given<T>,
    isNamed: boolean,
    who: string,
  ) => Promise<object>;
}

/** Without the collection, and without what is undefined. */
export type Given<T> = { readonly [K in keyof T as K extends 'c' ? never : K]: Exclude<T[K], undefined> };

/** Installs it. A collection that the asker may not see is as one that is not there: `NOT_FOUND`. */
export function collectionRoute<T extends { readonly c?: string | undefined }>(
  server: FastifyInstance,
  context: ServerContext,
  route: CollectionRoute<T>,
): void {
  const { method, url, access, tag, summary, takes, example, statusCode = 200, bodyLimit, run } = route;
  const isPost = method === 'POST';
  server.route({
    method,
    url,
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    config: {
      access,
      answers: 'json',
      description: {
        tag,
        summary,
        ...(isPost ? { body: takes } : { query: takes }),
        example: { url, ...(example === undefined ? {} : { body: example }) },
      },
    },
    handler: async (request, reply) => {
      const { c, ...rest } = takes.parse(isPost ? request.body : request.query);
      const collection = readableCollection(context, request, c);
      const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
      const answer = await run(collection, given as Given<T>, c !== undefined, whoAsks(request));
      return reply
        .code(statusCode)
        .send({ ...(method === 'GET' ? {} : { ok: true }), collection, ...answer });
    },
  });
}
