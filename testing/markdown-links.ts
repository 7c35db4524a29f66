/** Links and headings of a Markdown page, as far as tests of a repository's pages need them. */

export interface MarkdownLink {
  readonly target: string;
  /** From 1. */
  readonly line: number;
}

/** Targets of inline links, images and link definitions outside of code. */
export function linksIn(markdown: string): MarkdownLink[] {
  return prose(markdown).flatMap((text, index) => {
    const targets = [
      ...text.matchAll(/\]\(\s*<?(?<target>[^()\s<>]+(?:\([^()\s]*\)[^()\s]*)?)>?(?:\s+"[^"]*")?\s*\)/g),
      ...text.matchAll(/^\s{0,3}\[[^\]]+\]:\s*<?(?<target>[^\s<>]+)/g),
    ];
    return targets.map(({ groups }) => ({ target: groups?.['target'] ?? '', line: index + 1 }));
  });
}

/** The anchors that headings give, by the rule of GitHub: lower case, no punctuation, hyphens for spaces. */
export function headingAnchors(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of withoutBlocks(markdown)) {
    const heading = /^#{1,6}\s+(?<text>.*?)\s*#*$/.exec(line)?.groups?.['text'];
    if (heading === undefined) continue;
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n++) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  for (const [, name = ''] of markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(name);
  return anchors;
}

/** The lines with code spans blanked out; lines of code blocks are empty. */
function prose(markdown: string): string[] {
  return withoutBlocks(markdown).map((line) => line.replaceAll(/(`+)(?:(?!\1).)+\1/g, ''));
}

function withoutBlocks(markdown: string): string[] {
  let fence: string | undefined;
  return markdown.split('\n').map((line) => {
    const mark = /^\s*(?<mark>`{3,}|~{3,})/.exec(line)?.groups?.['mark'];
    if (fence === undefined) {
      fence = mark;
      return mark === undefined ? line : '';
    }
    if (mark !== undefined && mark.startsWith(fence) && line.trim() === mark) fence = undefined;
    return '';
  });
}
