/** The few facts that we take from JSON-LD: dates, author, headline. */

export interface StructuredData {
  readonly datePublished?: string;
  readonly dateModified?: string;
  readonly author?: string;
  readonly headline?: string;
}

const MAX_DEPTH = 8;
const MAX_NODES = 2000;
const MAX_LENGTH = 300;

/** Types that describe the page; others (breadcrumbs, the organisation, comments) have dates and names of their own. */
const PAGE_TYPE =
  /(?:Article|Posting|WebPage|Page|Report|Book|Recipe|Event|Product|VideoObject|CreativeWork|Course|Dataset)$/;

/** Reads one JSON-LD script; what can't be parsed says nothing. */
export function readStructuredData(json: string): StructuredData {
  let root: unknown;
  try {
    root = JSON.parse(json.replace(/^\s*(?:<!--|\/\*<!\[CDATA\[\*\/)|(?:-->|\/\*\]\]>\*\/)\s*$/g, ''));
  } catch {
    return {};
  }
  const found: { -readonly [Key in keyof StructuredData]: string } = {};
  const queue: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let seen = 0; seen < MAX_NODES; seen++) {
    const next = queue.shift();
    if (next === undefined) break;
    const { value, depth } = next;
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) continue;
    if (!Array.isArray(value)) takeFacts(value as Record<string, unknown>, found);
    for (const child of Object.values(value)) {
      if (typeof child === 'object') queue.push({ value: child, depth: depth + 1 });
    }
  }
  return found;
}

function takeFacts(node: Record<string, unknown>, found: Record<string, string>): void {
  const types = [node['@type']].flat();
  if (!types.some((type) => typeof type === 'string' && PAGE_TYPE.test(type))) return;
  for (const name of ['datePublished', 'dateModified', 'headline']) {
    const value = node[name];
    if (typeof value === 'string' && found[name] === undefined) found[name] = value.slice(0, MAX_LENGTH);
  }
  const author = [node['author']].flat()[0];
  const name = typeof author === 'object' && author !== null ? (author as { name?: unknown }).name : author;
  if (typeof name === 'string' && found['author'] === undefined) found['author'] = name.slice(0, MAX_LENGTH);
}
