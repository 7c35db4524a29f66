/** What a piece of work costs this thread: unlike the time on the wall, a busy machine does not change it much. */

const US_PER_MS = 1000;

/** CPU time of this thread in `work`, in milliseconds. For bounds that only a wrong order of growth breaks. */
export function threadCpu_ms(work: () => void): number {
  const start = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / US_PER_MS;
}
