/** What a setting is: its name, what its value may be, what it does. */

/** What a value may be, and how it is written. */
export type SettingKind =
  | { readonly kind: 'text' }
  | { readonly kind: 'whole'; readonly least: number; readonly most: number }
  /** Bytes, written as `512MB`. */
  | { readonly kind: 'size'; readonly least_bytes: number }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  /** Words by commas. */
  | { readonly kind: 'list' }
  | { readonly kind: 'collection' }
  /** Origins by commas, or `*`. */
  | { readonly kind: 'origins' }
  | { readonly kind: 'address' };

export interface Setting {
  /** `rate-limit`: the option `--rate-limit`, the variable `PEREGRINE_RATE_LIMIT`, the line `rate-limit = …`. */
  readonly name: string;
  readonly value: SettingKind;
  /** As a person writes it; undefined: not set. */
  readonly default?: string;
  /** What stands for the value in help texts. */
  readonly placeholder: string;
  /** What it does, in one sentence without a full stop. */
  readonly does: string;
  /** Version that brought it. */
  readonly since: string;
  /** `store`: commands that open the data directory; `serve`: those that listen as well; `cluster`: a host of one. */
  readonly of: 'store' | 'serve' | 'cluster';
  /** Its value is shown to nobody. */
  readonly isSecret?: true;
}
