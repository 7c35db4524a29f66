/** Kinds of record in `meta`, the byte behind slot and collection. Never reused; docs/formats/keys.md lists them all. */

export const MetaKind: { readonly collection: 1; readonly note: 48 } = { collection: 1, note: 48 };
