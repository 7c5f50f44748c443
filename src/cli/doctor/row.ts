/** What one check found. */

export interface DoctorRow {
  readonly check: string;
  /** `unknown`: it could not be looked at. Only `failed` makes the verb end with 1. */
  readonly state: 'ok' | 'warn' | 'failed' | 'unknown';
  readonly detail: string;
  /** What to do; null where nothing is to be done. */
  readonly hint: string | null;
}

export function ok(check: string, detail: string): DoctorRow {
  return { check, state: 'ok', detail, hint: null };
}

export function warn(check: string, detail: string, hint: string): DoctorRow {
  return { check, state: 'warn', detail, hint };
}

export function failed(check: string, detail: string, hint: string): DoctorRow {
  return { check, state: 'failed', detail, hint };
}

export function unknown(check: string, detail: string): DoctorRow {
  return { check, state: 'unknown', detail, hint: null };
}
