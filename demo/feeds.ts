/** What the site tells machines about itself: robots.txt, a sitemap that lists only a part, and an Atom feed. */

import { SITE_AUTHOR, SITE_NAME, escapeHtml } from './template.ts';
import type { Page, Site } from './site-pages.ts';

/** Page that no other page links to: only who reads the sitemap finds it. */
export const SITEMAP_ONLY_PATH = '/museum/only-in-the-sitemap';
/** Sections that the sitemap lists; the rest is found by links. */
const SITEMAP_SECTIONS: ReadonlySet<string> = new Set(['', 'crawling', 'indexing', 'ranking']);
const FEED_ENTRIES = 12;

export function renderRobots(origin: string): string {
  return `# Everybody is welcome, at any decent pace, but for the staff's own rooms.
User-agent: *
Disallow: /private/
Allow: /private/open-house

Sitemap: ${origin}/sitemap.xml
`;
}

export function renderSitemap(site: Site, origin: string): string {
  const pages = listed(site).filter(({ section }) => SITEMAP_SECTIONS.has(section));
  const hidden = site.pages.get(SITEMAP_ONLY_PATH);
  const all = hidden === undefined ? pages : [...pages, hidden];
  return `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${all
  .map((page) => `<url><loc>${origin}${page.path}</loc><lastmod>${page.updated}</lastmod></url>`)
  .join('\n')}
</urlset>
`;
}

export function renderFeed(site: Site, origin: string): string {
  const newest = [...listed(site)]
    .sort((a, b) => (a.published < b.published ? 1 : -1))
    .slice(0, FEED_ENTRIES);
  return `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>${origin}/</id>
<title>${SITE_NAME}: new pages</title>
<updated>${newest[0]?.published ?? '1970-01-01'}T09:00:00Z</updated>
<author><name>${SITE_AUTHOR}</name></author>
<link rel="self" href="${origin}/feed.xml"/>
<link rel="alternate" type="text/html" href="${origin}/"/>
${newest.map((page) => renderEntry(page, origin)).join('\n')}
</feed>
`;
}

function renderEntry(page: Page, origin: string): string {
  return `<entry xml:lang="${page.language}">
<id>${origin}${page.path}</id>
<title>${escapeHtml(page.title)}</title>
<link rel="alternate" type="text/html" href="${origin}${page.path}"/>
<published>${page.published}T09:00:00Z</published>
<updated>${page.updated}T09:00:00Z</updated>
<summary>${escapeHtml(page.description)}</summary>
</entry>`;
}

function listed(site: Site): readonly Page[] {
  return [...site.pages.values()].filter((page) => page.order > 0 || page.path === '/');
}
