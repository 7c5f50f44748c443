/** `NAME=value` strings back to back, each ended by a NUL, so that envp points straight into the region. */
import { AgentKeysError } from '../../core/errors.ts';
import type { VariableName } from '../../core/ids.ts';
import type { DeliveryEntry, DeliveryItem, DeliveryLayout } from '../delivery.ts';

/** The kernel takes 131072 bytes for one string of the environment, its NUL included. */
export const maxStringBytes = 131071;

const equalsSign = 0x3d;

/** Errors: `LAUNCH_ENVIRONMENT`. */
export function layoutEnvironment(entries: readonly DeliveryEntry[]): DeliveryLayout {
  const seen = new Set<VariableName>();
  const items: DeliveryItem[] = [];
  let end = 0;
  for (const { variable, byteLength } of entries) {
    if (seen.has(variable)) throw refused(`${variable} is delivered twice`);
    seen.add(variable);
    const offset = end + variable.length + 1;
    if (offset + byteLength - end > maxStringBytes) {
      throw refused(`${variable} and its value have more than ${maxStringBytes} bytes`);
    }
    items.push({ variable, byteLength, offset });
    end = offset + byteLength + 1;
  }
  return { byteLength: end, items };
}

/** Names, equals signs and the NUL after each value; not a byte of a value is read or written. */
export function writeNames(bytes: Uint8Array, layout: DeliveryLayout): void {
  for (const { variable, offset, byteLength } of layout.items) {
    // Variable names are ASCII, so one character is one byte.
    bytes.set(Buffer.from(variable, 'latin1'), offset - variable.length - 1);
    bytes[offset - 1] = equalsSign;
    bytes[offset + byteLength] = 0;
  }
}

/** Says only whether there is a NUL: where it stands would tell something about the value. Errors: `CREDENTIAL_INVALID`. */
export function checkValues(bytes: Uint8Array, layout: DeliveryLayout): void {
  for (const { variable, offset, byteLength } of layout.items) {
    if (!bytes.subarray(offset, offset + byteLength).includes(0)) continue;
    throw new AgentKeysError('CREDENTIAL_INVALID', {
      service: variable,
      rule: 'it contains a NUL byte, which an environment cannot hold',
    });
  }
}

function refused(rule: string): AgentKeysError {
  return new AgentKeysError('LAUNCH_ENVIRONMENT', { rule });
}
