/** Documents gone wrong: from good ones and from the files of the suites, cut, changed and mixed at random, from a seed. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, isPeregrineError, type Random, seededRandom } from '../../src/base/index.ts';
import type { BuiltDocument, DocumentSource } from '../../src/document/index.ts';
import {
  makeDocx,
  makeEpub,
  makeOpenDocument,
  makePptx,
  makeXlsx,
  makeZip,
} from '../../src/document/office.fixture.ts';
import { MESSAGE } from '../../src/document/mail.fixture.ts';
import { RICH_TEXT_BODY } from '../../src/document/rich-text.fixture.ts';
import { makePdf } from '../../src/document/pdf.fixture.ts';
import { makeTar } from '../../src/document/tar.fixture.ts';
import { ZipArchive } from '../../src/document/zip-archive.ts';
import { sharedData } from '../../testing/shared-data.ts';

/** Bytes of a file that take part: mutants are many, so they are short. */
const MAX_SEED_BYTES = 8_192;
const MAX_CHANGES = 24;
/** CPU time of one document, ms. */
export const MAX_CPU_MS = 1000;

interface Original {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** What opens, ends and nests things in the formats that we read. */
const NASTY = [
  '<',
  '>',
  '</',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<script>',
  '</script>',
  '<svg><desc>',
  '<table><tr><td>',
  '<template>',
  '<frameset>',
  '<plaintext>',
  '&#x110000;',
  '&#0;',
  '"',
  "'",
  '{',
  '[[[[',
  '\\ud800',
  '\0',
  '\xff\xfe',
  '\xef\xbb\xbf',
  '%PDF-',
  'endobj',
  'stream\n',
  'PK\x03\x04',
  'PK\x05\x06',
  '<?xml version="1.0" encoding="utf-16"?>',
  '<!DOCTYPE x [<!ENTITY a "&a;&a;">]>',
  '\x1b$B',
  '~{',
  '{\\*\\pict',
  '\\bin999999',
  '\r\n--outer\r\n',
  '=?utf-8?B?',
  '\u202e',
  'a\u0301'.repeat(50),
].map((text) => Buffer.from(text, 'latin1'));

const PAGE = `<!doctype html><html lang=en><head><meta charset=utf-8><title>A page</title>
<link rel=canonical href=/a><meta name=robots content="index"><script type="application/ld+json">{"@type":"Article",
"datePublished":"2024-01-02"}</script></head><body><nav><a href=/1>one</a></nav><main><h1 id=t>Title</h1><p>Text with
<a href="b.html">a link</a>, &eacute;&amp;&#x4e2d;, <b>bold</b>.<table><caption>c<tr><td>1<td>2</table><pre>code</pre>
<ul><li>i<li>j</ul></main><footer>foot</footer>`;

function own(name: string, contentType: string, content: string | Uint8Array): Original {
  return { name, contentType, bytes: Buffer.from(content as string) };
}

/** Originals of our own, and files of the suites where they are at hand. */
export function originals(): readonly Original[] {
  return [
    own('page.html', 'text/html', PAGE),
    own('note.md', 'text/markdown', '# Title\n\nText [link](a.md)\n\n- item\n\n```js\ncode\n```\n> quote'),
    own('note.rtf', 'application/rtf', `{\\rtf1\\ansi${RICH_TEXT_BODY}}`),
    own('a.eml', 'message/rfc822', MESSAGE),
    own('data.json', 'application/json', '{"title":"T","list":[1,2,{"url":"https://a.org/"}],"x":"é"}'),
    own('lines.ndjson', 'application/json', '{"a":1}\n{"a":"two"}\n'),
    own(
      'feed.xml',
      'application/rss+xml',
      '<?xml version="1.0"?><rss><channel><title>F</title><item><title>I</title><link>https://a.org/1</link><description>&lt;p&gt;x</description></item></channel></rss>',
    ),
    own('text.txt', '', 'Plain words, 漢字かな, ไทยภาษา, עברית, 한국어.\n\nMore.'),
    own(
      'file.pdf',
      '',
      makePdf('Title', ['First page', 'Second page'], {
        outline: [{ title: 'First page', page: 0, below: [{ title: 'Second page', page: 1 }] }],
        xmp: '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description/></rdf:RDF></x:xmpmeta>',
      }),
    ),
    own('all.tar', '', makeTar(['page.html', PAGE], ['a.docx', makeDocx()])),
    own(
      'all.zip',
      '',
      makeZip([
        { name: 'page.html', content: PAGE },
        { name: 'a.eml', content: MESSAGE },
        { name: 'a.docx', content: makeDocx() },
      ]),
    ),
    own('a.docx', '', makeDocx()),
    own('a.xlsx', '', makeXlsx()),
    own('a.pptx', '', makePptx()),
    own('a.odt', '', makeOpenDocument('text')),
    own('a.epub', '', makeEpub()),
    ...suiteFiles(),
  ];
}

function suiteFiles(): Original[] {
  const root = sharedData('tests');
  if (root === undefined) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .filter((name) => statSync(join(root, name)).isFile())
    .map((name) => {
      const bytes = readFileSync(join(root, name)).subarray(0, MAX_SEED_BYTES);
      return { name, contentType: name.endsWith('.dat') ? 'text/html' : '', bytes };
    });
}

/** Mutants without end, the same for the same seed. */
export function* mutants(from: readonly Original[], seed: number): Generator<DocumentSource> {
  const random = seededRandom(seed);
  for (let n = 0; ; n++) {
    const original = from[random.below(from.length)];
    if (original === undefined) return;
    const { name, contentType } = original;
    const bytes = mutate(original, from, random);
    yield {
      url: `https://example.org/${seed}/${n}/${encodeURI(name)}`,
      bytes,
      headers: contentType === '' ? {} : { 'content-type': contentType },
      status: 200,
      fetchedAt_ms: 1_700_000_000_000,
      depth: random.below(4),
    };
  }
}

function mutate({ name, bytes }: Original, from: readonly Original[], random: Random): Buffer {
  // What is wrong inside of an archive hides behind its checksums: half of them are packed again.
  if (/\.(?:docx|xlsx|pptx|odt|epub|zip)$/.test(name) && random.below(2) === 0)
    return repacked(bytes, from, random);
  return changed(bytes, from, random);
}

function repacked(bytes: Buffer, from: readonly Original[], random: Random): Buffer {
  const archive = new ZipArchive(bytes);
  const victim = random.below(archive.names.length);
  const files = archive.names.map((name, i) => {
    const content = Buffer.from(archive.read(name) ?? []);
    return { name, content: i === victim ? changed(content, from, random) : content };
  });
  return makeZip(files);
}

function changed(bytes: Buffer, from: readonly Original[], random: Random): Buffer {
  let result: Buffer = Buffer.from(bytes);
  const changes = 1 + random.below(MAX_CHANGES);
  for (let i = 0; i < changes; i++) {
    const at = random.below(result.length + 1);
    const to = at + random.below(Math.min(64, result.length - at + 1));
    const other = from[random.below(from.length)]?.bytes ?? result;
    switch (random.below(6)) {
      case 0:
        if (random.below(MAX_CHANGES) === 0) result = result.subarray(0, at);
        break;
      case 1:
        if (at < result.length) result[at] = random.below(256);
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(to)]);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, to), result.subarray(at)]);
        break;
      case 4:
        result = splice(result, at, NASTY[random.below(NASTY.length)] ?? result);
        break;
      default: {
        const start = random.below(other.length + 1);
        result = splice(result, at, other.subarray(start, start + random.below(256)));
      }
    }
  }
  return result;
}

function splice(bytes: Buffer, at: number, more: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

/** Errors that a document may end in. */
const EXPECTED: ReadonlySet<ErrorCode> = new Set(['PARSE_FAILED', 'TOO_LARGE', 'UNSUPPORTED_TYPE']);

/** `built` or the code of a typed error; throws anything else. */
export async function outcomeOf(build: Promise<BuiltDocument>): Promise<string> {
  try {
    await build;
    return 'built';
  } catch (error) {
    if (isPeregrineError(error) && EXPECTED.has(error.code)) return error.code;
    throw error;
  }
}
