/** How much memory there is for this process: what the machine has, or the control group that it runs in allows. */

import { totalmem } from 'node:os';

/** Bytes; the smaller of the machine's memory and the limit of the control group (container, systemd unit). */
export function machineMemory_bytes(): number {
  const machine = totalmem();
  // 0 or more than there is where nothing limits the process.
  const limited = process.constrainedMemory();
  return limited > 0 ? Math.min(machine, limited) : machine;
}
