/** What we use of the untyped package. */
declare module 'html-encoding-sniffer' {
  /** Name of the encoding by byte order mark, transport label or the declaration in the text; else the default. */
  export default function sniffEncoding(
    bytes: Uint8Array,
    options?: {
      xml?: boolean;
      transportLayerEncodingLabel?: string;
      defaultEncoding?: string;
      maxPrescanBytes?: number;
    },
  ): string;
}
