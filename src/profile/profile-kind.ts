/** How a profile is refused, as src/toml asks for it. */
import type { FileKind } from '../toml/file-kind.ts';

export const profileKind: FileKind = {
  noun: 'the profile',
  invalidCode: 'PROFILE_INVALID',
  unsafeCode: 'PROFILE_UNSAFE',
};
