/** The order of the house: what every folder, file and page of this repository keeps to. */

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { describe, it } from 'node:test';

import { STORAGE_RULES } from '../scripts/storage-rules.ts';
import { TRANSFER_RULES } from '../scripts/transfer-rules.ts';
import { headingAnchors, linksIn } from '../testing/markdown-links.ts';
import { projectFiles, projectRoot, projectText } from '../testing/project-files.ts';

const TEXTS = ['.ts', '.js', '.md', '.json', '.html', '.css', '.yml', '.yaml', '.sh'];

/** What a repository that stands for itself has no word for, and where one file may have it. */
const FOREIGN: readonly { readonly what: string; readonly pattern: RegExp; readonly except?: string }[] = [
  {
    what: 'an absolute path of somebody’s machine',
    pattern: /(?<![\w.:/-])\/(?:w[o]rk|h[o]me\/\w+|Us[e]rs)\//,
  },
  { what: 'a hidden folder beside the repository', pattern: /(?<![\w)\]])\.libr[a]ry\b/ },
  {
    what: 'a folder outside the repository',
    pattern: /(?<![\w-])sh[a]red\/(?!\*)/,
    except: 'testing/shared-data.ts',
  },
  { what: 'a package registry', pattern: /\bregi[s]try\.[a-z]+\.[a-z]+|\bnpmj[s]\.(?:org|com)/ },
  { what: 'an unfinished thought', pattern: /\b(?:TO[D]O|FIX[M]E|XX[X])\b/ },
];

/** Words that name nothing. */
const EMPTY_NAMES = /^(?:utils?|helpers?|common|misc|manager|handlers?|stuff|tools)\.ts$/;

// From files, not from directories: an empty one is no part of a repository.
const folders = [...new Set(projectFiles('src').flatMap((path) => path.split('/').slice(1, -1).slice(0, 1)))];

describe('Every folder of src', () => {
  it('has a door and a page that says what lives there', () => {
    const missing = folders
      .flatMap((folder) => [`src/${folder}/README.md`, `src/${folder}/index.ts`])
      .filter((path) => !existsSync(join(projectRoot, path)));
    assert.deepEqual(missing, []);
  });
});

describe('Every page of a folder', () => {
  const PAGE = '/README.md';
  const commands = (JSON.parse(projectText('package.json')) as { scripts: Record<string, string> }).scripts;

  it('names each file beside it, or the command that runs it', () => {
    const unnamed = ['src', 'testing', 'scripts', 'bench', 'demo']
      .flatMap((folder) => projectFiles(folder))
      .filter((path) => path.endsWith(PAGE))
      .flatMap((page) => {
        const folder = page.slice(0, -PAGE.length);
        const named = namesIn(projectText(page), commands);
        return projectFiles(folder, '.ts')
          .filter(
            (path) => posix.dirname(path) === folder && !/\/index\.ts$|\.(?:test|fixture)\.ts$/.test(path),
          )
          .filter((path) => !named.has(basename(path, '.ts')))
          .map((path) => `${page} does not name ${basename(path)}`);
      });
    assert.deepEqual(unnamed, []);
  });

  it('is read for names in code alone', () => {
    const text = 'sorted by `npm run sweep`, `layout`, `inner/heap.ts`, and `node scripts/plot.ts NAME`';
    assert.deepEqual(
      ['sorted', 'sweep-all', 'layout', 'heap', 'plot'].filter((name) =>
        namesIn(text, { sweep: 'node scripts/sweep-all.ts once' }).has(name),
      ),
      ['sweep-all', 'layout', 'heap', 'plot'],
    );
  });
});

describe('Every source file', () => {
  const sources = ['src', 'testing', 'scripts'].flatMap((folder) => projectFiles(folder, '.ts'));

  it('begins with a line that says what it is', () => {
    const silent = sources.filter(
      (path) =>
        !path.endsWith('.test.ts') &&
        !isForeignLanguage(path) &&
        !/^(?:#!.*\n)?\/\*\*/.test(projectText(path)),
    );
    assert.deepEqual(silent, []);
  });

  it('is named by what it holds', () => {
    assert.deepEqual(
      sources.filter((path) => EMPTY_NAMES.test(basename(path))),
      [],
    );
    assert.deepEqual(
      sources.filter((path) => !/^[a-z0-9]+(?:[-.][a-z0-9]+)*\.ts$/.test(basename(path))),
      [],
    );
  });
});

describe('Every rule that is switched off in turn to see its test fail', () => {
  it('stands where it is looked for', () => {
    const gone = [...STORAGE_RULES.rules, ...TRANSFER_RULES.rules]
      .filter(({ file, find }) => !projectText(file).includes(find))
      .map(({ id, file }) => `${id} in ${file}`);
    assert.deepEqual(gone, []);
  });
});

describe('The repository', () => {
  it('speaks of itself alone', () => {
    const found: string[] = [];
    for (const path of projectFiles('', ...TEXTS)) {
      if (path === 'package-lock.json') continue;
      for (const [number, line] of projectText(path).split('\n').entries()) {
        for (const { what, pattern, except } of FOREIGN) {
          if (path !== except && pattern.test(line))
            found.push(`${path}:${number + 1}: ${what}: ${line.trim()}`);
        }
      }
    }
    assert.deepEqual(found, []);
  });

  it('locks its packages without download addresses', () => {
    const lock = projectText('package-lock.json');
    assert.doesNotMatch(lock, /"resolved"/);
    assert.match(lock, /"integrity"/);
  });

  it('has pages whose links lead somewhere', () => {
    const broken: string[] = [];
    for (const page of projectFiles('', '.md')) {
      for (const { target, line } of linksIn(projectText(page))) {
        if (!leadsSomewhere(page, target)) broken.push(`${page}:${line}: ${target}`);
      }
    }
    assert.deepEqual(broken, []);
  });

  it('has tests that notice a foreign word', () => {
    const samples = [
      'see /w?rk/main',
      'in ../.libr?ry/x',
      'sh?red/data',
      'https://regi?try.example.org',
      '// TO?O',
    ];
    const letters = ['o', 'a', 'a', 's', 'D'];
    for (const [n, { pattern, what }] of FOREIGN.entries()) {
      assert.match(samples[n]!.replace('?', letters[n]!), pattern, what);
    }
  });
});

/** What a page says in code that may be a file's name, without folders and `.ts`; of commands the file that they run. */
function namesIn(text: string, commands: Readonly<Record<string, string>>): ReadonlySet<string> {
  const spans = Array.from(text.matchAll(/`([^`\n]+)`/g), ([, span = '']) => span);
  const runs = spans.flatMap((span) => commands[/^npm run ([\w:-]+)/.exec(span)?.[1] ?? ''] ?? []);
  return new Set([...spans, ...runs].flatMap((span) => span.split(' ')).map((word) => basename(word, '.ts')));
}

function isForeignLanguage(path: string): boolean {
  return path.includes('/assembly/');
}

function leadsSomewhere(page: string, target: string): boolean {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return true;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : posix.join(posix.dirname(page), decodeURIComponent(path));
  const full = join(projectRoot, file);
  if (!existsSync(full)) return false;
  if (anchor === undefined || !file.endsWith('.md') || statSync(full).isDirectory()) return true;
  return headingAnchors(projectText(file)).has(decodeURIComponent(anchor));
}
