/** What every route works with: the engine, who may see which collection, and the frame of pages. */

import type { FastifyRequest } from 'fastify';

import {
  type Clock,
  type EffectiveSetting,
  type LogSink,
  PeregrineError,
  type RecentLog,
} from '../base/index.ts';
import type { CollectionName, DocumentAddress, Engine } from '../collection/index.ts';
import { toDocId } from '../base/index.ts';
import type { AccessRules } from './access.ts';
import type { AlarmDesk } from './alarms/alarm-desk.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import type { ClusterSeat } from './cluster-seat.ts';
import { allowsCollection } from './grants.ts';
import type { History } from './history.ts';
import type { OwnFiles } from './own-files.ts';
import type { FrameTheme, PageFrame } from './pages/layout.ts';
import type { SearchGate } from './search-gate.ts';
import type { ShelvedTheme, ThemeShelf } from './theme-shelf.ts';
import { chooseLocale, localeOf } from './texts/locale.ts';

export interface ServerContext {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly rules: AccessRules;
  readonly files: OwnFiles;
  readonly defaultCollection: CollectionName;
  /** Collections that everybody may search; undefined: all. */
  readonly publicCollections: readonly CollectionName[] | undefined;
  /** Where the world reaches us, e.g. `https://search.example.org`; undefined: as the request says. */
  readonly publicOrigin: string | undefined;
  readonly searches: SearchGate;
  readonly liveInterval_ms: number;
  /** What the process was like over time. */
  readonly history: History;
  readonly themes: ThemeShelf;
  readonly tasks: BackgroundTasks;
  readonly recentLog: RecentLog;
  /** What is in force, with where it comes from. */
  readonly settings: readonly EffectiveSetting[];
  /** What is wrong, and who is told of it. */
  readonly alarms: AlarmDesk;
  /** Undefined on one machine. */
  readonly cluster: ClusterSeat | undefined;
}

/** Whose eyes a collection is shown to. */
export type Asker = Pick<FastifyRequest, 'isAdmin' | 'holder'>;

/** Collections that this request may read, in the engine's order: what is public, or what its key is for. */
export function visibleCollections(
  { engine, publicCollections }: ServerContext,
  { isAdmin, holder }: Asker,
): readonly CollectionName[] {
  const all = engine.collections();
  if (isAdmin) return all;
  if (holder !== undefined) return all.filter((name) => allowsCollection(holder.grant, name));
  return publicCollections === undefined ? all : all.filter((name) => publicCollections.includes(name));
}

/** The collection that a request names, or the default. One that the asker may not see is as one that is not there. */
export function readableCollection(
  context: ServerContext,
  request: FastifyRequest,
  named: CollectionName | undefined,
): CollectionName {
  const name = named ?? context.defaultCollection;
  if (visibleCollections(context, request).includes(name)) return name;
  throw new PeregrineError('NOT_FOUND', `There is no collection "${name}".`, { collection: name });
}

export function documentAddress({
  d,
  url,
}: {
  d?: number | undefined;
  url?: string | undefined;
}): DocumentAddress {
  if (d !== undefined) return { docId: toDocId(d) };
  if (url !== undefined) return { url };
  throw new PeregrineError('BAD_ARGUMENT', 'Say which document: d=DOCID or url=URL.');
}

export function pageFrame(context: ServerContext, asker: Asker): PageFrame {
  return {
    version: context.engine.version,
    style: context.files.style.path,
    adminStyle: context.files.adminStyle.path,
    keysScript: context.files.keysScript.path,
    liveScript: context.files.liveScript.path,
    collections: visibleCollections(context, asker),
    defaultCollection: context.defaultCollection,
    isReadOnly: context.engine.isReadOnly,
    locale: localeOf('en'),
  };
}

/**
 * The frame of a page for everybody: in the language of who asks (`hl` in the address, or what the browser says), in the
 * colours of the collection that is asked. `asked`: parameters that came otherwise than in the address.
 */
export async function readerFrame(
  context: ServerContext,
  request: FastifyRequest,
  asked?: URLSearchParams,
): Promise<PageFrame> {
  const { pathname, searchParams: inAddress } = new URL(request.url, 'http://localhost');
  const searchParams = asked ?? inAddress;
  const wanted = searchParams.get('hl') ?? undefined;
  const locale = chooseLocale(wanted, request.headers['accept-language']);
  const frame = pageFrame(context, request);
  const named = searchParams.get('c') ?? context.defaultCollection;
  const shelved = frame.collections.includes(named) ? await context.themes.of(named) : undefined;
  return {
    ...frame,
    ...(shelved === undefined ? {} : { theme: frameTheme(named, shelved) }),
    locale,
    isLanguageChosen: locale.name === wanted,
    inLanguage: (name) => {
      const parameters = new URLSearchParams(searchParams);
      parameters.set('hl', name);
      return `${pathname}?${parameters.toString()}`;
    },
  };
}

function frameTheme(collection: CollectionName, { theme, version }: ShelvedTheme): FrameTheme {
  const at = new URLSearchParams({ c: collection, v: version }).toString();
  return {
    name: theme.name,
    style: `/theme/style.css?${at}`,
    logo: theme.logo === '' ? undefined : `/theme/logo?${at}`,
  };
}

/** What bounds the searches of this request: filters that its key carries, which it can neither see nor lift, and the one it asks for. */
export function filtersOf(
  { isAdmin, holder }: Asker,
  asked?: string,
): { readonly filter?: readonly string[] } {
  const filters = [
    ...(isAdmin ? [] : (holder?.grant.filters ?? [])),
    ...(asked === undefined ? [] : [asked]),
  ];
  return filters.length === 0 ? {} : { filter: filters };
}

/** `NOT_FOUND` for a document outside of what the asker's key can find. */
export async function assertWithin(
  { engine }: ServerContext,
  asker: Asker,
  collection: CollectionName,
  url: string,
): Promise<void> {
  const { filter } = filtersOf(asker);
  if (filter === undefined) return;
  const query = `url:"${url.replaceAll('"', '%22')}"`;
  const { matches } = await engine.search(collection, { query, filter, count: 1 });
  if (matches === 0) throw new PeregrineError('NOT_FOUND', 'This document is not stored here (any more).');
}

/** `FORBIDDEN` for keys that may see a part only: the answer would tell of the rest. */
export function refuseBounded(asker: Asker): void {
  if (filtersOf(asker).filter === undefined) return;
  throw new PeregrineError('FORBIDDEN', 'A key with a filter may search and read, no more.');
}

/** Administrators, and keys with the action `status`. */
export function maySeeAll({ isAdmin, holder }: Asker): boolean {
  return isAdmin || (holder?.grant.actions.includes('status') ?? false);
}

/** A page that is made without a request: for somebody without a key. */
export const STRANGER: Asker = { isAdmin: false, holder: undefined };

/** Where we are reached, for addresses that must be whole. */
export function originOf(context: ServerContext, request: FastifyRequest): string {
  if (context.publicOrigin !== undefined) return context.publicOrigin;
  const claimed = `http://${request.host}`;
  return URL.canParse(claimed) ? new URL(claimed).origin : 'http://localhost';
}
