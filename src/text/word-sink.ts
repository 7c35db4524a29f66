/** Where found words go. */

/** Is handed each word as `text.slice(start, end)`, in order. Returning false ends the scan. */
export type WordSink = (start: number, end: number) => boolean;
