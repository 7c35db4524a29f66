/**
 * Memory that is not used goes back to the system. The C library's allocator and V8's young generation keep what a busy
 * minute made them take; both can be told not to, but only before a process begins. So a program that stays begins twice.
 */

/** glibc (mallopt(3)): few arenas, return what is free at the top, give large blocks their own mappings. */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '131072',
} as const;
/** MB of each half of the young generation. */
const YOUNG_GENERATION = ['--max-semi-space-size=4'];
/**
 * An import makes so many buffers that V8 would mark a heap of thirty megabytes for every two hundred documents, for the
 * buffers' sake: it counts them in a limit of their own, and our own keeper collects those that are dead.
 */
export const IMPORTING: readonly string[] = [
  '--max-semi-space-size=8',
  '--external-memory-accounted-in-global-limit',
];
/** One thread compiles and collects beside the one that imports: four, as Node has them, wait for cores that parsing needs. */
const ONE_HELPER = '--v8-pool-size=1';
/** As in parsing processes, V8's last compiler takes a function later than by itself, in the Node that knows the option. */
const LAST_COMPILER = process.versions.node.startsWith('24.') ? ['--invocation-count-for-turbofan=9000'] : [];
/** Commands that stay. */
const STAYING = new Set(['serve', 'crawl', 'demo']);
const IMPORT = 'import';

const words = (): readonly string[] => process.argv.slice(2);

/** Whether the command line is of a program that stays. */
export function isStaying(): boolean {
  return words().some((word) => STAYING.has(word));
}

/**
 * Starts the program anew in this very process, once, where that is possible (Linux) and worth it: where its command takes
 * long.
 */
export function beginFrugally(stays?: boolean): void {
  const { argv, env, execArgv, execPath, platform } = process;
  const isChosen = Object.keys(ALLOCATOR).some((name) => env[name] !== undefined);
  const isImport = words().includes(IMPORT);
  const isWorth = stays ?? (isStaying() || isImport);
  // A channel to a parent process would not survive.
  if (platform !== 'linux' || isChosen || !isWorth || process.send !== undefined) return;
  process.execve?.(
    execPath,
    [
      execPath,
      ...execArgv,
      ...(isImport ? [...IMPORTING, ONE_HELPER, ...LAST_COMPILER] : YOUNG_GENERATION),
      ...argv.slice(1),
    ],
    {
      ...env,
      ...ALLOCATOR,
    },
  );
}
