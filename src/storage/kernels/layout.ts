/** Byte offsets of what a memtable set holds in its linear memory. Every address is a multiple of four. */

/** A word: the next free byte. */
export const AT_NEXT = 16;
/** Words that a kernel answers with. */
export const AT_RESULT = 32;
/** The key that is looked for, at most 64 bytes. */
export const AT_KEY = 128;
/** The key that is being inserted. */
export const AT_INSERTED = 192;
/** Heads of tables, by database number. */
export const AT_TABLES = 256;
export const TABLE_BYTES = 32;
export const MAX_TABLES = 16;
/** Where {@link encodePage} begins, and what it answers with: words from AT_RESULT on. */
export const RESULT_PLACE = 0;
export const RESULT_AT = 4;
export const RESULT_ENTRIES = 8;
export const RESULT_TOMBSTONES = 12;
/** Bytes of the values on the page. */
export const RESULT_VALUES = 16;
/** 1 where the next entry has a value too long for a page with others. */
export const RESULT_IS_LONG = 20;
/** Address of the last key on the page. */
export const RESULT_LAST_KEY = 24;

/** Entries from one restart point of a page to the next, as docs/formats/part.md has it. */
export const PAGE_RESTART_INTERVAL = 16;
/** Entries that one page of {@link encodePage} holds at most. */
export const MAX_PAGE_ENTRIES = 2048;

export const FIRST_FREE: number = AT_TABLES + TABLE_BYTES * MAX_TABLES;

/** Fields of a table's head. */
export const TABLE_KEY_BYTES = 0;
/** Entries, deletions included. */
export const TABLE_COUNT = 4;
/** Address of the directory: addresses of buckets in key order. */
export const TABLE_DIRECTORY = 8;
export const TABLE_BUCKETS = 12;
export const TABLE_CAPACITY = 16;
/** Where the last key went: the next one often belongs there too. */
export const TABLE_LAST = 20;

/** A bucket: count, capacity, keys side by side, then for each an address of its operation in a batch. */
export const BUCKET_COUNT = 0;
export const BUCKET_CAPACITY = 4;
export const BUCKET_KEYS = 8;

/** Keys in a bucket before it is split in two. */
export const MAX_BUCKET_KEYS = 256;
export const FIRST_BUCKET_KEYS = 16;
