/** The frame of the administration: its sections at the side, collection and session on top, a page in the middle. */

import { html, type Html, type HtmlValue } from '../html.ts';
import { brand, page, type PageFrame } from '../pages/layout.ts';

/** What every page of the administration needs to know of who looks at it. */
export interface AdminFrame {
  readonly frame: PageFrame;
  readonly collection: string;
  readonly collections: readonly string[];
  /** Brought back by every form; empty for a program that reads a page with the key. */
  readonly csrfToken: string;
  /** What was just done, or what went wrong with it. */
  readonly notice?: Notice | undefined;
}

export interface Notice {
  readonly text: string;
  readonly isBad?: boolean;
}

/** Sections in the order of the menu. A new page adds its line here, and is in the menu. */
export const ADMIN_SECTIONS = [
  ['Watch', '/admin', 'Overview'],
  ['Watch', '/admin/crawl', 'Crawl'],
  ['Watch', '/admin/records', 'Crawl records'],
  ['Watch', '/admin/jobs', 'Jobs'],
  ['Watch', '/admin/logs', 'Log'],
  ['Content', '/admin/documents', 'Documents'],
  ['Content', '/admin/rules', 'URL rules'],
  ['Content', '/admin/transfer', 'Import, export'],
  ['Content', '/admin/collections', 'Collections'],
  ['Content', '/admin/look', 'Look'],
  ['Search', '/admin/query', 'Query, why not'],
  ['Search', '/admin/lab', 'Relevance lab'],
  ['Search', '/admin/terms', 'Terms'],
  ['Search', '/admin/parse', 'Parser test'],
  ['Machine', '/admin/store', 'Store, index'],
  ['Machine', '/admin/snapshots', 'Snapshots'],
  ['Machine', '/admin/cluster', 'Hosts'],
  ['Machine', '/admin/settings', 'Settings'],
  ['Machine', '/admin/keys', 'Keys'],
  ['Machine', '/admin/audit', 'Audit'],
  ['Machine', '/admin/about', 'About'],
] as const;

export type AdminPath = (typeof ADMIN_SECTIONS)[number][1];

export interface AdminPageParts {
  readonly admin: AdminFrame;
  /** Which section of the menu this is. */
  readonly at: AdminPath;
  readonly title: string;
  /** One sentence under the title: what this page is for. */
  readonly lead?: HtmlValue;
  readonly main: HtmlValue;
  readonly head?: HtmlValue;
}

/** As browsers show it, the page's own name first. */
export function adminTitle(title: string): string {
  return `${title} · Administration - Peregrine`;
}

export function adminShell({ admin, at, title, lead, main, head }: AdminPageParts): Html {
  const { frame, notice } = admin;
  return page({
    title: adminTitle(title),
    frame,
    kind: 'admin',
    head: html`<link rel="stylesheet" href="${frame.adminStyle}" />
      <script src="${frame.liveScript}" defer></script>
      ${head}
      <meta name="robots" content="noindex" />`,
    header: html`<header class="top">
      ${brand(frame)}
      <div class="tools">${collectionChoice(admin, at)} ${signOut(admin)}</div>
    </header>`,
    main: html`<div class="desk">
      ${menu(admin, at)}
      <div class="work">
        <h1>${title}</h1>
        ${lead === undefined ? '' : html`<p class="lead">${lead}</p>`} ${frame.isReadOnly ? READ_ONLY : ''}
        ${notice === undefined ? '' : html`<p class="notice ${notice.isBad === true ? 'bad' : ''}" role="status">${notice.text}</p>`}
        ${main}
      </div>
    </div>`,
  });
}

const READ_ONLY: Html = html`<p class="notice standing">
  <b>Read-only</b>: the data directory is open for reading only. Searching, verifying and exporting go on;
  what would change something is refused.
</p>`;

/** The fields that every form of the administration carries: session token and collection. */
export function adminFields({ csrfToken, collection }: AdminFrame): Html {
  return html`<input type="hidden" name="csrf" value="${csrfToken}" /><input
      type="hidden"
      name="c"
      value="${collection}"
    />`;
}

/** Address of a page of the administration for the collection at hand. */
export function adminLink(
  { collection }: AdminFrame,
  path: string,
  more: Readonly<Record<string, string>> = {},
): string {
  return `${path}?${new URLSearchParams({ c: collection, ...more }).toString()}`;
}

function menu(admin: AdminFrame, at: AdminPath): Html {
  const groups = [...new Set(ADMIN_SECTIONS.map(([group]) => group))];
  return html`<nav class="menu" aria-label="Administration">
    ${groups.map(
      (group) =>
        html`<div>
          <h2>${group}</h2>
          <ul>
            ${ADMIN_SECTIONS.filter(([name]) => name === group).map(
              ([, path, name]) =>
                html`<li>
                  <a href="${adminLink(admin, path)}" ${path === at ? html`aria-current="page"` : ''}
                    >${name}</a
                  >
                </li>`,
            )}
          </ul>
        </div>`,
    )}
  </nav>`;
}

function collectionChoice({ collection, collections }: AdminFrame, at: AdminPath): HtmlValue {
  if (collections.length < 2) return html`<span class="quiet">Collection <b>${collection}</b></span>`;
  return html`<form class="inline" action="${at}">
    <label for="collection">Collection</label>
    <select id="collection" name="c">
      ${collections.map((name) => html`<option ${name === collection ? html`selected` : ''}>${name}</option>`)}
    </select>
    <button class="second" type="submit">Go</button>
  </form>`;
}

function signOut(admin: AdminFrame): Html {
  return html`<form method="post" action="/admin/sign-out">
    ${adminFields(admin)}<button class="plain" type="submit">Sign out</button>
  </form>`;
}
