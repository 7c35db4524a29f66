/** The peers' packages: installed into this folder at the first need, imported by name, typed by who uses them. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const directory: string = fileURLToPath(new URL('.', import.meta.url));

/** Installs what `bench/package.json` asks for, where any of it is absent. Throws with npm's words where it can't. */
export function installPeers(): void {
  const { dependencies } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const absent = Object.keys(dependencies).filter(
    (name) => !existsSync(join(directory, 'node_modules', name)),
  );
  if (absent.length === 0) return;
  console.error(`Installing ${absent.join(', ')} into bench/ …`);
  const result = spawnSync('npm', ['install', '--no-audit', '--no-fund'], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`The peers can't be installed:\n${result.stdout}${result.stderr}`);
}

/** A peer's module. Not a literal import: the type checker must not need the package. */
export async function importPeer<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}

export function peerVersion(name: string): string {
  const path = join(directory, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
