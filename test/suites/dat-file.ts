/** Reads html5lib's `.dat` files: cases of named parts, each part a line `#name` and the lines below it. */

/** Parts by name, without the line feed at their end. */
export type DatCase = Readonly<Record<string, string>>;

const PART = /^#(data|errors|new-errors|document-fragment|document|encoding|script-on|script-off)$/;

/** The cases of a file; its bytes are read as UTF-8, or one character a byte where `encoding` says so. */
export function datCases(bytes: Uint8Array, encoding: 'utf8' | 'latin1' = 'utf8'): DatCase[] {
  const cases: Record<string, string>[] = [];
  let part = '';
  for (const line of Buffer.from(bytes).toString(encoding).split('\n')) {
    const name = PART.exec(line)?.[1];
    if (name !== undefined) {
      if (name === 'data') cases.push({});
      part = name;
    }
    const current = cases.at(-1);
    if (current === undefined || part === '') continue;
    const before = current[part];
    if (name !== undefined) current[part] = '';
    else current[part] = before === undefined || before === '' ? `${line}\n` : `${before}${line}\n`;
  }
  return cases.map((each) =>
    Object.fromEntries(Object.entries(each).map(([name, text]) => [name, text.replace(/\n$/, '')])),
  );
}
