/** From the stage and errno of a failed launch to the error that a person reads. */
import { constants } from 'node:os';
import { AgentKeysError } from '../core/errors.ts';
import { findLaunchStage } from '../core/stages.ts';

/** `errno` 0: the process died at that stage. */
export function launchFailure(stageNumber: number, errno: number): AgentKeysError {
  const stage = findLaunchStage(stageNumber);
  const name = errnoName(errno);
  if (errno === constants.errno.ECANCELED)
    return new AgentKeysError('LAUNCH_ABORTED', { rule: 'the client or the daemon went away' });
  if (errno === 0)
    return new AgentKeysError('LAUNCH_FAILED', { stage: stage?.name ?? 'unknown stage', errno: name });
  switch (stage?.name) {
    case 'authority':
      return new AgentKeysError('LAUNCH_UNAUTHORISED', {
        rule: `the control socket is not the caller's own (${name})`,
      });
    case 'confinement':
      if (shortages.has(errno))
        return new AgentKeysError('LAUNCH_FAILED', { stage: stage.name, errno: name });
      return new AgentKeysError('LAUNCH_CONFINED', { rule: confinementRule(errno, name) });
    case 'context':
      return new AgentKeysError('LAUNCH_CONTEXT', {
        rule:
          errno === constants.errno.ESTALE
            ? 'it is not the one that was decided on'
            : `it is not sealed (${name})`,
      });
    case 'cwd':
      return new AgentKeysError('LAUNCH_DIRECTORY', { errno: name });
    case 'nofile':
    case 'core':
      return limitFailure(stage.name, errno, name);
    case 'resolve':
      if (errno === constants.errno.ENOTSUP) return relativeCommand();
      return errno === constants.errno.ENOENT
        ? new AgentKeysError('LAUNCH_NOT_FOUND')
        : new AgentKeysError('LAUNCH_NOT_EXECUTABLE', { errno: name });
    case 'environment':
    case 'exec':
      return executionFailure(stage.name, errno, name);
    default:
      return new AgentKeysError('LAUNCH_FAILED', { stage: stage?.name ?? 'unknown stage', errno: name });
  }
}

/** The spawner's own want, which says nothing about the caller. */
const shortages: ReadonlySet<number> = new Set([
  constants.errno.EMFILE,
  constants.errno.ENFILE,
  constants.errno.ENOMEM,
]);

/** What native/spawner/authority.c found; any other errno means that it could not look. */
function confinementRule(errno: number, name: string): string {
  if (errno === constants.errno.ENOSYS) return 'it has a seccomp filter';
  if (errno === constants.errno.EPERM) return 'it lacks capabilities that the daemon has';
  if (errno === constants.errno.EXDEV) return 'it has another root directory or other namespaces';
  return `it cannot be looked at (${name})`;
}

/** What native/spawner/limits.c found. */
function limitFailure(limit: string, errno: number, name: string): AgentKeysError {
  const { ERANGE, EPERM } = constants.errno;
  const rules = new Map([
    [ERANGE, "it is above the caller's hard limit"],
    [EPERM, "it is above the daemon's hard limit"],
  ]);
  return new AgentKeysError('LAUNCH_LIMIT', { limit, rule: rules.get(errno) ?? name });
}

/** What native/spawner/resolve.c does not look for under a directory that the profile has chosen. */
function relativeCommand(): AgentKeysError {
  const rule = "under a profile with 'cwd' a command is named by an absolute path, or found with PATH";
  return new AgentKeysError('USAGE', { rule });
}

function executionFailure(stage: string, errno: number, name: string): AgentKeysError {
  if (errno === constants.errno.E2BIG)
    return new AgentKeysError('LAUNCH_ENVIRONMENT', {
      rule: 'arguments and environment are longer than the kernel takes',
    });
  const isCommand = stage === 'exec' && errno !== constants.errno.ENOMEM && errno !== constants.errno.EAGAIN;
  return isCommand
    ? new AgentKeysError('LAUNCH_NOT_EXECUTABLE', { errno: name })
    : new AgentKeysError('LAUNCH_FAILED', { stage, errno: name });
}

function errnoName(errno: number): string {
  if (errno === 0) return 'the process died';
  const found = Object.entries(constants.errno).find(([, number]) => number === errno);
  return found?.[0] ?? `errno ${errno}`;
}
