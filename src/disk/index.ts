/** The door of `disk`. */

export type { Disk, DiskFile, FileStat, OpenMode } from './disk.ts';
