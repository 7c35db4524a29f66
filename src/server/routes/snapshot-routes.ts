/** Snapshots over HTTP: taken, listed, brought back, planned; and the tasks that do it. Paths are the server's own. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { collectionRoute, jsonRoute } from '../collection-route.ts';
import { collectionParameter } from '../request-schemas.ts';
import { readableCollection, type ServerContext } from '../server-context.ts';
import { planOf, restoreInBackground, setPlan, snapshotsAt, takeInBackground } from '../snapshot-desk.ts';

const HOUR_MS = 3_600_000;
const EXAMPLE_PLACE = '/var/backups/peregrine';

/** A folder of this machine or a bucket; never a path that depends on where the server was started. */
export const snapshotPlace: z.ZodType<string> = z
  .string('must be a folder on the server, or s3://bucket/prefix')
  .trim()
  .max(4_096)
  .regex(/^(?:\/|s3:\/\/[^/])/i, 'must be a whole path, from /, or s3://bucket/prefix');

export const keptSnapshots: z.ZodType<number> = z.coerce
  .number('must be a number')
  .pipe(z.int().min(1).max(100_000));

interface TakeBody {
  readonly place: string;
  readonly c?: string | undefined;
  readonly keep?: number | undefined;
  readonly verify?: boolean | undefined;
}

const takeBody: z.ZodType<TakeBody> = z.object({
  place: snapshotPlace.describe('A folder of the server, or s3://bucket/prefix.'),
  c: z.string().max(64).optional().describe('The documents of this collection alone; else everything.'),
  keep: keptSnapshots.optional().describe('Keep so many of this kind; older ones go.'),
  verify: z.boolean().optional().describe('Fetch it back and open it; default true.'),
});

const restoreBody: z.ZodType<{
  readonly place: string;
  readonly id?: string | undefined;
  readonly c?: string | undefined;
}> = z.object({
  place: snapshotPlace,
  id: z.string().min(1).max(200).optional().describe('As the list names it; default: the latest.'),
  c: z.string().max(64).optional(),
});

const planBody: z.ZodType<{
  readonly place: string;
  readonly every_h: number;
  readonly keep: number;
}> = z.object({
  place: snapshotPlace,
  every_h: z.number().min(0.1).max(8_760).default(24).describe('Hours between two.'),
  keep: keptSnapshots.default(7).describe('How many stay.'),
});

const listQuery: z.ZodType<{ readonly place?: string | undefined }> = z.object({
  place: snapshotPlace.optional().describe('Default: the one of the schedule.'),
});

export function installSnapshotRoutes(server: FastifyInstance, context: ServerContext): void {
  // Who names a folder of the server reads and writes what the server may.
  const common = { access: 'admin', tag: 'status' } as const;

  jsonRoute(server, {
    ...common,
    method: 'GET',
    url: '/snapshots',
    summary: 'Snapshots that lie at a place, the latest first, and the schedule.',
    takes: listQuery,
    run: async (given) => {
      const schedule = await planOf(context);
      const place = given.place ?? schedule?.place;
      const snapshots = place === undefined ? [] : await snapshotsAt(place);
      return { place: place ?? null, schedule: schedule ?? null, snapshots };
    },
  });

  jsonRoute(server, {
    ...common,
    method: 'POST',
    url: '/snapshots',
    summary: 'Take a snapshot. Answers at once; GET /tasks tells how far it is.',
    takes: takeBody,
    example: { place: EXAMPLE_PLACE, keep: 7 },
    statusCode: 202,
    run: async ({ place, c, keep, verify }, request) => {
      const collection = c === undefined ? undefined : readableCollection(context, request, c);
      return { task: takeInBackground(context, { place, collection, keep, isVerified: verify }) };
    },
  });

  collectionRoute(server, context, {
    ...common,
    method: 'POST',
    url: '/snapshots/restore',
    summary:
      'Bring the documents of a collection’s snapshot back; what is there and newer stays. A snapshot of everything is restored into a directory of its own, by command.',
    takes: restoreBody,
    example: { place: EXAMPLE_PLACE, c: 'main' },
    statusCode: 202,
    run: async (collection, { place, id }) => ({
      task: restoreInBackground(context, { place, id, collection }),
    }),
  });

  jsonRoute(server, {
    ...common,
    method: 'POST',
    url: '/snapshots/schedule',
    summary: 'Have snapshots of everything taken by themselves, while the server runs.',
    takes: planBody,
    example: { place: EXAMPLE_PLACE, every_h: 24, keep: 7 },
    run: async ({ place, every_h, keep }) => {
      await setPlan(context, { place, every_ms: Math.round(every_h * HOUR_MS), keep });
      return { schedule: await planOf(context) };
    },
  });

  jsonRoute(server, {
    ...common,
    method: 'DELETE',
    url: '/snapshots/schedule',
    summary: 'Take no more snapshots by themselves; those that were taken stay.',
    takes: z.object({}),
    run: async () => {
      await setPlan(context, undefined);
      return {};
    },
  });

  jsonRoute(server, {
    ...common,
    method: 'GET',
    url: '/tasks',
    summary: 'What runs in the background or has ended since the server began, the latest first.',
    takes: collectionParameter,
    run: async () => ({ tasks: context.tasks.list() }),
  });
}
