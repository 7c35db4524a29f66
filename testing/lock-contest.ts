/** Processes that contend for a directory's lock, round after round, on one signal. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a contestant says of one try: `won`, or the pid of the holder that it was told. */
export type LockAnswer =
  | { readonly won: true }
  | { readonly won: false; readonly holder_pid?: number; readonly code: string };

export interface LockContestant {
  readonly pid: number;
  try(): Promise<LockAnswer>;
  release(): Promise<void>;
  /** Ends the process at once, as `kill -9` does, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a process of its own that takes and releases the lock of `directory` as told. */
export async function startLockContestant(directory: string): Promise<LockContestant> {
  const program = fileURLToPath(new URL('lock-contestant.ts', import.meta.url));
  const child = fork(program, [directory], { stdio: 'inherit', execArgv: [] });
  await once(child, 'message');
  return {
    pid: child.pid!,
    try: async () => (await ask(child, 'try')) as LockAnswer,
    release: async () => void (await ask(child, 'release')),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

export interface LockContest {
  readonly rounds: number;
  /** Rounds that did not have exactly one winner, or whose loser was told a wrong holder. */
  readonly broken: readonly string[];
  readonly wins: readonly number[];
}

/** Lets two processes reach for one lock at once, `rounds` times. */
export async function holdLockContest(directory: string, rounds: number): Promise<LockContest> {
  const contestants = await Promise.all([startLockContestant(directory), startLockContestant(directory)]);
  const broken: string[] = [];
  const wins = [0, 0];
  try {
    for (let round = 1; round <= rounds; round++) {
      const answers = await Promise.all(contestants.map((contestant) => contestant.try()));
      const winners = answers.flatMap(({ won }, n) => (won ? [n] : []));
      if (winners.length !== 1) broken.push(`round ${round}: ${winners.length} winners`);
      for (const answer of answers) {
        if (!answer.won && answer.code !== 'LOCKED') broken.push(`round ${round}: ${answer.code}`);
      }
      for (const n of winners) {
        wins[n]! += 1;
        await contestants[n]!.release();
      }
    }
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.kill()));
  }
  return { rounds, broken, wins };
}

async function ask(child: ChildProcess, command: 'try' | 'release'): Promise<unknown> {
  const answered = once(child, 'message');
  child.send(command);
  const [answer] = (await answered) as unknown[];
  return answer;
}
