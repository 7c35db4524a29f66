/** Field groups: the kinds of text that ranking weighs apart. Numbers stand in segments and never change. */

export const FIELD_GROUPS = [
  'body',
  'title',
  'heading',
  'anchor',
  'siteAnchor',
  'url',
  'meta',
  'list',
  'menu',
] as const;
export type FieldGroupName = (typeof FIELD_GROUPS)[number];

/** Index into {@link FIELD_GROUPS}: 0 = body. */
export type FieldGroup = number;
export const FIELD_GROUP_COUNT = 9;
/** Room for groups to come; masks are 16 bits. */
export const FIELD_GROUP_LIMIT = 16;

export function fieldGroup(name: FieldGroupName): FieldGroup {
  return FIELD_GROUPS.indexOf(name);
}
