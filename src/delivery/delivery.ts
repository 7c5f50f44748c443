/** The contract of a delivery mode: it lays out and labels memory, and performs nothing. */
import type { ExposureGrade } from '../core/delivery-modes.ts';
import type { VariableName } from '../core/ids.ts';

export type DeliveryName = 'env';

export interface DeliveryEntry {
  readonly variable: VariableName;
  /** Length of the value. */
  readonly byteLength: number;
}

export interface DeliveryItem extends DeliveryEntry {
  /** Where the value begins, from the start of the region. */
  readonly offset: number;
}

/** One region for all entries of one mode, in their order. Holds lengths and names, never bytes of a value. */
export interface DeliveryLayout {
  /** What the region must hold at least; regions are whole pages. 0 without entries. */
  readonly byteLength: number;
  readonly items: readonly DeliveryItem[];
}

export interface DeliveryMode {
  readonly name: DeliveryName;
  readonly grade: ExposureGrade;

  /** Pure. Errors: `LAUNCH_ENVIRONMENT` (a variable twice, or more bytes than the kernel takes), naming the variable. */
  plan(entries: readonly DeliveryEntry[]): DeliveryLayout;

  /** Writes all that is not a value into the region's bytes, which the caller owns. Values are put at their offsets before or after. */
  writeNames(bytes: Uint8Array, layout: DeliveryLayout): void;

  /**
   * To be called once every value is in place, before the region leaves the broker.
   * Errors: `CREDENTIAL_INVALID` naming the variable, if a value cannot be carried this way.
   */
  checkValues(bytes: Uint8Array, layout: DeliveryLayout): void;
}
