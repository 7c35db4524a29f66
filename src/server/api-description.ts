/**
 * What the API says of itself: OpenAPI 3.1 made from the routes as they are declared and from the schemas that check
 * their requests, so that it can't say anything else than what is done.
 */

import type { FastifyInstance, RouteOptions } from 'fastify';
import { z } from 'zod';

import type { RouteAccess } from './access.ts';

export interface RouteDescription {
  /** Group in the documentation. */
  readonly tag: 'search' | 'documents' | 'crawl' | 'status' | 'keys';
  /** One sentence. */
  readonly summary: string;
  /** Schemas of the query string, the path's parameters and the body. */
  readonly query?: z.ZodType;
  readonly parameters?: z.ZodType;
  readonly body?: z.ZodType;
  /** Media types of the answer; default `application/json`. */
  readonly answers?: readonly string[];
  /** A request that works on any server with a document or two; documentation shows it and a test sends it. */
  readonly example: { readonly url: string; readonly body?: object };
}

declare module 'fastify' {
  interface FastifyContextConfig {
    description?: RouteDescription;
  }
  interface FastifyInstance {
    describedRoutes: readonly DescribedRoute[];
  }
}

export interface DescribedRoute extends RouteDescription {
  readonly method: string;
  /** With `:name` for parameters. */
  readonly url: string;
  readonly access: RouteAccess;
}

/** Collects what `server`'s routes say of themselves from now on. */
export function describedRoutes(server: FastifyInstance): readonly DescribedRoute[] {
  const routes: DescribedRoute[] = [];
  server.decorate('describedRoutes', { getter: () => routes });
  server.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
    const { description, access } = config ?? {};
    if (description === undefined || access === undefined) return;
    for (const one of [method].flat()) {
      if (one !== 'HEAD') routes.push({ ...description, method: one, url, access });
    }
  });
  return routes;
}

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI document of `routes`. */
export function openApi(
  routes: readonly DescribedRoute[],
  { version, origin }: { readonly version: string; readonly origin: string },
): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Peregrine',
      version,
      description: 'Search, documents and crawls of this server. Errors are problem details (RFC 9457).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: origin }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'The admin key or a key with the action.' },
      },
      schemas: { Problem: PROBLEM },
      responses: {
        Problem: {
          description: 'What went wrong, with a stable code and what to do.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'A sentence for a person.' },
    code: { type: 'string', description: 'Stable: programs match on it.' },
    facts: { type: 'object', description: 'File, offset, limit and the like.' },
  },
};

function operation(route: DescribedRoute): Json {
  const { method, url, access, tag, summary, query, parameters, body, answers } = route;
  const content = (answers ?? ['application/json']).map((type) => [type, { schema: {} }]);
  return {
    operationId: operationId(method, url),
    tags: [tag],
    summary,
    parameters: [...fields(parameters, 'path'), ...fields(query, 'query')],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: bodySchema(body) } } } }),
    responses: {
      '200': { description: 'Done.', content: Object.fromEntries(content) },
      default: { $ref: '#/components/responses/Problem' },
    },
    security: access === 'public' ? [{}, { key: [] }] : [{ key: [] }],
    ...(access === 'public' ? {} : { 'x-action': access }),
  };
}

/** `GET /crawl/:id` → `getCrawlById`: the name of the call in generated clients. */
export function operationId(method: string, url: string): string {
  const words = url.split('/').filter((part) => part !== '');
  const named = words.map((word) =>
    word.startsWith(':')
      ? `By${capital(word.slice(1))}`
      : word
          .split(/[^A-Za-z0-9]/)
          .map(capital)
          .join(''),
  );
  return `${method.toLowerCase()}${named.join('')}`;
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Fields of an object schema, each with its own JSON schema. */
export function schemaFields(schema: z.ZodType | undefined): readonly {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Json;
  readonly description: string;
}[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).map(([name, field]) => {
    const { description = '', ...json } = jsonSchema(field);
    return {
      name,
      required: !field.safeParse(undefined).success,
      schema: json,
      description: String(description),
    };
  });
}

function fields(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  return schemaFields(schema).map(({ name, required, schema: json, description }) => ({
    name,
    in: place,
    required: place === 'path' || required,
    // What has no description of its own is undefined, and so not in the JSON.
    description: description === '' ? undefined : description,
    schema: json,
  }));
}

function bodySchema(schema: z.ZodType): Json {
  const all = schemaFields(schema);
  return {
    type: 'object',
    required: all.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(
      all.map(({ name, schema: json, description }) => [
        name,
        description === '' ? json : { ...json, description },
      ]),
    ),
  };
}

function jsonSchema(field: z.ZodType): Json {
  const described = field.meta()?.description;
  const { $schema: _dialect, ...json } = z.toJSONSchema(core(field), { io: 'input', unrepresentable: 'any' });
  // A flag may be written in words, too (`on`, `yes`); what describes it is that it is one.
  if (Array.isArray(json.type) && json.type.includes('boolean')) json.type = 'boolean';
  return described === undefined ? json : { ...json, description: described };
}

/** The schema inside its preparations: what is checked, without what is cut off before or made of it afterwards. */
function core(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe) {
    const { in: before, out: after } = schema as unknown as { in: z.ZodType; out: z.ZodType };
    return core(before instanceof z.ZodTransform ? after : before);
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return core(schema.unwrap() as z.ZodType);
  }
  return schema;
}
