/** The text of a profile's file as it stands, for whoever wants to see it. */
import { createTextFiles } from '../toml/file.ts';
import { profileKind } from './profile-kind.ts';

/** The descriptor stays the caller's; `file` is what messages call it. Errors: `PROFILE_UNSAFE`, `PROFILE_INVALID`. */
export function readProfileText(fd: number, file: string, ownUid: number): string {
  const openFile = (): never => {
    throw new TypeError('a descriptor is given');
  };
  return createTextFiles({ kind: profileKind, openFile, ownUid }).readText(fd, file).text;
}
