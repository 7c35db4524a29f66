/** The door of `disk`. */

export type { Disk, DiskFile, FileStat, OpenMode } from './disk.ts';
export { LOCK_FILE, lockDirectory, lockForReading } from './directory-lock.ts';
export type { DirectoryLock } from './directory-lock.ts';
export { makeDirectoryTree } from './directory-tree.ts';
export { fromSystemError, wordsForSystemError } from './disk-error.ts';
export { directoryOfPath } from './disk-path.ts';
export type { DiskOperation, Fault, FaultEffect, FaultPlan } from './fault-plan.ts';
export { FaultyDisk } from './faulty-disk.ts';
export type { FaultyDiskOptions } from './faulty-disk.ts';
export { copyFile, linkOrCopy, mayLink, removeTree, treeBytes } from './link-or-copy.ts';
export { MemoryDisk } from './memory-disk.ts';
export type { MemoryDiskOptions } from './memory-disk.ts';
export { readDescriptor } from './real-file.ts';
export { ReadOnlyDisk } from './read-only-disk.ts';
export { openRealDisk, RealDisk } from './real-disk.ts';
export { replaceFile } from './replace-file.ts';
