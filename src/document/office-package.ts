/** The package around the parts of an Office Open XML document: parts, relations between them, properties. */

import { PeregrineError } from '../base/index.ts';
import { parseDate } from './dates.ts';
import { type ExtractedContent, NOTHING_EXTRACTED } from './extracted.ts';
import { collapseSpaces } from './text-blocks.ts';
import { walkXml } from './xml-walk.ts';
import { ZipArchive } from './zip-archive.ts';

const MAX_PROPERTY_LENGTH = 1000;

/** Where a relation of a part leads. */
export interface Relation {
  /** A part of the package, or an address outside of it. */
  readonly target: string;
  readonly isExternal: boolean;
  /** Last word of its type: `hyperlink`, `slide`, `worksheet`. */
  readonly type: string;
}

/** Opens an archive. Throws `PARSE_FAILED` and `TOO_LARGE`, with the URL. */
export function openArchive(bytes: Uint8Array, url: string): ZipArchive {
  return new ZipArchive(bytes, {}, { url });
}

/** Text of a part; undefined where there is none. */
export function partText(archive: ZipArchive, name: string): string | undefined {
  const bytes = archive.read(name);
  if (bytes === undefined) return undefined;
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const charset = isUtf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8';
  return new TextDecoder(charset).decode(bytes).replaceAll('\0', '');
}

/** Text of a part that must be there. Throws `PARSE_FAILED` when it is not. */
export function requiredPart(archive: ZipArchive, name: string, url: string): string {
  const text = partText(archive, name);
  if (text !== undefined) return text;
  throw new PeregrineError('PARSE_FAILED', `The document can't be read: it has no ${name}.`, { url });
}

/** Relations of a part by their ids. */
export function relationsOf(archive: ZipArchive, part: string): ReadonlyMap<string, Relation> {
  const slash = part.lastIndexOf('/') + 1;
  const folder = part.slice(0, slash);
  const relations = new Map<string, Relation>();
  walkXml(partText(archive, `${folder}_rels/${part.slice(slash)}.rels`) ?? '', {
    open: (name, attributes) => {
      if (name !== 'Relationship') return;
      const { Id: id = '', Target: target = '', TargetMode: mode = '', Type: type = '' } = attributes;
      const isExternal = mode === 'External';
      relations.set(id, {
        target: isExternal ? target : resolvePart(folder, target),
        isExternal,
        type: type.slice(type.lastIndexOf('/') + 1),
      });
    },
  });
  return relations;
}

/** The name of a part that another one in `folder` calls `target`. */
export function resolvePart(folder: string, target: string): string {
  const path = URL.parse(target, `part://package/${folder}`)?.pathname.slice(1) ?? '';
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Title, author, dates and their like, from a part of properties: Dublin Core and its neighbours in every format. */
export function propertiesOf(
  markup: string,
  now_ms: number,
): Pick<ExtractedContent, 'title' | 'author' | 'description' | 'declaredLanguage' | 'published_ms' | 'meta'> {
  const said = new Map<string, string>();
  let text = '';
  walkXml(markup, {
    open: () => void (text = ''),
    text: (more) => void (text += text.length < MAX_PROPERTY_LENGTH ? more : ''),
    close: (name) => {
      const value = collapseSpaces(text).slice(0, MAX_PROPERTY_LENGTH);
      const before = said.get(name);
      if (value !== '' && before === undefined) said.set(name, value);
      else if (value !== '' && /^keywords?$/.test(name)) said.set(name, `${before}, ${value}`);
      text = '';
    },
  });
  const one = (...names: string[]): string => names.map((name) => said.get(name) ?? '').find(Boolean) ?? '';
  const keywords = one('keywords', 'keyword').slice(0, MAX_PROPERTY_LENGTH);
  return {
    title: one('title').slice(0, 300),
    author: one('creator', 'initial-creator').slice(0, 300),
    description: one('description', 'subject'),
    declaredLanguage: one('language').slice(0, 35),
    published_ms: parseDate(one('modified', 'date', 'created', 'creation-date'), now_ms),
    meta: keywords === '' ? {} : { keywords },
  };
}

/** Properties of an Office Open XML package. */
export function corePropertiesOf(archive: ZipArchive, now_ms: number): ReturnType<typeof propertiesOf> {
  return propertiesOf(partText(archive, 'docProps/core.xml') ?? '', now_ms);
}

/** The content of a document whose text is `sections`; `rest` is what its properties say. */
export function officeContent(
  rest: Partial<ExtractedContent> & Pick<ExtractedContent, 'sections'>,
  isCut: boolean,
): ExtractedContent {
  return {
    ...NOTHING_EXTRACTED,
    ...rest,
    warnings: isCut ? ['The document holds more than is kept.'] : [],
  };
}
