/** What a key may do: which actions, in which collections, until when, how often. Keys only ever narrow what they come from. */

/** What can be asked of the server. `search` reads answers and stored pages; the others are named by what they change. */
export const ACTIONS = ['search', 'documents', 'crawl', 'status'] as const;
export type Action = (typeof ACTIONS)[number];

export interface Grant {
  readonly actions: readonly Action[];
  /** Undefined: every collection. */
  readonly collections?: readonly string[] | undefined;
  /** After this time the key opens nothing; ms since 1970. Undefined: it does not end. */
  readonly expires_ms?: number | undefined;
  /** Requests a minute; undefined: as many as anybody. */
  readonly rate_per_min?: number | undefined;
  /** Queries that bound what can be found and read, all of them; undefined: nothing is. */
  readonly filters?: readonly string[] | undefined;
}

/** Both must allow what is allowed. */
export function narrowed(outer: Grant, inner: Partial<Grant>): Grant {
  const { actions, collections } = inner;
  return {
    actions:
      actions === undefined ? outer.actions : outer.actions.filter((action) => actions.includes(action)),
    collections: common(outer.collections, collections),
    expires_ms: least(outer.expires_ms, inner.expires_ms),
    rate_per_min: least(outer.rate_per_min, inner.rate_per_min),
    filters: both(outer.filters, inner.filters),
  };
}

/** Keys of documents and crawls alone don't open what is there to be read. */
export function mayRead(grant: Grant | undefined): boolean {
  return grant?.actions.includes('search') ?? true;
}

export function isExpired({ expires_ms }: Grant, now_ms: number): boolean {
  return expires_ms !== undefined && expires_ms <= now_ms;
}

export function allowsCollection({ collections }: Grant, name: string): boolean {
  return collections === undefined || collections.includes(name);
}

function common(
  outer: readonly string[] | undefined,
  inner: readonly string[] | undefined,
): readonly string[] | undefined {
  if (outer === undefined) return inner;
  return inner === undefined ? outer : outer.filter((name) => inner.includes(name));
}

function both(
  outer: readonly string[] | undefined,
  inner: readonly string[] | undefined,
): readonly string[] | undefined {
  return outer === undefined || inner === undefined ? (outer ?? inner) : [...outer, ...inner];
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
