/** What the elements of HTML mean to a reader of text. */

import type { SectionKind } from './document.ts';
import { keptString } from './tag-names.ts';

const setOf = (names: string): ReadonlySet<string> => new Set(names.split(' '));

const VOID_ELEMENTS: ReadonlySet<string> = setOf(
  'area base basefont br col command embed frame hr image img input isindex keygen link meta param source track wbr',
);

/** Elements that begin and end a block of text, and are kept on the stack. */
const BLOCK_ELEMENTS: ReadonlySet<string> = setOf(
  'address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure ' +
    'footer form frameset h1 h2 h3 h4 h5 h6 header hgroup html legend li listing main menu nav noscript ol p pre ' +
    'search section summary table tbody td tfoot th thead tr ul xmp',
);

/** Block elements that hold other blocks: where they stand tells text from its frame. */
const CONTAINERS: ReadonlySet<string> = setOf(
  'article aside blockquote center details div dl fieldset figure footer form header li main ol section table tbody td ' +
    'tr ul',
);

/** Elements whose content nobody reads. */
export const SKIPPED_ELEMENTS: ReadonlySet<string> = setOf(
  'annotation annotation-xml applet audio canvas datalist desc iframe map metadata noembed noframes object option ' +
    'optgroup rp rt script select style svg template textarea title video',
);

/** Parts of a table: their tags reach through what stands open inside it. */
export const TABLE_PARTS: ReadonlySet<string> = setOf('caption table tbody td tfoot th thead tr');

/** Start tags that end a drawing or formula around them. Source: HTML Standard, §13.2.6.5. */
export const LEAVES_FOREIGN: ReadonlySet<string> = setOf(
  'b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta ' +
    'nobr ol p pre ruby s small span strong strike sub sup table tt u ul var',
);

/** Elements of drawings and formulas that hold HTML again; names in lower case. */
export const HOLDS_HTML: ReadonlySet<string> = setOf(
  'annotation-xml desc foreignobject mi mn mo ms mtext title',
);

/** Inline elements that stand apart from their neighbours on the screen. */
const SPACED_ELEMENTS: ReadonlySet<string> = setOf('button label output summary');

/** Elements whose end tags authors leave out, each with a bit of its own. */
const CLOSABLE: readonly string[] = 'p li dt dd td th tr tbody thead caption h1 h2 h3 h4 h5 h6'.split(' ');

/** Bits of the elements with these names; 0 for those whose end tags stand. */
function bitsOf(names: string): number {
  let bits = 0;
  for (const name of names.split(' ')) {
    const place = CLOSABLE.indexOf(name);
    if (place >= 0) bits |= 1 << place;
  }
  return bits;
}

