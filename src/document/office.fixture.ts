/** Makes archives, office documents and books as small as they can be: for tests. */

import { crc32, deflateRawSync } from 'node:zlib';

/** One file of an archive. `packed` stands for its bytes as they are stored: for archives that lie. */
export interface ZipFile {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly stored?: boolean;
}

export function makeZip(files: readonly ZipFile[]): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored = false } of files) {
    const plain = Buffer.from(content as string);
    const packed = stored ? plain : deflateRawSync(plain);
    const nameBytes = Buffer.from(name);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(stored ? 0 : 8, 4);
    shared.writeUInt32LE(crc32(plain), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(plain.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    const place = Buffer.alloc(16);
    place.writeUInt32LE(offset, 12);
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), shared, nameBytes, packed]);
    // In the directory the version that made it stands before, the comment's length and the place behind.
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), shared, place.subarray(2, 16), nameBytes]),
    );
    local.push(entry);
    offset += entry.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, listed, end]);
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

const parts = (files: Readonly<Record<string, string>>): ZipFile[] =>
  Object.entries(files).map(([name, content]) => ({ name, content: XML + content }));

/** Relations: id, last word of the type, target. External where the target is a web address. */
function relations(...list: readonly (readonly [string, string, string])[]): string {
  const items = list.map(([id, type, target]) => {
    const mode = /^https?:/.test(target) ? ' TargetMode="External"' : '';
    return `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"${mode}/>`;
  });
  return `<Relationships>${items.join('')}</Relationships>`;
}

const CORE = `<cp:coreProperties><dc:title>The Title</dc:title><dc:creator>An Author</dc:creator>
  <dc:subject>About it</dc:subject><cp:keywords>one, two</cp:keywords><dc:language>en-GB</dc:language>
  <dcterms:created>2020-01-01T00:00:00Z</dcterms:created><dcterms:modified>2021-02-03T04:05:06Z</dcterms:modified>
  </cp:coreProperties>`;

const text = (said: string): string => `<w:r><w:t xml:space="preserve">${said}</w:t></w:r>`;

const paragraph = (said: string, style = ''): string => `<w:p><w:pPr>${style}</w:pPr>${text(said)}</w:p>`;

export function makeDocx(): Buffer {
  return makeZip(
    parts({
      '[Content_Types].xml': '<Types/>',
      'docProps/core.xml': CORE,
      'word/styles.xml': `<w:styles><w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
        <w:style w:styleId="Mine"><w:name w:val="mine"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style></w:styles>`,
      'word/_rels/document.xml.rels': relations(['rId1', 'hyperlink', 'https://example.org/to']),
      'word/document.xml': `<w:document><w:body>
        ${paragraph('Main heading', '<w:pStyle w:val="Heading1"/>')}
        ${paragraph('Second', '<w:pStyle w:val="berschrift2"/>')}${paragraph('Third', '<w:pStyle w:val="Mine"/>')}
        <w:p><w:r><w:t>Split </w:t></w:r><w:r><w:t>word</w:t></w:r>
          <w:del><w:r><w:delText>gone</w:delText></w:r></w:del>
          <w:hyperlink r:id="rId1">${text(' with a link')}</w:hyperlink></w:p>
        ${paragraph('An item', '<w:numPr><w:numId w:val="1"/></w:numPr>')}
        <w:tbl><w:tr><w:tc>${paragraph('A')}</w:tc><w:tc>${paragraph('B')}</w:tc></w:tr>
          <w:tr><w:tc>${paragraph('1')}</w:tc><w:tc>${paragraph('2')}</w:tc></w:tr></w:tbl>
        ${paragraph('After &amp; all')}</w:body></w:document>`,
      'word/footnotes.xml': `<w:footnotes><w:footnote>${paragraph('A note')}</w:footnote></w:footnotes>`,
    }),
  );
}

export function makeXlsx(): Buffer {
  return makeZip(
    parts({
      'docProps/core.xml': CORE,
      'xl/workbook.xml': `<workbook><sheets><sheet name="First" sheetId="1" r:id="rId1"/>
        <sheet name="Secret" sheetId="2" state="hidden" r:id="rId2"/></sheets></workbook>`,
      'xl/_rels/workbook.xml.rels': relations(
        ['rId1', 'worksheet', 'worksheets/sheet1.xml'],
        ['rId2', 'worksheet', '/xl/worksheets/sheet2.xml'],
      ),
      'xl/sharedStrings.xml':
        '<sst><si><t>Name</t></si><si><r><t>Ri</t></r><r><t>ch</t></r><rPh><t>reading</t></rPh></si></sst>',
      'xl/worksheets/sheet1.xml': `<worksheet><sheetData>
        <row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>
        <row><c t="inlineStr"><is><t>in line</t></is></c><c><v>42.5</v></c><c t="b"><v>1</v></c></row>
        </sheetData></worksheet>`,
      'xl/worksheets/_rels/sheet1.xml.rels': relations(['rId1', 'hyperlink', 'https://example.org/cell']),
      'xl/worksheets/sheet2.xml': '<worksheet><row><c t="str"><v>secret</v></c></row></worksheet>',
    }),
  );
}

