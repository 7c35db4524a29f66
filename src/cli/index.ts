/** The door of `cli`: the command as a function. */

export { run } from './program.ts';
export type { Terminal } from './terminal.ts';
