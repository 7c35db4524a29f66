/** Kinds of record in `meta`, the byte behind slot and collection. Never reused; docs/formats/keys.md lists them all. */

export const MetaKind: {
  readonly collection: 1;
  readonly rebuild: 2;
  readonly inbound: 3;
  /** Written by `cluster`: docs/formats/cluster.md. */
  readonly mirrorPosition: 33;
  readonly note: 48;
  readonly audit: 49;
} = {
  collection: 1,
  rebuild: 2,
  inbound: 3,
  mirrorPosition: 33,
  note: 48,
  audit: 49,
};
