/** Makes the smallest PDF that holds given lines: for tests. */

/** Letters of one size from a place on, counted in points from the lower left corner. */
export interface PlacedText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** A title of the outline, with the number of its page from 0 and the titles below it. */
export interface OutlineTitle {
  readonly title: string;
  readonly page: number;
  readonly below?: readonly OutlineTitle[];
}

/** One line a page, or all that is placed there. */
export function makePdf(
  title: string,
  pages: readonly (string | readonly PlacedText[])[],
  { outline = [], xmp = '' }: { readonly outline?: readonly OutlineTitle[]; readonly xmp?: string } = {},
): Uint8Array {
  const first = 5;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, i) => `${first + i * 2} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Title (${title}) /CreationDate (D:20240102030405Z) >>`,
  ];
  pages.forEach((page, i) => {
    const placed = typeof page === 'string' ? [{ text: page, x: 72, y: 700, size: 12 }] : page;
    const stream = placed
      .map(({ text, x, y, size }) => `BT /F1 ${size} Tf ${x} ${y} Td (${text}) Tj ET`)
      .join('\n');
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${first + i * 2 + 1} 0 R ` +
        '/Resources << /Font << /F1 3 0 R >> >> >>',
      `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    );
  });
  const addOutline = (titles: readonly OutlineTitle[], parent: number): number => {
    const start = objects.length + 1;
    titles.forEach(() => objects.push(''));
    titles.forEach(({ title: name, page, below = [] }, i) => {
      const next = i + 1 < titles.length ? `/Next ${start + i + 1} 0 R ` : '';
      const inside = below.length === 0 ? '' : `/First ${addOutline(below, start + i)} 0 R `;
      objects[start + i - 1] =
        `<< /Title (${name}) /Parent ${parent} 0 R ${next}${inside}/Dest [${first + page * 2} 0 R /Fit] >>`;
    });
    return start;
  };
  let catalog = '/Type /Catalog /Pages 2 0 R';
  if (outline.length > 0) {
    const root = objects.push('');
    objects[root - 1] = `<< /Type /Outlines /First ${addOutline(outline, root)} 0 R >>`;
    catalog += ` /Outlines ${root} 0 R`;
  }
  if (xmp !== '') {
    const packet = objects.push(
      `<< /Type /Metadata /Subtype /XML /Length ${xmp.length} >>\nstream\n${xmp}\nendstream`,
    );
    catalog += ` /Metadata ${packet} 0 R`;
  }
  objects[0] = `<< ${catalog} >>`;
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const offset = body.length;
    body += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const trailer = `trailer\n<< /Size ${size} /Root 1 0 R /Info 4 0 R >>\nstartxref\n${body.length}\n%%EOF`;
  return Buffer.from(`${body}xref\n0 ${size}\n0000000000 65535 f \n${table}${trailer}`, 'latin1');
}
