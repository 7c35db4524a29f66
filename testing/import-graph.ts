/** Which source file imports which, read from their text. */

import { posix } from 'node:path';

import { projectFiles, projectText } from './project-files.ts';

export interface Import {
  readonly from: string;
  /** Path from the project's root. */
  readonly to: string;
}

const IMPORT =
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"](?<from>[^'"]+)['"]|^\s*import\s*['"](?<bare>[^'"]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"]+)['"]/gm;

/** The module names in a source text, in order: static, bare and dynamic imports, and exports from elsewhere. */
export function importedNames(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(IMPORT)].map(
    ({ groups }) => groups?.['from'] ?? groups?.['bare'] ?? groups?.['dynamic'] ?? '',
  );
}

/** All imports of one project file by another among the TypeScript files under `folder`. */
export function importsUnder(folder: string): Import[] {
  return projectFiles(folder, '.ts').flatMap((from) =>
    importedNames(projectText(from))
      .filter((name) => name.startsWith('.'))
      .map((name) => ({ from, to: posix.join(posix.dirname(from), name) })),
  );
}

/** Circles in a graph: each as the files along it, the first again at the end. At most one for each way back. */
export function circlesIn(imports: readonly Import[]): string[][] {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      circles.push([...path.slice(path.indexOf(file)), file]);
      return;
    }
    state.set(file, 'open');
    path.push(file);
    for (const { to } of targets.get(file) ?? []) visit(to);
    path.pop();
    state.set(file, 'done');
  };
  for (const file of targets.keys()) visit(file);
  return circles;
}
