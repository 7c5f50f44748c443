/** The audit log, the profiles and the configuration: files that this process checks by itself. */
import { join } from 'node:path';
import type { AgentKeysError } from '../../core/errors.ts';
import { isAgentKeysError } from '../../core/errors.ts';
import type { ProfileStore } from '../../profile/store.ts';
import { type DoctorRow, failed, ok } from './row.ts';

export async function checkAuditLog(state: string): Promise<DoctorRow> {
  const check = 'audit log';
  const directory = join(state, 'audit');
  const { tornRule, verifyAuditLog } = await import('../../audit/verify.ts');
  try {
    const verdict = await verifyAuditLog({ directory });
    if (verdict.kind === 'broken')
      return failed(
        check,
        `record ${verdict.seq}: ${verdict.rule}`,
        verdict.rule === tornRule
          ? 'free space under the state directory; the next daemon mends that'
          : `keep ${directory} as evidence; a new log begins once it is moved away`,
      );
    const { records, unsealed, unsealedMs } = verdict;
    const window =
      unsealed === 0 ? 'all sealed' : `${unsealed} unsealed, over ${(unsealedMs / 1000).toFixed(1)} s`;
    return ok(check, `${records} records verified, ${window}`);
  } catch (error) {
    if (!isAgentKeysError(error)) throw error;
    if (error.code === 'AUDIT_ABSENT') return ok(check, 'not begun yet');
    return failed(check, error.message, error.hint);
  }
}

/** One row for those that are sound, and one for each that is not. */
export function checkProfiles(profiles: ProfileStore): DoctorRow[] {
  const check = 'profiles';
  try {
    const listings = profiles.list();
    const broken = listings.flatMap(({ name, error }) =>
      error === undefined ? [] : [failed(`profile ${name}`, error.message, error.hint)],
    );
    return [ok(check, `${listings.length - broken.length} valid`), ...broken];
  } catch (error) {
    return [refused(check, error)];
  }
}

/** `read` reads and checks config.toml. */
export async function checkConfig(read: () => Promise<unknown>): Promise<DoctorRow> {
  const check = 'config.toml';
  try {
    await read();
    return ok(check, 'valid, or absent');
  } catch (error) {
    return refused(check, error);
  }
}

/** Errors that are not ours are thrown again. */
export function refused(check: string, error: unknown): DoctorRow {
  if (!isAgentKeysError(error)) throw error;
  const { message, hint }: AgentKeysError = error;
  return failed(check, message, hint);
}
