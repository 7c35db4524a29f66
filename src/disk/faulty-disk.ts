/** A {@link Disk} that fails as disks do, by a plan and a seed that replay, and that can lose its power. */

import { PeregrineError, seededRandom, systemClock } from '../base/index.ts';
import type { Clock, Random } from '../base/index.ts';
import { CrashModel } from './crash-model.ts';
import { diskError } from './disk-error.ts';
import type { Disk, DiskFile, FileStat, OpenMode } from './disk.ts';
import { FaultSchedule } from './fault-plan.ts';
import type { DiskCall, DiskOperation, Fault, FaultEffect, FaultPlan } from './fault-plan.ts';
import { FaultyFile } from './faulty-file.ts';
import type { Run } from './faulty-file.ts';
import { DEFAULT_CAPACITY_BYTES } from './memory-disk.ts';
import { FileNode, MemoryTree } from './memory-tree.ts';

export interface FaultyDiskOptions {
  /** Everything that is left to chance follows from it. Default 1. */
  readonly seed?: number;
  readonly plan?: FaultPlan;
  /** Bytes that its files may hold together. Default 1 TiB. */
  readonly capacity_bytes?: number;
  /** Whose time stalls take. Default: the system's. */
  readonly clock?: Clock;
}

export class FaultyDisk implements Disk {
  readonly #seed: number;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #tree: MemoryTree;
  readonly #model: CrashModel;
  readonly #schedule: FaultSchedule;
  #crashAtCall: number | undefined;
  #calls = 0;
  #crashes = 0;
  #isDown = false;

  constructor(
    {
      seed = 1,
      plan = {},
      capacity_bytes = DEFAULT_CAPACITY_BYTES,
      clock = systemClock,
    }: FaultyDiskOptions = {},
    tree: MemoryTree = new MemoryTree(capacity_bytes),
  ) {
    this.#seed = seed;
    this.#random = seededRandom(seed);
    this.#clock = clock;
    this.#tree = tree;
    this.#model = new CrashModel(tree);
    this.#schedule = new FaultSchedule(plan.faults ?? [], this.#random);
    this.#crashAtCall = plan.crashAtCall;
  }

  /** Calls made so far, failed ones included. Run once without a crash to know where one may be put. */
  get calls(): number {
    return this.#calls;
  }

  /** True from a crash on. */
  get isDown(): boolean {
    return this.#isDown;
  }

  /** Adds a fault to the plan while the disk runs. */
  addFault(fault: Fault): void {
    this.#schedule.add(fault);
  }

  /** Stops the machine in the call with this number, counted from 1 over the disk's life. */
  crashAt(call: number): void {
    this.#crashAtCall = call;
  }

