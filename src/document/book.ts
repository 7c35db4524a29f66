/** Reads books (EPUB): the chapters in reading order, each as the page that it is. */

import type { Section } from './document.ts';
import type { ExtractedContent } from './extracted.ts';
import { readHtml } from './html.ts';
import {
  officeContent,
  openArchive,
  partText,
  propertiesOf,
  requiredPart,
  resolvePart,
} from './office-package.ts';
import { MAX_LINKS, MAX_TEXT_LENGTH } from './text-blocks.ts';
import { walkXml } from './xml-walk.ts';

const MAX_CHAPTERS = 2000;
const MAX_SECTIONS = 4000;

/** Reads an EPUB. Same errors as `readWordDocument`. */
export function readBook(bytes: Uint8Array, url: string, now_ms: number): ExtractedContent {
  const archive = openArchive(bytes, url);
  const packagePart = packageOf(requiredPart(archive, 'META-INF/container.xml', url));
  const description = requiredPart(archive, packagePart, url);
  const folder = packagePart.slice(0, packagePart.lastIndexOf('/') + 1);
  const sections: Section[] = [];
  const links: ExtractedContent['links'][number][] = [];
  let length = 0;
  let isCut = false;
  for (const chapter of chaptersOf(description)) {
    isCut ||= length >= MAX_TEXT_LENGTH || sections.length >= MAX_SECTIONS;
    if (isCut) break;
    // Places inside of the book have no address on the web: only links out of it are kept.
    const page = readHtml(partText(archive, resolvePart(folder, chapter)) ?? '', 'book://chapter/', now_ms);
    for (const section of page.sections) {
      sections.push(section);
      length += section.text.length;
    }
    links.push(...page.links.slice(0, MAX_LINKS - links.length));
  }
  return officeContent({ ...propertiesOf(description, now_ms), sections, links }, isCut);
}

function packageOf(container: string): string {
  let part = '';
  walkXml(container, {
    open: (name, attributes) => {
      if (name === 'rootfile') part ||= attributes['full-path'] ?? '';
    },
  });
  return part;
}

/** Files of the chapters in reading order. */
function chaptersOf(description: string): string[] {
  const files = new Map<string, string>();
  const order: string[] = [];
  walkXml(description, {
    open: (name, attributes) => {
      if (name === 'item') files.set(attributes['id'] ?? '', attributes['href'] ?? '');
      else if (name === 'itemref' && attributes['linear'] !== 'no') order.push(attributes['idref'] ?? '');
      return order.length < MAX_CHAPTERS;
    },
  });
  return order.flatMap((id) => files.get(id) ?? []);
}
