/** What is said of a profile's rules, the same wherever they are shown. */
import { deliveryModeWords } from '../../core/delivery-modes.ts';
import type { AgentKeysError } from '../../core/errors.ts';
import type { DeliveryName } from '../../profile/profile.ts';

export function gradeOf(delivery: DeliveryName): string {
  return deliveryModeWords[delivery].grade;
}

export function readersOf(delivery: DeliveryName): string {
  return deliveryModeWords[delivery].readers;
}

/** A key as a person would look for it in the file. */
export function formatKeyPath(path: readonly string[]): string {
  return path.join('.');
}

/** An error as it stands in a row of JSON. */
export function formatJsonError({ code, message, hint }: AgentKeysError): object {
  return { code, message, hint };
}