  /**
   * Cuts the power, and gives the disk that the machine comes back with: one of the states that the syncs so far
   * allow, drawn by the seed. Calls on this disk fail from now on. Each further call draws another state.
   */
  crash(plan: FaultPlan = {}): FaultyDisk {
    this.#isDown = true;
    this.#crashes += 1;
    const seed = (Math.imul(this.#seed, 0x9e37_79b1) + this.#crashes * 0x85eb_ca6b + this.#calls) >>> 0;
    const survivor = this.#model.drawSurvivor(seededRandom(seed));
    return new FaultyDisk({ seed: seed ^ 0x5bd1_e995, plan, clock: this.#clock }, survivor);
  }

  /** Turns one bit of a file at rest, at `offset` or at a place drawn by the seed; returns where. */
  flipBit(path: string, offset?: number): number {
    const node = this.#tree.open(path, 'read');
    if (node.bytes.size_bytes === 0) throw diskError('EINVAL', 'flipBit', { file: path });
    const at = offset ?? this.#random.below(node.bytes.size_bytes);
    const byte = new Uint8Array(1);
    node.bytes.read(byte, at);
    byte[0] = (byte[0] ?? 0) ^ (1 << this.#random.below(8));
    this.#model.damage(node, at, byte);
    return at;
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const node = await this.#call('open', path, () => this.#tree.open(path, mode));
    return new FaultyFile(path, node, mode, {
      call: (operation, run, offset, length) => this.#call(operation, path, run, offset, length),
      callSync: (operation, run, offset, length) => this.#callSync(operation, path, run, offset, length),
      sync: () => this.#call('sync', path, this.#syncing('sync', path, node)),
      syncNow: () => this.#callSync('sync', path, this.#syncing('sync', path, node)),
      tree: this.#tree,
    });
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#call('stat', path, () => {
      const node = this.#tree.find(path);
      return node && { size_bytes: node instanceof FileNode ? node.bytes.size_bytes : 0 };
    });
  }

  list(directory: string): Promise<string[]> {
    return this.#call('list', directory, () => this.#tree.list(directory));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#call('makeDirectory', path, () => this.#tree.makeDirectory(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', from, () => this.#tree.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#call('remove', path, () => this.#tree.remove(path));
  }

  link(existing: string, path: string): Promise<void> {
    return this.#call('link', path, () => this.#tree.link(existing, path));
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#call('syncDirectory', path, this.#syncing('syncDirectory', path));
  }

  free_bytes(): Promise<number> {
    return this.#call('free_bytes', '', () => this.#tree.free_bytes);
  }

  /** One sync, of `file` or else of the directory `path`: durable, or failed and forgotten. */
  #syncing(operation: 'sync' | 'syncDirectory', path: string, file?: FileNode): Run<void> {
    return (effects) => {
      const isLost = effects.has('lost-sync');
      if (file === undefined) {
        const directory = this.#tree.directory(operation, path);
        if (isLost) this.#model.forgetDirectory(directory);
        else this.#model.syncDirectory(directory);
      } else if (isLost) {
        this.#model.forgetFile(file);
      } else {
        this.#model.syncFile(file);
      }
      if (isLost) throw diskError('EIO', operation, { file: path });
    };
  }

  async #call<T>(
    operation: DiskOperation,
    path: string,
    run: Run<T>,
    offset?: number,
    length?: number,
  ): Promise<T> {
    const { number, effects, stall_ms } = this.#begin({ operation, path, offset, length });
    if (stall_ms > 0) {
      await this.#clock.sleep(stall_ms);
      // The power may have gone meanwhile.
      if (this.#isDown) throw crashed(operation, path);
    }
    return this.#finish({ operation, path, number, offset, length }, effects, run);
  }

  #callSync<T>(operation: DiskOperation, path: string, run: Run<T>, offset?: number, length?: number): T {
    const { number, effects } = this.#begin({ operation, path, offset, length });
    return this.#finish({ operation, path, number, offset, length }, effects, run);
  }

  #begin(call: Omit<DiskCall, 'number'>): { number: number; effects: Set<FaultEffect>; stall_ms: number } {
    this.#calls += 1;
    const number = this.#calls;
    if (this.#isDown) throw crashed(call.operation, call.path);
    const faults = this.#schedule.striking({ ...call, number });
    const stall = faults.find(({ effect }) => effect === 'stall');
    const stall_ms = stall === undefined ? 0 : this.#random.unit() * (stall.stall_ms ?? 5);
    return { number, effects: new Set(faults.map(({ effect }) => effect)), stall_ms };
  }

  #finish<T>({ operation, path, number, offset }: DiskCall, effects: Set<FaultEffect>, run: Run<T>): T {
    const facts = { file: path, offset };
    if (number === this.#crashAtCall) {
      if (this.#random.below(2) === 0) run(NO_EFFECTS, this.#random);
      this.#isDown = true;
      throw crashed(operation, path);
    }
    if (effects.has('io-error')) throw diskError('EIO', operation, facts);
    if (effects.has('disk-full') && operation !== 'write') throw diskError('ENOSPC', operation, facts);
    return run(effects, this.#random);
  }
}

const NO_EFFECTS: ReadonlySet<FaultEffect> = new Set();

function crashed(operation: DiskOperation, path: string): PeregrineError {
  return new PeregrineError(
    'IO',
    `${operation} of ${JSON.stringify(path)} failed: the machine has stopped.`,
    {
      file: path,
      operation,
      crashed: true,
    },
  );
}
