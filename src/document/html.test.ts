import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import type { Section } from './document.ts';
import { readHtml } from './html.ts';
import { relatedPages } from './related-pages.ts';
import { threadCpu_ms } from '../../testing/thread-cpu.ts';

const NOW_MS = Date.parse('2024-06-01');
const PAGE_URL = 'https://www.example.org/dir/page.html';
const read = (markup: string): ReturnType<typeof readHtml> => readHtml(markup, PAGE_URL, NOW_MS);
const shown = (sections: readonly Section[]): string[] =>
  sections.map(({ kind, level, text }) => `${kind}${level || ''}: ${text}`);

describe('reading HTML', () => {
  test('finds sections in reading order, each with its kind', () => {
    const { sections } = read(`<h1>Top</h1><p>One<p>Two<ul><li>a<li>b</ul><blockquote>said</blockquote>
      <pre>\n  x = 1\n  y</pre><table><caption>Cap<tr><th>k<th>v<tr><td>1<td>2</table><h2>Next</h2>Loose text<br>goes on`);
    assert.deepEqual(shown(sections), [
      'heading1: Top',
      'text: One\nTwo',
      'list: a\nb',
      'quote: said',
      'code:   x = 1\n  y',
      'caption: Cap',
      'table: k\tv\n1\t2',
      'heading2: Next',
      'text: Loose text goes on',
    ]);
  });

  test('gives each section the nearest id before it', () => {
    const { sections } = read(
      '<p>zero<h2 id=a>A<a href=#a>¶</a></h2><p>x<h2><a name=b></a>B</h2><p>y<a id=fn1 href=#n>1</a>',
    );
    assert.deepEqual(
      sections.map(({ text, anchor }) => `${text}#${anchor}`),
      ['zero#', 'A#a', 'x#a', 'B#b', 'y1#b'],
    );
  });

  test('passes over what nobody sees', () => {
    const { sections } =
      read(`<p>seen</p><script>no()</script><style>p{}</style><template>no</template><p hidden>no
      <p style="color:red; Display : None">no<p>and<span style="visibility:hidden">no <span>no</span></span> this
      <div hidden><p>no <b>no</b><div>no</div></div><svg><title>no</title><text>no</text></svg><textarea>no</textarea>
      <ruby>漢<rt>no</rt></ruby>`);
    assert.deepEqual(shown(sections), ['text: seen\nand this\n漢']);
  });

  test('lets a hidden element end with what is around it', () => {
    assert.deepEqual(shown(read('<section><div hidden>no</section><p>yes').sections), ['text: yes']);
    assert.deepEqual(shown(read('<ul><li hidden>no<li>yes</ul>').sections), ['list: yes']);
  });

  test('tells menus from the text', () => {
    const { sections, links } =
      read(`<header><a href=/>Home</a><h1>Name</h1></header><nav><a href=/n>N</a></nav>
      <div class="site-sidebar">side</div><div role=navigation>roles</div><div class=content>The text has
      <a href=/t>one link</a> only.</div><ul><li><a href=/1>one</a><li><a href=/2>two</a><li><a href=/3>three</a><li>
      <a href=/4>four</a></ul><footer>foot</footer>`);
    assert.deepEqual(shown(sections), [
      'menu: Home',
      'heading1: Name',
      'menu: N\nside\nroles',
      'text: The text has one link only.',
      'menu: one\ntwo\nthree\nfour\nfoot',
    ]);
    assert.deepEqual(
      links.filter(({ inMenu }) => !inMenu).map(({ url }) => url),
      ['https://www.example.org/t'],
    );
  });

  test('believes a long main element', () => {
    const { sections } = read(`<p>outside<main><p>${'word '.repeat(60)}</main><p>after`);
    assert.deepEqual(
      sections.map(({ kind }) => kind),
      ['menu', 'text', 'menu'],
    );
  });

  test('resolves links and drops what leads nowhere', () => {
    const { links } = read(`<base href="/base/"><a href="x?a=1&amp;b=2#f">X <b>y</b></a><a href="#top">t</a>
      <a href="mailto:a@b">m</a><a href="javascript:0">j</a><a href="//other.org/">O</a><a href="http://[bad">b</a>
      <a rel="external UGC" href=y><img alt="Picture"></a><a href=y>Y</a><a href=y>Y</a><map><area href=m alt=Map><p>no</map>
      <iframe src=f title=Frame><a href=no>no</a></iframe><iframe src=about:blank></iframe><iframe srcdoc="<a href=no>"></iframe>`);
    assert.deepEqual(
      links.map(({ url, text, nofollow }) => `${url} ${text}${nofollow ? ' nofollow' : ''}`),
      [
        'https://www.example.org/base/x?a=1&b=2 X y',
        'https://www.example.org/base/ t',
        'https://other.org/ O',
        'https://www.example.org/base/y Picture nofollow',
        'https://www.example.org/base/y Y',
        'https://www.example.org/base/m Map',
        'https://www.example.org/base/f Frame',
      ],
    );
  });

  test('reads what the page says of itself', () => {
    const page =
      read(`<html lang="de-AT"><head><title>A &amp;\n B</title><meta name="Description" content="D">
      <meta property="og:site_name" content="S"><meta name=robots content="noarchive"><meta name=peregrine content=nofollow>
      <meta name=googlebot content=noindex><link rel="canonical" href="/c#x"><meta http-equiv=Refresh content="0;URL='n'">
      <script type="application/ld+json">{"@graph":[{"@type":"BreadcrumbList","headline":"no"},
      {"@type":["NewsArticle"],"dateModified":"2024-02-03T04:05:06Z","datePublished":"2020-01-01","author":[{"name":"Ann"}]}]}
      </script><script type="application/ld+json">{broken</script><svg><title>no</title></svg><title>no</title>`);
    assert.equal(page.title, 'A & B');
    assert.equal(page.description, 'D');
    assert.equal(page.siteName, 'S');
    assert.equal(page.author, 'Ann');
    assert.equal(page.declaredLanguage, 'de-AT');
    assert.equal(page.canonical, 'https://www.example.org/c');
    assert.equal(page.refreshTo, 'https://www.example.org/dir/n');
    assert.equal(page.published_ms, Date.parse('2024-02-03T04:05:06Z'));
    assert.deepEqual(page.robots, { noindex: false, nofollow: true, nosnippet: false, noarchive: true });
    assert.equal(page.meta['og:site_name'], 'S');
  });

  test('takes a late refresh for a reload and a title from elsewhere where there is none', () => {
    const page = read('<meta http-equiv=refresh content="300;url=/n"><meta property=og:title content=T><p>x');
    assert.equal(page.refreshTo, '');
    assert.equal(page.title, 'T');
    assert.equal(read('<time datetime="2024-01-02">then</time>').published_ms, Date.parse('2024-01-02'));
  });

  test('notes what must not be quoted', () => {
    const { sections } = read(
      '<p>a <span data-nosnippet>b <span>c</span> d</span> e<div data-nosnippet><p>f</div>g',
    );
    assert.deepEqual(
      sections.map(({ text, noSnippet }) => `${text}${noSnippet === true ? '!' : ''}`),
      ['a', 'b c d!', 'e', 'f!', 'g'],
    );
  });

  test('bounds what a page can make of it', () => {
    const many = read(
      '<a href=x>y</a>'.replace('x', '/').repeat(1) +
        Array.from({ length: 25_000 }, (_, i) => `<a href=/${i}>l</a>`).join(''),
    );
    assert.equal(many.links.length, 20_000);
    assert.equal(many.warnings.length, 1);
    const metas = Array.from({ length: 500 }, (_, i) => `<meta name=m${i} content=${'v'.repeat(2000)}>`).join(
      '',
    );
    const { meta } = read(metas);
    assert.equal(Object.keys(meta).length, 64);
    assert.ok(Object.values(meta).every((value) => value.length <= 1000));
    const sections = read(
      Array.from({ length: 9000 }, (_, i) => `<h2 id=a${i}>h${i}</h2><p>t`).join(''),
    ).sections;
    assert.ok(sections.length <= 4001);
  });

  test('takes time in proportion to the page, however it is made', () => {
    const hostile = [
      '<div>'.repeat(100_000),
      `${'<div>'.repeat(50_000)}${'</span>'.repeat(50_000)}`,
      `${'<div>'.repeat(50_000)}${'</section>'.repeat(100_000)}`,
      `${'<b>'.repeat(50_000)}${'</i>'.repeat(50_000)}`,
      `<p ${'a=b '.repeat(100_000)}>x`,
      `<p class="${'menu '.repeat(100_000)}">x`,
      `<div class="${'main-'.repeat(7)}x${' site-nav-x'.repeat(20)}">x`.repeat(2000),
      `<a href="${'x'.repeat(500_000)}">x</a>`,
      '<table><tr><td>'.repeat(20_000),
      `<div hidden>${'<x>'.repeat(100_000)}`,
      '<!--'.repeat(50_000),
      '&amp'.repeat(100_000),
      `<svg>${'<style>'.repeat(50_000)}`,
      '<'.repeat(200_000),
      '<a>'.repeat(100_000),
    ];
    for (const page of hostile) {
      const cpu_ms = threadCpu_ms(() => read(page));
      assert.ok(cpu_ms < 2000, `${cpu_ms.toFixed(0)} ms for ${page.slice(0, 20)}`);
    }
  });

  test('sees the same text and links as a browser would, in broken pages', () => {
    for (const snippet of BROKEN) {
      const oracle = browserView(snippet);
      const { sections, links } = read(snippet);
      const text = sections.map((section) => section.text).join(' ');
      assert.equal(words(text), words(oracle.text), snippet);
      assert.deepEqual(new Set(links.map(({ url }) => url)), oracle.links, snippet);
    }
  });

  test('knows its icon, lead image, neighbours and the page in other languages', () => {
    const { meta } = readHtml(
      `<link rel="shortcut icon" href="/i.ico"><link rel="next" href="?p=2"><link rel=alternate hreflang=de-AT href="/de">
      <link rel=alternate hreflang=nonsense! href="/x"><meta property="og:image" content="lead.jpg">`,
      'https://example.org/a/',
      0,
    );
    assert.equal(meta['icon'], 'https://example.org/i.ico');
    assert.equal(meta['next'], 'https://example.org/a/?p=2');
    assert.equal(meta['alternate.de-at'], 'https://example.org/de');
    assert.equal(meta['alternate.nonsense!'], undefined);
    const fed = readHtml(
      `<link rel="alternate" type="application/rss+xml" href="/feed"><link rel=alternate hreflang=fr href="/fr">
       <link rel=next href="?p=3"><meta name=prev content="words">`,
      'https://example.org/',
      0,
    ).meta;
    assert.deepEqual(relatedPages(fed), {
      alternates: ['https://example.org/fr'],
      series: ['https://example.org/?p=3'],
      feed: 'https://example.org/feed',
    });
    assert.equal(meta['image'], 'https://example.org/a/lead.jpg');
  });

  test('takes the properties of microdata that stand in attributes, outside of menus, the first of a name', () => {
    const { meta, published_ms } = readHtml(
      `<body><nav><span itemprop=price content=9></span></nav><main itemscope><h1>Kettle</h1>
      <span itemprop=price content="12.50">12 dollars</span><span itemprop=price content=99></span>
      <time itemprop=datePublished datetime=2024-05-06>in May</time><b itemprop=robots content=noindex>x</b></main>`,
      'https://example.org/',
      Date.UTC(2025, 0, 1),
    );
    assert.deepEqual(meta, { price: '12.50', datepublished: '2024-05-06' });
    assert.equal(published_ms, Date.UTC(2024, 4, 6));
  });

  test('takes the properties of microdata that stand in the text, where they are short and mean something alone', () => {
    const { author, meta, sections } = readHtml(
      `<body><div itemprop=breadcrumb hidden><div>Home</div></div><article itemscope><h1 itemprop=name>Kettle</h1>
      <p>By <span itemprop=author itemscope>Ann <span itemprop=name>Lee<script>x</script></span></span>, <b itemprop=brand>Bo</b>
      <p itemprop=description>It boils.<p itemprop=review>${'Long. '.repeat(80)}<i itemprop=price>12.50</i></article>`,
      'https://example.org/',
      Date.UTC(2025, 0, 1),
    );
    assert.equal(author, 'Ann Lee');
    assert.deepEqual(meta, { author: 'Ann Lee', brand: 'Bo', price: '12.50' });
    assert.ok(sections.some(({ text }) => text.includes('By Ann Lee, Bo')));
  });
});

