/**
 * Two corpora out of the HTML of Debian's documentation packages: paragraphs, and whole pages with their titles and
 * headings. A document is a line, a zone of it a field between tabs: the digit of its field group, then its words, in
 * lower case and with a space between them, so that no engine's tokenizer makes a difference.
 */

import {
  closeSync,
  createReadStream,
  existsSync,
  globSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { Parser } from 'htmlparser2';
import { hashString64 } from '../../src/base/index.ts';
import { fieldGroup } from '../../src/text/index.ts';
import { cacheDirectory, dropUnpacked, unpackedPackage } from './debian-packages.ts';

export type CorpusName = 'paragraphs' | 'pages';

export interface CorpusSize {
  readonly name: 'quick' | 'full';
  readonly packages: readonly string[];
  readonly paragraphs: number;
  readonly pages: number;
}

export const QUICK: CorpusSize = {
  name: 'quick',
  packages: ['python3.11-doc', 'postgresql-doc-15', 'openjdk-17-doc'],
  paragraphs: 40_000,
  pages: 3_000,
};

export const FULL: CorpusSize = {
  name: 'full',
  packages: [
    'python3.11-doc',
    'postgresql-doc-15',
    'openjdk-17-doc',
    'rust-doc',
    'erlang-doc',
    'linux-doc-6.1',
    'ghc-doc',
    'python-pandas-doc',
    'racket-doc',
    'qtbase5-doc-html',
    'lilypond-doc-html',
    'libstdc++-12-doc',
    'wx3.2-doc',
    'libfastutil-java-doc',
    'scala-doc',
    'rust-web-doc',
    'sagemath-doc',
    'libsbml5-doc',
    'libarm-compute-doc',
    'petsc3.18-doc',
    'singular-doc',
    'gnuradio-doc',
    'libghc-gi-gtk-doc',
    'libgecode-doc',
    'lazarus-doc-2.2',
    'libgtkmm-3.0-doc',
    'openscenegraph-doc',
    'dcmtk-doc',
    'libghc-agda-doc',
    'python-statsmodels-doc',
    'python-scipy-doc',
    'libpcl-doc',
    'sumo-doc',
    'casacore-doc',
    'opencv-doc',
    'elastix-doc',
    'libball1.5-doc',
    'libghc-openglraw-doc',
    'simbody-doc',
    'seqan3-doc',
    'vtk9-doc',
  ],
  paragraphs: 1_000_000,
  pages: 150_000,
};

const LEAST_PARAGRAPH_WORDS = 24;
const LEAST_PAGE_WORDS = 160;
const MOST_PAGE_WORDS = 20_000;
const MOST_WORD_LETTERS = 48;
const BODY = fieldGroup('body');
const TITLE = fieldGroup('title');
const HEADING = fieldGroup('heading');
const SKIPPED = new Set(['script', 'style', 'nav', 'noscript', 'template', 'svg']);
/** End a word, but no paragraph. */
const SPACES = new Set(['br', 'li', 'td', 'th', 'dt', 'dd']);
const BREAKS = new Set(
  'p pre table ul ol dl div section article main body blockquote hr title h1 h2 h3 h4 h5 h6'.split(' '),
);

/** Path of a corpus, made at the first need. */
export function corpusPath(size: CorpusSize, name: CorpusName): string {
  const path = join(cacheDirectory, `${name}-${size.name}.txt`);
  if (!existsSync(path)) makeCorpora(size);
  return path;
}

/** Lines of a corpus, at most `limit`. */
export async function* corpusLines(path: string, limit: number = Infinity): AsyncGenerator<string> {
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (count++ === limit) return;
    yield line;
  }
}

class CorpusFile {
  readonly #path: string;
  readonly #file: number;
  readonly #limit: number;
  readonly #seen = new Set<bigint>();
  #waiting: string[] = [];
  #waiting_letters = 0;

