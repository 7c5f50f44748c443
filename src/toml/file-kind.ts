/** What a checked file is to its readers: the codes by which it is refused. */
import { AgentKeysError } from '../core/errors.ts';

export interface FileKind {
  /** What messages call the whole file. */
  readonly noun: string;
  /** For what the text says. */
  readonly invalidCode: 'CONFIG_INVALID' | 'PROFILE_INVALID';
  /** For what the file is: owner, mode, kind. */
  readonly unsafeCode: 'CONFIG_UNSAFE' | 'PROFILE_UNSAFE';
}

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** `rule` shows no value of the text. */
export function invalidAt(kind: FileKind, { file, line }: Place, rule: string): AgentKeysError {
  return new AgentKeysError(kind.invalidCode, { file, line, rule });
}

export function unsafeFile(kind: FileKind, file: string, rule: string): AgentKeysError {
  return new AgentKeysError(kind.unsafeCode, { file, rule });
}