const BROKEN = [
  '<p>a<p>b</p>c',
  '<div>a<p>b</div>c',
  '<a href=/1>one<a href=/2>two</a>',
  '<ul><li>a<li>b<ul><li>c</ul>d</ul>',
  '<b>bold<p>para</b>rest',
  '<table><tr><td>a<td>b<tr><td>c</table>d',
  'x &notit; y &amp y &#x41; &#0; &euro;',
  '<script>var a = "</p>";</script>after',
  '<script><!-- "</script>">after',
  '<title>T</title>body &lt;p&gt;',
  '<p title="a > b">quoted',
  "<p title='a\">b' class=x>q2",
  '<p a=b/c=d>e',
  '<br/>a<br></br>b',
  '</p>x</div>y',
  '<!-- a -- b -->c',
  '<!-->d',
  '<! bogus >e',
  '<?php echo ?>f',
  '<p>a<![CDATA[no]]>b',
  '<svg><text>in</text></svg>out'.replace('in', ''),
  '<select><option>a<option>b</select>c'.replace('a<option>b', ''),
  '<h1>a<h2>b</h1>c',
  '<dl><dt>a<dd>b<dt>c</dl>',
  '<div><span>a</div>b</span>c',
  '<a href="/x"><div>block</div></a>tail',
  '<P>UPPER<BR>case</P>',
  'a<wbr>b',
  '<style>p { content: "</p>" }</style>z',
  '<noembed><p>no</noembed>yes',
  '<textarea><p>no</textarea>yes',
  '<p>unclosed <a href=/u>link',
  '<img alt=">" src=x>img',
  'a < b and c > d',
  '<div/>selfclosed',
  '<body><body class=x>twice',
];

/** Text and links of a page as the HTML standard's own algorithm builds it. */
function browserView(markup: string): { text: string; links: Set<string> } {
  const links = new Set<string>();
  let text = '';
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('value' in node) text += node.value;
    if (!('childNodes' in node)) return;
    if ('tagName' in node) {
      if (/^(?:script|style|template|title|textarea|noembed|select|svg)$/.test(node.tagName)) return;
      const href = node.attrs.find(({ name }) => name === 'href')?.value;
      if (node.tagName === 'a' && href !== undefined) links.add(new URL(href, PAGE_URL).href);
      if (!/^(?:a|b|i|span|wbr)$/.test(node.tagName)) text += ' ';
    }
    node.childNodes.forEach(visit);
    if ('tagName' in node && !/^(?:a|b|i|span|wbr)$/.test(node.tagName)) text += ' ';
  };
  visit(parse(markup));
  return { text, links };
}

function words(text: string): string {
  return text.replaceAll('\ufffd', '').replaceAll(/\s+/g, ' ').trim();
}