  constructor(size: CorpusSize, name: CorpusName) {
    mkdirSync(cacheDirectory, { recursive: true });
    this.#path = join(cacheDirectory, `${name}-${size.name}.txt`);
    this.#file = openSync(`${this.#path}.partial`, 'w');
    this.#limit = size[name];
  }

  get count(): number {
    return this.#seen.size;
  }

  get isFull(): boolean {
    return this.count >= this.#limit;
  }

  /** The same text counts once. */
  add(line: string): void {
    if (this.isFull) return;
    const hash = hashString64(line);
    if (this.#seen.has(hash)) return;
    this.#seen.add(hash);
    this.#waiting.push(line, '\n');
    this.#waiting_letters += line.length;
    if (this.#waiting_letters > 2 ** 22) this.#write();
  }

  close(): number {
    this.#write();
    closeSync(this.#file);
    renameSync(`${this.#path}.partial`, this.#path);
    return this.#seen.size;
  }

  #write(): void {
    writeSync(this.#file, this.#waiting.join(''));
    this.#waiting = [];
    this.#waiting_letters = 0;
  }
}

function makeCorpora(size: CorpusSize): void {
  const paragraphs = new CorpusFile(size, 'paragraphs');
  const pages = new CorpusFile(size, 'pages');
  for (const name of size.packages) {
    if (paragraphs.isFull && pages.isFull) break;
    const folder = unpackedPackage(name);
    console.error(`Reading ${name}, after ${paragraphs.count} paragraphs and ${pages.count} pages …`);
    for (const file of globSync(['**/*.html', '**/*.htm', '**/*.html.gz'], { cwd: folder }).sort()) {
      const page = readPage(join(folder, file));
      if (page === undefined) continue;
      for (const { group, words } of page) {
        if (group === BODY && words.length >= LEAST_PARAGRAPH_WORDS) paragraphs.add(zoneText(BODY, words));
      }
      const line = pageLine(page);
      if (line !== undefined) pages.add(line);
    }
    dropUnpacked(name);
  }
  console.error(`${paragraphs.close()} paragraphs, ${pages.close()} pages`);
}

interface Zone {
  readonly group: number;
  readonly words: string[];
}

function zoneText(group: number, words: readonly string[]): string {
  return `${group}${words.join(' ')}`;
}

function pageLine(zones: readonly Zone[]): string | undefined {
  const joined: Zone[] = [];
  let count = 0;
  for (const { group, words } of zones) {
    const last = joined.at(-1);
    if (last !== undefined && last.group === group) for (const word of words) last.words.push(word);
    else joined.push({ group, words: [...words] });
    count += words.length;
    if (count > MOST_PAGE_WORDS) break;
  }
  if (count < LEAST_PAGE_WORDS) return undefined;
  return joined.map(({ group, words }) => zoneText(group, words)).join('\t');
}

/** Zones of an HTML file in order; nothing where it is no text (links that lead nowhere, folders). */
function readPage(path: string): Zone[] | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
    if (path.endsWith('.gz')) bytes = gunzipSync(bytes);
  } catch {
    return undefined;
  }
  const zones: Zone[] = [];
  let text = '';
  let group = BODY;
  let skipped = 0;
  const end = (): void => {
    const words = text
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.filter(({ length }) => length <= MOST_WORD_LETTERS);
    text = '';
    if (words !== undefined && words.length > 0) zones.push({ group, words });
  };
  const parser = new Parser({
    onopentagname(name) {
      if (SKIPPED.has(name)) skipped += 1;
      if (BREAKS.has(name)) {
        end();
        group = name === 'title' ? TITLE : /^h[1-6]$/u.test(name) ? HEADING : BODY;
      } else if (SPACES.has(name)) text += ' ';
    },
    ontext(data) {
      if (skipped === 0) text += data;
    },
    onclosetag(name) {
      if (SKIPPED.has(name)) skipped -= 1;
      if (!BREAKS.has(name)) return;
      end();
      group = BODY;
    },
  });
  parser.end(bytes.toString('utf8'));
  end();
  return zones;
}
