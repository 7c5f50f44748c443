/** What the kernel of this machine gives and lets happen, read from /proc. */
import type { MachineReader } from './reader.ts';
import { type DoctorRow, failed, ok, unknown, warn } from './row.ts';

const kibibyte = 1024;
/** The keys' arena, and a few values on their way at once. */
const enoughLockedBytes = 1024 * kibibyte;
/** Below, not even the arena and one value fit. */
const leastLockedBytes = 192 * kibibyte;

/** `pid` is the broker's, whose limit counts, or this process's own, which a daemon would inherit. */
export function checkLockedMemory(reader: MachineReader, pid: number): DoctorRow {
  const check = 'locked memory';
  const text = reader.findText(`/proc/${pid}/limits`) ?? '';
  const [, soft] = /^Max locked memory\s+(\d+|unlimited)\s/m.exec(text) ?? [];
  if (soft === undefined) return unknown(check, 'its limit cannot be read');
  const bytes = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
  const detail = soft === 'unlimited' ? 'no limit' : `at most ${bytes / kibibyte} KiB`;
  const hint = 'raise the limit before the daemon starts: ulimit -l, or LimitMEMLOCK= of the service';
  // Root may lock more than the limit says.
  if (bytes >= enoughLockedBytes || reader.uid === 0) return ok(check, detail);
  return bytes >= leastLockedBytes ? warn(check, detail, hint) : failed(check, detail, hint);
}

export function checkSecretMemory(kind: 'secretmem' | 'locked' | undefined): DoctorRow {
  const check = 'secret memory';
  if (kind === undefined)
    return failed(check, 'the kernel gives none', 'raise the limit of locked memory: ulimit -l');
  return kind === 'secretmem'
    ? ok(check, 'memfd_secret')
    : warn(
        check,
        'memfd_secret is missing: values lie in locked memory, which whoever may trace the broker can read',
        'a kernel of 6.5 or later has it, an older one perhaps with secretmem.enable=1 on its command line',
      );
}

export function checkTracing(reader: MachineReader): DoctorRow {
  const check = 'tracing';
  const scope = reader.findText('/proc/sys/kernel/yama/ptrace_scope')?.trim();
  const detail = 'every process of your user may attach to agents and read their environment';
  if (scope === undefined)
    return warn(
      check,
      `the kernel has no Yama: ${detail}`,
      'agents that must not see each other need users of their own',
    );
  return scope === '0'
    ? warn(check, `kernel.yama.ptrace_scope is 0: ${detail}`, 'sysctl kernel.yama.ptrace_scope=1')
    : ok(check, `kernel.yama.ptrace_scope is ${scope}`);
}

export function checkCoreDumps(reader: MachineReader): DoctorRow {
  const check = 'core dumps';
  const pattern = reader.findText('/proc/sys/kernel/core_pattern')?.trim();
  if (pattern === undefined) return unknown(check, 'kernel.core_pattern cannot be read');
  return pattern.startsWith('|')
    ? warn(
        check,
        'kernel.core_pattern hands dumps to a program: a crashed agent leaves its environment there, credentials included',
        'limit dumps of agents with agent.limits.core = 0, or see what that program keeps',
      )
    : ok(check, 'no program collects them; agentkeys itself leaves none');
}

export function checkSwap(reader: MachineReader): DoctorRow {
  const check = 'swap';
  const text = reader.findText('/proc/swaps');
  if (text === undefined) return unknown(check, '/proc/swaps cannot be read');
  const areas = text.trim().split('\n').length - 1;
  return areas > 0
    ? warn(
        check,
        `${areas} in use: what agents hold, credentials included, can be written there`,
        'encrypt it, or switch it off; agentkeys itself keeps nothing that can be swapped',
      )
    : ok(check, 'none');
}
