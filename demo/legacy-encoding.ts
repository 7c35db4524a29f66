/** Writes HTML in the encodings of the old web. The platform only reads them, so its decoder is turned round. */

/** Bytes of HTML in `label` (`windows-1251`, `shift_jis`, …); what it has no code for becomes `&#1234;`, as browsers do it. */
export function encodeHtml(html: string, label: string): Uint8Array {
  if (label === 'utf-8') return new TextEncoder().encode(html);
  const table = encoderTable(label);
  const bytes: number[] = [];
  for (const character of html) {
    const code = table.get(character);
    if (code === undefined) {
      bytes.push(...new TextEncoder().encode(`&#${character.codePointAt(0) ?? 0};`));
    } else {
      if (code > 0xff) bytes.push(code >> 8);
      bytes.push(code & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

const tables = new Map<string, ReadonlyMap<string, number>>();

/** Character to one or two bytes (high byte first), the first spelling where there are several. */
function encoderTable(label: string): ReadonlyMap<string, number> {
  const known = tables.get(label);
  if (known !== undefined) return known;
  const decoder = new TextDecoder(label);
  const table = new Map<string, number>();
  const learn = (code: number, bytes: Uint8Array): void => {
    const text = decoder.decode(bytes);
    if (text.length === 1 && text !== '\uFFFD' && !table.has(text)) table.set(text, code);
  };
  for (let byte = 0; byte < 0x100; byte += 1) learn(byte, Uint8Array.of(byte));
  if (label === 'shift_jis') {
    for (let lead = 0x81; lead < 0xfd; lead += 1) {
      for (let trail = 0x40; trail < 0xfd; trail += 1) learn((lead << 8) | trail, Uint8Array.of(lead, trail));
    }
  }
  tables.set(label, table);
  return table;
}