const shape = (type: string, ...paragraphs: string[]): string =>
  `<p:sp><p:nvSpPr><p:nvPr><p:ph type="${type}"/></p:nvPr></p:nvSpPr><p:txBody>${paragraphs
    .map((said) => `<a:p><a:r><a:t>${said}</a:t></a:r></a:p>`)
    .join('')}</p:txBody></p:sp>`;

export function makePptx(): Buffer {
  return makeZip(
    parts({
      'docProps/core.xml': CORE,
      'ppt/presentation.xml':
        '<p:presentation><p:sldIdLst><p:sldId id="256" r:id="rId2"/><p:sldId id="257" r:id="rId1"/></p:sldIdLst></p:presentation>',
      'ppt/_rels/presentation.xml.rels': relations(
        ['rId1', 'slide', 'slides/slide1.xml'],
        ['rId2', 'slide', 'slides/slide2.xml'],
      ),
      'ppt/slides/slide1.xml': `<p:sld>${shape('title', 'Last slide')}<a:tbl><a:tr><a:tc><a:p><a:r><a:t>x</a:t></a:r></a:p></a:tc>
        <a:tc><a:p><a:r><a:t>y</a:t></a:r></a:p></a:tc></a:tr></a:tbl></p:sld>`,
      'ppt/slides/slide2.xml': `<p:sld>${shape('ctrTitle', 'First slide')}${shape('body', 'One', 'Two')}${shape('sldNum', '7')}
        <p:sp><p:txBody><a:p><a:r><a:rPr><a:hlinkClick r:id="rId9"/></a:rPr><a:t>A link</a:t></a:r></a:p></p:txBody></p:sp></p:sld>`,
      'ppt/slides/_rels/slide2.xml.rels': relations(
        ['rId9', 'hyperlink', 'https://example.org/slide'],
        ['rId3', 'notesSlide', '../notesSlides/notesSlide1.xml'],
      ),
      'ppt/notesSlides/notesSlide1.xml': `<p:notes>${shape('body', 'Say hello')}</p:notes>`,
    }),
  );
}

const META = `<office:document-meta><office:meta><dc:title>The Title</dc:title><dc:creator>An Author</dc:creator>
  <meta:keyword>one</meta:keyword><meta:keyword>two</meta:keyword><dc:date>2021-02-03T04:05:06</dc:date>
  <dc:language>en-GB</dc:language></office:meta></office:document-meta>`;

const table = (name: string): string => `<table:table table:name="${name}"><table:table-row>
  <table:table-cell><text:p>A</text:p></table:table-cell><table:table-cell><text:p>B</text:p></table:table-cell>
  </table:table-row></table:table>`;

/** `kind` is the last word of the type: `text`, `spreadsheet`, `presentation`. */
export function makeOpenDocument(kind: string): Buffer {
  const bodies: Readonly<Record<string, string>> = {
    text: `<office:text><text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>
      <text:h text:outline-level="2">A heading</text:h>
      <text:p>Some<text:s/>text<office:annotation><text:p>remark</text:p></office:annotation> and
      <text:a xlink:href="https://example.org/to">a link</text:a></text:p>
      <text:list><text:list-item><text:p>item</text:p></text:list-item></text:list>${table('T')}</office:text>`,
    spreadsheet: `<office:spreadsheet>${table('Sheet')}</office:spreadsheet>`,
    presentation: `<office:presentation><draw:page draw:name="Opening"><draw:frame><draw:text-box>
      <text:p>On a slide</text:p></draw:text-box></draw:frame></draw:page></office:presentation>`,
  };
  return makeZip([
    { name: 'mimetype', content: `application/vnd.oasis.opendocument.${kind}`, stored: true },
    ...parts({
      'content.xml': `<office:document-content><office:body>${bodies[kind] ?? ''}</office:body></office:document-content>`,
      'meta.xml': META,
    }),
  ]);
}

const chapter = (said: string): string => `<html><head><title>no</title></head><body>${said}</body></html>`;

export function makeEpub(): Buffer {
  return makeZip([
    { name: 'mimetype', content: 'application/epub+zip', stored: true },
    ...parts({
      'META-INF/container.xml':
        '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
      'OEBPS/book.opf': `<package><metadata><dc:title>The Title</dc:title><dc:creator>An Author</dc:creator>
        <dc:language>en-GB</dc:language><dc:date>2021-02-03</dc:date></metadata>
        <manifest><item id="b" href="b.xhtml"/><item id="a" href="text/a%20one.xhtml"/><item id="n" href="nav.xhtml"/></manifest>
        <spine><itemref idref="a"/><itemref idref="b"/><itemref idref="n" linear="no"/></spine></package>`,
      'OEBPS/text/a one.xhtml': chapter('<h1>Chapter one</h1><p>It was <a href="b.xhtml">then</a>.</p>'),
      'OEBPS/b.xhtml': chapter('<h1>Chapter two</h1><p>See <a href="https://example.org/more">more</a>.</p>'),
      'OEBPS/nav.xhtml': chapter('<p>Contents</p>'),
    }),
  ]);
}
