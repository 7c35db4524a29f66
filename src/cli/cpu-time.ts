/** CPU time of this process and of those that it started: what a piece of work cost, parsing processes included. */

import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;

/** User and system time so far, ms. Outside Linux, only this process's own can be told. */
export function cpuTime_ms(): number {
  const { user, system } = process.cpuUsage();
  const own_ms = (user + system) / 1000;
  if (process.platform !== 'linux') return own_ms;
  // Of children that have ended, their parent keeps the sum; of living ones, each its own.
  let ticks = fieldsOf(process.pid)?.ended ?? 0;
  for (const pid of childrenOf()) ticks += fieldsOf(pid)?.own ?? 0;
  return own_ms + ticks * TICK_MS;
}

function childrenOf(): number[] {
  try {
    return readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** proc(5): fields 14 and 15 are a process's own time, 16 and 17 that of its ended children. */
function fieldsOf(pid: number): { own: number; ended: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    return { own: user + system, ended: endedUser + endedSystem };
  } catch {
    return undefined;
  }
}
