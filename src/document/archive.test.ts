import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isPeregrineError } from '../base/index.ts';
import { extractDocument } from './build.ts';
import type { StoredDocument } from './document.ts';
import { MESSAGE } from './mail.fixture.ts';
import { makeDocx, makeZip } from './office.fixture.ts';
import { makePdf } from './pdf.fixture.ts';
import { makeTar } from './tar.fixture.ts';

async function read(bytes: Uint8Array, name = 'file'): Promise<StoredDocument> {
  const url = `https://example.org/files/${name}`;
  return (await extractDocument({ url, bytes, headers: {}, status: 200, fetchedAt_ms: 0, depth: 0 }))
    .document;
}

const shown = ({ sections }: StoredDocument): string[] =>
  sections.map(({ kind, level, text }) => `${kind}${level || ''}: ${text}`);

function linked(name: string): string {
  const links = Array.from({ length: 8000 }, (_, i) => `<a href="https://example.org/${name}/${i}">x</a>`);
  return `<!doctype html><p>${links.join(' ')}`;
}

describe('an archive of files', () => {
  test('is read file by file, each as what it is', async () => {
    const inner = makeZip([{ name: 'deep.md', content: '# Deep\n\nIn an archive in an archive.' }]);
    const zip = makeZip([
      { name: 'folder/', content: '' },
      { name: 'folder/readme.txt', content: 'Read this first.' },
      {
        name: 'page.html',
        content: '<p>A <a href="https://example.org/there">page</a> <a href="here">of text</a>.',
      },
      { name: '__MACOSX/page.html', content: '<p>Litter' },
      { name: 'picture.png', content: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1') },
      { name: 'inner.zip', content: inner },
      { name: 'a.pdf', content: makePdf('P', ['Words of a PDF']) },
    ]);
    const document = await read(zip, 'all.zip');
    assert.equal(document.kind, 'archive');
    assert.deepEqual(shown(document), [
      'heading2: folder/readme.txt',
      'text: Read this first.',
      'heading2: page.html',
      'text: A page of text.',
      'heading2: deep.md',
      'heading1: Deep',
      'text: In an archive in an archive.',
      'heading2: a.pdf',
      'text: Words of a PDF',
    ]);
    assert.deepEqual(
      document.links.map(({ url }) => url),
      ['https://example.org/there'],
    );
    assert.deepEqual(document.warnings, ['Of the files inside 1 were not read.']);
    assert.equal(document.raw.length, 0);
  });

  test('may be a tar archive, compressed or not, with long names', async () => {
    const long = `${'a'.repeat(120)}/notes.txt`;
    const record = ` path=${long}\n`;
    const pax = `${record.length + 3}${record}`;
    const tar = makeTar(
      ['one.txt', 'The first.'],
      ['././@LongLink', `${long}\0`, 'L'],
      ['cut', 'The second.'],
      ['header', pax, 'x'],
      ['cut', 'The third.'],
      ['link', '', '2'],
    );
    const wanted = ['one.txt', 'The first.', long, 'The second.', long, 'The third.'];
    for (const bytes of [tar, gzipSync(tar)]) {
      assert.deepEqual(
        (await read(bytes)).sections.map(({ text }) => text),
        wanted,
      );
    }
    assert.deepEqual(shown(await read(gzipSync('Only one.'), 'one.txt.gz')), [
      'heading2: one.txt',
      'text: Only one.',
    ]);
  });

  test('takes no more than its bounds, in depth, files and bytes', async () => {
    let nested = makeZip([{ name: 'deepest.txt', content: 'Too deep.' }]);
    for (let depth = 0; depth < 4; depth++) {
      nested = makeZip([
        { name: 'near.txt', content: `Level ${depth}.` },
        { name: 'inner.zip', content: nested },
      ]);
    }
    const deep = shown(await read(nested)).join(' ');
    assert.match(deep, /Level 3.*Level 2.*Level 1/);
    assert.doesNotMatch(deep, /Level 0|Too deep/);
    const many = Array.from({ length: 600 }, (_, i) => ({ name: `${i}.txt`, content: `Number ${i}.` }));
    const { warnings, sections } = await read(makeZip(many));
    assert.equal(sections.length, 1000);
    assert.deepEqual(warnings, ['Of the files inside 100 were not read.']);
    const pages = await read(makeZip(['1', '2', '3'].map((name) => ({ name, content: linked(name) }))));
    assert.equal(pages.links.length, 20_000);
    const binary = Array.from({ length: 9 }, (_, i) => ({
      name: `${i}.zip`,
      content: makeZip([{ name: 'd/', content: '' }]),
    }));
    const behind = await read(makeZip([...binary, { name: 'last.txt', content: 'Text is read still.' }]));
    assert.deepEqual(shown(behind), ['heading2: last.txt', 'text: Text is read still.']);
    assert.deepEqual(behind.warnings, ['Of the files inside 1 were not read.']);
    await assert.rejects(read(gzipSync(Buffer.alloc(64 << 20))), (error) =>
      isPeregrineError(error, 'TOO_LARGE'),
    );
    const bomb = makeZip([
      { name: 'bomb.txt', content: Buffer.alloc(64 << 20, 'a ') },
      { name: 'good.txt', content: 'All is well.' },
    ]);
    assert.deepEqual(shown(await read(bomb)), ['heading2: good.txt', 'text: All is well.']);
  });

  test('that is damaged is refused, and one damaged file of it left out', async () => {
    await assert.rejects(read(Buffer.from('\x1f\x8b\x08 no more', 'latin1')), (error) =>
      isPeregrineError(error, 'PARSE_FAILED'),
    );
    const tar = makeTar(['one.txt', 'The first.'], ['two.txt', 'The second.']);
    const cut = await read(tar.subarray(0, 1540));
    assert.deepEqual(shown(cut), ['heading2: one.txt', 'text: The first.']);
    assert.deepEqual(cut.warnings, ['Of the files inside 1 were not read.']);
  });
});

describe('a mail', () => {
  test('is found by what its files say', async () => {
    const docx = makeDocx().toString('base64');
    const withFile = MESSAGE.replace('JVBERi0=', docx).replace(
      'application/pdf; name="a plan.pdf"',
      'x/y; name=plan',
    );
    const document = await read(Buffer.from(withFile, 'latin1'), 'a.eml');
    const own = shown(document);
    assert.deepEqual(own.slice(0, 3), ['text: Schöne Grüße aus Köln.', 'text: A footer.', 'heading2: plan']);
    assert.ok(own.length > 4);
    const damaged = await read(Buffer.from(MESSAGE, 'latin1'), 'b.eml');
    assert.deepEqual(damaged.warnings, ['Of the files inside 1 were not read.']);
  });
});
