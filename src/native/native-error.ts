/** A system call that failed inside the addon, told apart from every other error. */

/** `errno` is positive; the message holds only the call and the name of the error. */
export interface NativeError extends Error {
  readonly errno: number;
  readonly syscall: string;
}

/** node:fs throws errors of nearly this form, with a negative `errno`: they are not ours. */
export function isNativeError(value: unknown): value is NativeError {
  return (
    value instanceof Error &&
    'syscall' in value &&
    typeof value.syscall === 'string' &&
    'errno' in value &&
    typeof value.errno === 'number' &&
    value.errno > 0
  );
}
