/** Byte offsets of what a memtable set holds in its linear memory. Every address is a multiple of four. */

/** A word: the next free byte. */
export const AT_NEXT = 16;
/** A word: what waiting operations will take in buckets. */
export const AT_WAITING = 24;
/** A word: of what was looked at to have it near. */
export const AT_FETCHED = 28;
/** Words that a kernel answers with. */
export const AT_RESULT = 32;
/** The key that is looked for, at most 64 bytes. */
export const AT_KEY = 128;
/** The key that is being inserted. */
export const AT_INSERTED = 192;
/** Heads of tables, by database number. */
export const AT_TABLES = 256;
export const TABLE_BYTES = 40;
export const MAX_TABLES = 16;
/** Where {@link encodePages} begins, and what it answers with: words from AT_RESULT on. */
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
/** Bytes and restart points of a page that was begun, to be gone on with; 0 where none was. */
export const RESULT_BEGUN = 28;
export const RESULT_POINTS = 32;
/** Where the long value stands that comes first: so many bytes of numbers, and these; 0 where that is not known. */
export const RESULT_STORED_BYTES = 36;
export const RESULT_STORED = 40;
/** Three numbers of a value with a page of its own, at most. */
export const MAX_STORED_BYTES = 40;

/** Entries from one restart point of a page to the next, as docs/formats/part.md has it. */
export const PAGE_RESTART_INTERVAL = 16;
/** Entries that one page of a kernel holds at most. */
export const MAX_PAGE_ENTRIES = 2048;

/** What stands before the payload of a log frame: docs/formats/log.md. */
export const FRAME_HEADER_BYTES = 28;
/** The highest bit of its length: the checksum is made of XXH64. */
export const FRAME_IS_HASHED = -2147483648;

/** A page as it stands in a file: header, content, checksum: docs/formats/part.md. */
export const PAGE_HEADER_BYTES = 12;
export const PAGE_CHECKSUM_BYTES = 8;
export const PAGE_KIND_DATA = 1;

/** A sink, into which kernels put whole pages: words. Where the next page begins, and where no page begins any more. */
export const SINK_OUT = 0;
export const SINK_END = 4;
/** Where the next page will stand in its file, low and high word, and the number of the part. */
export const SINK_OFFSET = 8;
export const SINK_OFFSET_HIGH = 12;
export const SINK_PART = 16;
/** Content of a page, about; bytes until the part is full. */
export const SINK_TARGET = 20;
export const SINK_LEFT = 24;
/** Where the next entry of the page map goes, and the hash of the next key; where none goes any more. */
export const SINK_MAP = 28;
export const SINK_MAP_END = 32;
export const SINK_HASHES = 36;
export const SINK_HASHES_END = 40;
/** What the finished pages hold. */
export const SINK_ENTRIES = 44;
export const SINK_TOMBSTONES = 48;
export const SINK_VALUES = 52;
/** A checksum, or the numbers of a map entry, on their way. */
export const SINK_NUMBERS = 64;
export const SINK_LAST_KEY = 80;
export const SINK_BYTES = 152;

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
/** Operations that are in no bucket yet: how many, their addresses, and for how many there is room. */
export const TABLE_WAITING = 24;
export const TABLE_WAITING_AT = 28;
export const TABLE_WAITING_CAPACITY = 32;
/** So many at most: to sort them takes a few milliseconds. A power of two. */
export const MAX_WAITING = 32768;

/** A bucket: count, capacity, keys side by side, then for each an address of its operation in a batch. */
export const BUCKET_COUNT = 0;
export const BUCKET_CAPACITY = 4;
export const BUCKET_KEYS = 8;

/** Keys in a bucket before it is split in two. */
export const MAX_BUCKET_KEYS = 128;
export const FIRST_BUCKET_KEYS = 16;

/** State of a merge: words, then the key that was written last, then a head for each source. */
export const MERGE_SOURCES = 0;
export const MERGE_KEY_BYTES = 4;
export const MERGE_DROPS = 8;
/** Size at which a page ends. */
export const MERGE_TARGET = 12;
/** The page that is being made: the address of its content, and where its next byte goes. */
export const MERGE_TO = 16;
export const MERGE_OUT = 20;
/** What is on it. */
export const MERGE_ENTRIES = 24;
export const MERGE_POINTS = 28;
export const MERGE_TOMBSTONES = 32;
/** Bytes of the values on the page, but of those that have one of their own. */
export const MERGE_VALUES = 36;
/** Addresses of hashes and restart points. */
export const MERGE_HASHES = 40;
export const MERGE_RESTARTS = 44;
/** 1 once a key was written. */
export const MERGE_HAS_LAST = 48;
/** The source that an answer is about. */
export const MERGE_SOURCE = 52;
/** Address of the sink for the pages. */
export const MERGE_SINK = 56;
export const MERGE_LAST = 64;
export const MERGE_HEADS = 144;
export const MERGE_HEAD_BYTES = 192;

/** A source's page: the next entry, the end of the entries, how many are left, whether none was read yet. */
export const HEAD_AT = 0;
export const HEAD_END = 4;
export const HEAD_LEFT = 8;
export const HEAD_IS_FIRST = 12;
export const HEAD_STATE = 16;
/** The entry's value as it stands on the page, tag and all. */
export const HEAD_VALUE = 20;
export const HEAD_VALUE_END = 24;
export const HEAD_VALUE_BYTES = 28;
export const HEAD_KIND = 32;
/** 1 as long as keys below HEAD_START are passed over. */
export const HEAD_SKIPS = 36;
export const HEAD_KEY = 40;
export const HEAD_START = 112;

export const STATE_ADVANCES = 0;
export const STATE_HAS_ENTRY = 1;
export const STATE_ENDED = 2;

export const KIND_TOMBSTONE = 0;
export const KIND_INLINE = 1;
/** The value has a page of its own. */
export const KIND_STORED = 2;
/** It had one, and its tag now says where that is to stand. */
export const KIND_MOVED = 3;

/** Answers of {@link mergePages}; from 0 on the source that lacks a page. */
export const MERGE_PAGE = -1;
export const MERGE_END = -2;
export const MERGE_STORED = -3;
export const MERGE_DAMAGED = -4;
