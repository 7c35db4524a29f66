/** The commit that a figure belongs to, with a mark where the tree has changes that it does not hold. */

import { execFileSync } from 'node:child_process';

export function commitHere(): string {
  const isClean = git('status', '--porcelain', '--untracked-files=no') === '';
  return git('rev-parse', '--short', 'HEAD') + (isClean ? '' : ' with changes');
}

function git(...words: readonly string[]): string {
  return execFileSync('git', words, { encoding: 'utf8', cwd: import.meta.dirname }).trim();
}
