/**
 * Makes `dist/package`: what `npm publish` (or `npm pack`) takes. Emitted JavaScript and types, WebAssembly, static
 * files and the demo site; no TypeScript source, no tests, and no Node of its own.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist', 'package');

rmSync(target, { recursive: true, force: true });
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const emitted = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.package.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (emitted.status !== 0) process.exit(1);

// Declarations keep `.ts` in their imports; who installs the package has `.js` (and `.d.ts` beside it).
for (const file of globSync('dist/**/*.d.ts', { cwd: target })) {
  const path = join(target, file);
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(/(from\s+|import\()(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.js$2'),
  );
}

const copied = [
  ...globSync('src/**/*.{wasm,css,js,svg,ico}', { cwd: root }).map(
    (file) => [file, join('dist', file)] as const,
  ),
  ...globSync('demo/site/**/*', { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .map((file) => [file, join('dist', file)] as const),
  // The README's links and pictures go along.
  ...globSync('docs/**/*.{md,png}', { cwd: root }).map((file) => [file, file] as const),
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'LICENSE', 'CHANGELOG.md', 'bin/peregrine.js'].map(
    (file) => [file, file] as const,
  ),
];
for (const [from, to] of copied) {
  mkdirSync(dirname(join(target, to)), { recursive: true });
  cpSync(join(root, from), join(target, to));
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
for (const field of ['devDependencies', 'optionalDependencies', 'scripts', 'private']) delete manifest[field];
manifest['engines'] = { node: '>=24' };
manifest['exports'] = {
  '.': { types: './dist/src/library.d.ts', default: './dist/src/library.js' },
  './client': { types: './dist/src/client.d.ts', default: './dist/src/client.js' },
};
manifest['files'] = ['bin', 'dist', 'docs', '*.md', 'LICENSE'];
writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
