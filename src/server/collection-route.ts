/**
 * JSON routes as data: what they take, what they do, what they say of themselves. The rest is the same for all; those
 * about a collection find it, too.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';

import type { CollectionName } from '../collection/index.ts';
import type { RouteAccess } from './access.ts';
import type { RouteDescription } from './api-description.ts';
import { whoAsks } from './audit.ts';
import { readableCollection, type ServerContext } from './server-context.ts';

interface RouteParts<T> {
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
}

export interface JsonRoute<T> extends RouteParts<T> {
  /** What is answered; of a change beside `ok`. */
  readonly run: (given: T, request: FastifyRequest) => Promise<object>;
}

export interface CollectionRoute<T extends { readonly c?: string | undefined }> extends RouteParts<T> {
  /** What is answered beside the collection's name; fields that were not given are absent. */
  readonly run: (collection: CollectionName, given: Given<T>, asked: Asked) => Promise<object>;
}

export interface Asked {
  /** The request names the collection. */
  readonly isNamed: boolean;
  /** As the audit trail says it. */
  readonly who: string;
}

/** Without the collection, and without what is undefined. */
export type Given<T> = { readonly [K in keyof T as K extends 'c' ? never : K]: Exclude<T[K], undefined> };

export function jsonRoute<T>(server: FastifyInstance, route: JsonRoute<T>): void {
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
      const given = takes.parse(isPost ? (request.body ?? {}) : request.query);
      const answer = await run(given, request);
      return reply.code(statusCode).send({ ...(method === 'GET' ? {} : { ok: true }), ...answer });
    },
  });
}

/** Installs it. A collection that the asker may not see is as one that is not there: `NOT_FOUND`. */
export function collectionRoute<T extends { readonly c?: string | undefined }>(
  server: FastifyInstance,
  context: ServerContext,
  { run, ...route }: CollectionRoute<T>,
): void {
  jsonRoute(server, {
    ...route,
    run: async ({ c, ...rest }, request) => {
      const collection = readableCollection(context, request, c);
      const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
      const asked = { isNamed: c !== undefined, who: whoAsks(request) };
      return { collection, ...(await run(collection, given as Given<T>, asked)) };
    },
  });
}
