/** The floors of the house: imports run downward, through doors, in no circle. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { circlesIn, importedNames, importsUnder } from '../testing/import-graph.ts';

const FLOORS: Readonly<Record<string, number>> = {
  base: 0,
  disk: 1,
  storage: 2,
  text: 2,
  document: 3,
  index: 3,
  query: 4,
  crawl: 4,
  collection: 5,
  transfer: 6,
  cluster: 6,
  server: 7,
  cli: 8,
  // What a program that embeds the engine imports: a file beside the floors, above all of them.
  'library.ts': 9,
};

/** Folders of the same floor, the first of which may import the second. */
const SIDEWAYS: readonly (readonly [from: string, to: string])[] = [];

const folderOf = (path: string): string => path.split('/')[1] ?? '';
const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.endsWith('.fuzz.ts');

const imports = importsUnder('src');
const inside = imports.filter(({ to }) => to.startsWith('src/'));

describe('The house', () => {
  it('has a floor for every folder of src', () => {
    const folders = new Set(imports.map(({ from }) => folderOf(from)));
    const unknown = [...folders].filter((folder) => FLOORS[folder] === undefined);
    assert.deepEqual(unknown, []);
  });

  it('imports downward only', () => {
    const wrong = inside.filter(({ from, to }) => {
      const [above, below] = [folderOf(from), folderOf(to)];
      if (above === below) return false;
      if (SIDEWAYS.some(([left, right]) => left === above && right === below)) return false;
      return (FLOORS[below] ?? Number.NaN) >= (FLOORS[above] ?? Number.NaN);
    });
    assert.deepEqual(wrong.map(arrow), []);
  });

  it('goes from folder to folder through the door', () => {
    const wrong = inside.filter(
      ({ from, to }) => folderOf(from) !== folderOf(to) && to !== `src/${folderOf(to)}/index.ts`,
    );
    assert.deepEqual(wrong.map(arrow), []);
  });

  it('imports nothing from outside src but in tests', () => {
    const wrong = imports.filter(({ from, to }) => !to.startsWith('src/') && !isTest(from));
    assert.deepEqual(wrong.map(arrow), []);
  });

  it('has no circle between files', () => {
    const circles = circlesIn(inside.filter(({ from }) => !isTest(from)));
    assert.deepEqual(
      circles.map((circle) => circle.join(' → ')),
      [],
    );
  });
});

describe('The reader of imports', () => {
  it('finds every form of import, and none in comments', () => {
    const source = [
      "import a from './a.ts';",
      "import {\n  b,\n  type B,\n} from './b.ts';",
      "export * from './c.ts';",
      "export { d } from './d.ts';",
      "import './e.ts';",
      "const f = await import('./f.ts');",
      "// import g from './g.ts';",
      "/* import h from './h.ts'; */",
      "import type { I } from './i.ts';",
      "export const j = 'from'; const k = './k.ts';",
    ].join('\n');
    assert.deepEqual(
      importedNames(source),
      ['a', 'b', 'c', 'd', 'e', 'f', 'i'].map((name) => `./${name}.ts`),
    );
  });

  it('finds a circle', () => {
    const edges = ['a b', 'b c', 'c a', 'c d', 'd d'].map((edge) => {
      const [from = '', to = ''] = edge.split(' ');
      return { from, to };
    });
    assert.deepEqual(circlesIn(edges), [
      ['a', 'b', 'c', 'a'],
      ['d', 'd'],
    ]);
  });
});

function arrow({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from} → ${to}`;
}
