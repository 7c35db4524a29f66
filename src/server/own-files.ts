/** Our style sheets, scripts and icon: read once, named by their content, cached by browsers for ever. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { compressedOnce } from './compression.ts';

export interface OwnFile {
  readonly path: string;
  readonly type: string;
  readonly bytes: Buffer;
  /** The same in Brotli. */
  readonly brotli: Buffer;
}

export interface OwnFiles {
  readonly style: OwnFile;
  readonly adminStyle: OwnFile;
  readonly keysScript: OwnFile;
  readonly liveScript: OwnFile;
  readonly icon: OwnFile;
  /** For other pages: under a name that stays. */
  readonly widget: OwnFile;
}

/** One sheet for browsers, a file for each concern; later ones refine earlier ones. */
const STYLE: readonly string[] = [
  'base',
  'header',
  'search-box',
  'controls',
  'home',
  'results',
  'filters',
  'hits',
  'cards',
  'stored',
  'tables',
  'screens',
  'documentation',
];
const ADMIN_STYLE: readonly string[] = ['frame', 'values', 'plots', 'tables'];

let files: OwnFiles | undefined;

/** Read and compressed at the first call. */
export function readOwnFiles(): OwnFiles {
  files ??= {
    style: readOwnSheet('style', STYLE),
    adminStyle: readOwnSheet('admin', ADMIN_STYLE),
    keysScript: readOwnFile('keys.js', 'text/javascript; charset=utf-8'),
    liveScript: readOwnFile('live.js', 'text/javascript; charset=utf-8'),
    icon: readOwnFile('favicon.svg', 'image/svg+xml'),
    widget: readOwnFile('widget.js', 'text/javascript; charset=utf-8'),
  };
  return files;
}

/** What a variable of the style sheet is where no theme says otherwise; empty for one that there is not. */
export function standardColour(time: 'light' | 'dark', name: string): string {
  const sheet = readOwnFiles().style.bytes.toString('utf8');
  const [light = '', dark = ''] = sheet.split('@media (prefers-color-scheme: dark)');
  return new RegExp(`--${name}: ([^;]+);`).exec(time === 'light' ? light : dark)?.[1] ?? '';
}

function readOwnFile(name: string, type: string): OwnFile {
  return namedByContent(name, type, readFileSync(new URL(`./assets/${name}`, import.meta.url)));
}

function readOwnSheet(name: string, parts: readonly string[]): OwnFile {
  const bytes = parts.map((part) => readFileSync(new URL(`./assets/${name}/${part}.css`, import.meta.url)));
  return namedByContent(`${name}.css`, 'text/css; charset=utf-8', Buffer.concat(bytes));
}

function namedByContent(name: string, type: string, bytes: Buffer): OwnFile {
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const path = `/assets/${name.replace('.', `-${version}.`)}`;
  return { path, type, bytes, brotli: compressedOnce(bytes) };
}
