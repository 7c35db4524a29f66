/** The frame around each page: head, menu, section list, byline and footer, as a site of this kind has them. */

import type { Page, Site } from './site-pages.ts';

export const SITE_NAME = 'Behind the Search Box';
export const SITE_AUTHOR = 'The Peregrine authors';

/** Name of each section in the menu, in its order. */
const SECTIONS: readonly (readonly [section: string, name: string])[] = [
  ['history', 'History'],
  ['crawling', 'Crawling'],
  ['documents', 'Documents'],
  ['indexing', 'Indexing'],
  ['ranking', 'Ranking'],
  ['queries', 'Queries'],
  ['systems', 'Systems'],
  ['recipes', 'Recipes'],
];

const LANGUAGES: readonly (readonly [code: string, name: string])[] = [
  ['de', 'Deutsch'],
  ['fr', 'Français'],
  ['es', 'Español'],
  ['ja', '日本語'],
  ['zh', '中文'],
  ['ru', 'Русский'],
  ['ar', 'العربية'],
];

export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** Pages of a section in the order of its menu. */
export function sectionPages(site: Site, section: string): readonly Page[] {
  return [...site.pages.values()]
    .filter((page) => page.section === section && page.order > 0)
    .sort((a, b) => a.order - b.order);
}

/** The whole page as text. `origin` (`http://127.0.0.1:8000`) goes into the few links that must be absolute. */
export function renderPage(page: Page, site: Site, origin: string): string {
  if (page.isRaw) return page.body.replaceAll('{{NUL}}', '\0').replaceAll('{{origin}}', origin);
  return `<!doctype html>
<html lang="${page.language}" dir="${directionOf(page.language)}">
<head>
${renderHead(page, page.canonical, origin)}
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/images/icon.svg" type="image/svg+xml">
<link rel="alternate" type="application/atom+xml" title="${SITE_NAME}" href="/feed.xml">
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header class="site-header" lang="en" dir="ltr">
<a class="brand" href="/">${SITE_NAME}</a>
<nav class="menu" aria-label="Main menu"><ul>${SECTIONS.map(
    ([section, name]) =>
      `<li><a href="/${section}/"${section === page.section ? ' aria-current="true"' : ''}>${name}</a></li>`,
  ).join('')}<li><a href="/glossary">Glossary</a></li></ul></nav>
</header>
<div class="columns">
<main id="content">
<article>
<h1>${escapeHtml(page.title)}</h1>
${renderByline(page)}
${page.body.trim()}
</article>
</main>
${renderSectionMenu(page, site)}
</div>
<footer class="site-footer" lang="en" dir="ltr">
<ul class="languages">${LANGUAGES.map(
    ([code, name]) => `<li><a href="/${code}/" lang="${code}" hreflang="${code}">${name}</a></li>`,
  ).join('')}</ul>
<p><a href="/about">About this site</a> · <a href="/museum/">Museum of awkward pages</a> · <a href="/feed.xml">Feed</a> · <a href="/downloads/field-guide.pdf">Field guide (PDF)</a> · <a href="/private/staff-room">Staff room</a></p>
<p class="small">Text and drawings by ${SITE_AUTHOR}. No cookies, no tracking, no newsletter.</p>
</footer>
</body>
</html>
`;
}

/** The article alone, for paper. Names the page that it was made from as canonical. */
export function renderPrintVersion(page: Page, origin: string): string {
  return `<!doctype html>
<html lang="${page.language}" dir="${directionOf(page.language)}">
<head>
${renderHead(page, page.path, origin)}
</head>
<body>
<h1>${escapeHtml(page.title)}</h1>
<p>${SITE_NAME}, printed from <a href="${page.path}">${escapeHtml(origin + page.path)}</a></p>
${page.body.trim()}
</body>
</html>
`;
}

function renderHead(page: Page, canonical: string, origin: string): string {
  const title = page.path === '/' ? page.title : `${page.title} · ${SITE_NAME}`;
  const lines = [
    page.claimedCharset === '' ? '' : `<meta charset="${page.claimedCharset}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<meta name="description" content="${escapeHtml(page.description)}">`,
    `<meta name="author" content="${SITE_AUTHOR}">`,
    page.robots === '' ? '' : `<meta name="robots" content="${page.robots}">`,
    `<meta property="og:site_name" content="${SITE_NAME}">`,
    `<meta property="og:title" content="${escapeHtml(page.title)}">`,
    '<meta property="og:type" content="article">',
    `<meta property="article:published_time" content="${page.published}T09:00:00Z">`,
    `<meta property="article:modified_time" content="${page.updated}T09:00:00Z">`,
    canonical === '' ? '' : `<link rel="canonical" href="${origin}${canonical}">`,
    page.schema === '' ? '' : renderSchema(page),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

function renderSchema(page: Page): string {
  const data = {
    '@context': 'https://schema.org',
    '@type': page.schema,
    headline: page.title,
    description: page.description,
    inLanguage: page.language,
    datePublished: page.published,
    dateModified: page.updated,
    author: { '@type': 'Organization', name: SITE_AUTHOR },
  };
  return `<script type="application/ld+json">${JSON.stringify(data).replaceAll('<', String.raw`\u003c`)}</script>`;
}

function renderByline(page: Page): string {
  if (page.path === '/') return '';
  const changed =
    page.updated === page.published ? '' : ` · <time datetime="${page.updated}">${page.updated}</time>`;
  const print = page.isPrintable ? ` · <a rel="alternate" href="/print${page.path}">Print version</a>` : '';
  return `<p class="byline"><time datetime="${page.published}">${page.published}</time>${changed}${print}</p>`;
}

function renderSectionMenu(page: Page, site: Site): string {
  const pages = sectionPages(site, page.section);
  if (pages.length < 2) return '';
  const items = pages.map((other) =>
    other === page
      ? `<li aria-current="page">${escapeHtml(other.title)}</li>`
      : `<li><a href="${other.path}">${escapeHtml(other.title)}</a></li>`,
  );
  return `<aside class="section-menu"><p>In this section</p><ul>${items.join('')}</ul></aside>`;
}

function directionOf(language: string): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}