/** Elements that a start tag closes when they are on top of the stack: the end tags that authors leave out. */
const CLOSED_BY: Readonly<Record<string, number>> = (() => {
  const rules: Record<string, number> = {};
  const p = bitsOf('p');
  for (const name of BLOCK_ELEMENTS) if (name !== 'body' && name !== 'html') rules[name] = p;
  rules['hr'] = p;
  rules['li'] = bitsOf('p li');
  rules['dt'] = bitsOf('p dt dd');
  rules['dd'] = bitsOf('p dt dd');
  rules['td'] = bitsOf('p td th');
  rules['th'] = bitsOf('p td th');
  rules['tr'] = bitsOf('p td th tr caption');
  rules['tbody'] = bitsOf('p td th tr tbody thead caption');
  rules['thead'] = bitsOf('p caption');
  rules['tfoot'] = bitsOf('p td th tr tbody thead');
  for (const name of ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']) rules[name] = bitsOf('p h1 h2 h3 h4 h5 h6');
  return rules;
})();

/** Kind of the text inside; elements that are not listed inherit it. */
const KIND_OF_ELEMENT: Readonly<Record<string, SectionKind>> = {
  h1: 'heading',
  h2: 'heading',
  h3: 'heading',
  h4: 'heading',
  h5: 'heading',
  h6: 'heading',
  ul: 'list',
  ol: 'list',
  dl: 'list',
  li: 'list',
  table: 'table',
  pre: 'code',
  listing: 'code',
  xmp: 'code',
  blockquote: 'quote',
  caption: 'caption',
  figcaption: 'caption',
  legend: 'caption',
};

const MENU_ELEMENTS: ReadonlySet<string> = setOf('nav footer aside menu search noscript dialog');
export const MENU_ROLES: ReadonlySet<string> = setOf(
  'navigation banner contentinfo search complementary menu menubar toolbar tablist dialog alertdialog',
);

/** What a reader asks about an element, found once. */
export interface ElementTraits {
  readonly isVoid: boolean;
  readonly isSkipped: boolean;
  readonly isBlock: boolean;
  readonly isContainer: boolean;
  readonly isMenu: boolean;
  /** Can carry a menu's class. */
  readonly isCarrier: boolean;
  readonly isSpaced: boolean;
  /** Of a heading 1 … 6, else 0. */
  readonly level: number;
  /** Undefined where it inherits it. */
  readonly kind: SectionKind | undefined;
  /** Its tags reach through what stands open inside a table. */
  readonly isTablePart: boolean;
  /** Its own, where its end tag may be left out, else 0; those of the elements that its start tag closes. */
  readonly bit: number;
  readonly closes: number;
}

/** Elements that can carry a menu's class; headings, cells and items never do, the page itself says "has-sidebar". */
const CARRIERS: ReadonlySet<string> = setOf('div section ul ol dl table form p header span');
const MENU_CLASS =
  /^(?:(?:site|page|main|global|top|bottom|left|right|primary|secondary|sub|sphinx|wy|md|vector|mw|navi?|doc)[-_]*)*(?:nav|navbar|navbox|navigation|navpath|navrow|navheader|navfooter|menu|menubar|sidebar|sidenav|breadcrumbs?|footer|footbar|topbar|toolbar|toc|related|cookie|cookies|banner|advert|adverts|ads|social|share|sharing|pagination|pager|widgets?|skiplinks?|catlinks|printfooter|masthead|panel)(?:[-_]*(?:wrapper|container|inner|outer|box|area|links?|list|bar|menu|block|nav|tree|wrap|side|top|bottom|left|right|notice|consent|message|\d))*$/i;

/** The foot of anything; part of a thing by the custom of naming parts with two underscores, which no wrapper has. */
const MENU_PART =
  /^(?!(?:has|with|no|sticky)[-_])[a-z\d]+(?:[-_][a-z\d]+){0,2}[-_]+footer$|^[a-z\d-]+__(?:nav(?:igation|bar)?|menu|sidebar|breadcrumbs?|related|share|social|pagination|newsletter|banner|toc)$/i;

/** Pages of a site use the same names again and again. */
const knownNames = new Map<string, boolean>();
const MAX_KNOWN_NAMES = 4096;
const MAX_NAMES_LENGTH = 300;

/** True where class or id say that an element holds navigation or boilerplate. */
export function isMenuByName(classes: string, id: string): boolean {
  return (classes !== '' && isMenuName(classes)) || (id !== '' && isMenuName(id));
}

function isMenuName(names: string): boolean {
  let isMenu = knownNames.get(names);
  if (isMenu === undefined) {
    isMenu = names
      .slice(0, MAX_NAMES_LENGTH)
      .split(/\s+/)
      .some((name) => name.length > 2 && name.length < 40 && (MENU_CLASS.test(name) || MENU_PART.test(name)));
    if (knownNames.size >= MAX_KNOWN_NAMES) knownNames.clear();
    knownNames.set(keptString(names), isMenu);
  }
  return isMenu;
}

function makeTraits(name: string): ElementTraits {
  return {
    isVoid: VOID_ELEMENTS.has(name),
    isSkipped: SKIPPED_ELEMENTS.has(name),
    isBlock: BLOCK_ELEMENTS.has(name),
    isContainer: CONTAINERS.has(name),
    isMenu: MENU_ELEMENTS.has(name),
    isCarrier: CARRIERS.has(name),
    isSpaced: SPACED_ELEMENTS.has(name),
    level: Number(/^h([1-6])$/.exec(name)?.[1] ?? 0),
    kind: KIND_OF_ELEMENT[name],
    isTablePart: TABLE_PARTS.has(name),
    bit: bitsOf(name),
    closes: CLOSED_BY[name] ?? 0,
  };
}

const ORDINARY: ElementTraits = makeTraits('');
const TRAITS: ReadonlyMap<string, ElementTraits> = new Map(
  [
    VOID_ELEMENTS,
    SKIPPED_ELEMENTS,
    BLOCK_ELEMENTS,
    CONTAINERS,
    MENU_ELEMENTS,
    CARRIERS,
    SPACED_ELEMENTS,
  ].flatMap((names) => Array.from(names, (name) => [name, makeTraits(name)] as const)),
);

export function traitsOf(name: string): ElementTraits {
  return TRAITS.get(name) ?? ORDINARY;
}

const INVISIBLE = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i;

export function isInvisibleStyle(style: string): boolean {
  return style !== '' && INVISIBLE.test(style.slice(0, 500));
}
