/** What a process and those that it began hold in memory, by what Linux says of them in /proc. */

import { readdirSync, readFileSync } from 'node:fs';

export interface TreeMemory {
  /** Resident set of the process itself. */
  readonly main_bytes: number;
  /**
   * All processes together, pages that several of them map shared out among them (proportional set size): what the
   * machine would have back if they ended.
   */
  readonly tree_bytes: number;
  readonly processes: number;
}

/** Undefined where the process has ended. Processes that end while they are counted are left out. */
export function memoryOfTree(root: number): TreeMemory | undefined {
  const main = residentOf(root);
  if (main === undefined) return undefined;
  const children = childrenOfAll();
  const waiting = [root];
  let tree_bytes = 0;
  let processes = 0;
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const share = field(`/proc/${pid}/smaps_rollup`, 'Pss');
    if (share !== undefined) {
      tree_bytes += share;
      processes += 1;
    }
    waiting.push(...(children.get(pid) ?? []));
  }
  return { main_bytes: main, tree_bytes, processes };
}

function residentOf(pid: number): number | undefined {
  return field(`/proc/${pid}/status`, 'VmRSS');
}

function childrenOfAll(): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = /^PPid:\s+(\d+)$/m.exec(textOf(`/proc/${name}/status`) ?? '')?.[1];
    if (parent === undefined) continue;
    const known = children.get(Number(parent)) ?? [];
    children.set(Number(parent), [...known, Number(name)]);
  }
  return children;
}

function field(file: string, name: string): number | undefined {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(textOf(file) ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
