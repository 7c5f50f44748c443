/** Who runs this, how confined it is, and whether it stands inside a session. */
import type { MachineReader } from './reader.ts';
import { type DoctorRow, ok, unknown, warn } from './row.ts';

/** Deeper than any real chain of parents. */
const maxHops = 256;
/** As the kernel cuts the monitor's name. */
const monitorName = 'agentkeys-mon';

export function checkAccount(reader: MachineReader): DoctorRow {
  return reader.uid === 0
    ? warn(
        'account',
        'you are root: agents run as root too, and every file of the machine is theirs',
        'run agents as an ordinary user',
      )
    : ok('account', `uid ${reader.uid}`);
}

/** A caller that is more confined than the daemon is refused; a daemon that it starts is as confined as itself. */
export function checkConfinement(reader: MachineReader): DoctorRow {
  const check = 'confinement';
  const text = reader.findText(`/proc/${reader.pid}/status`);
  if (text === undefined) return unknown(check, 'it cannot be read');
  const hasFilter = /^Seccomp:\s*[12]$/m.test(text);
  const isWithoutPrivileges = /^NoNewPrivs:\s*1$/m.test(text);
  const hint =
    'start agentkeys from outside the sandbox, or give the sandbox a daemon of its own: AGENTKEYS_HOME';
  if (hasFilter)
    return warn(
      check,
      'this caller has a seccomp filter: a daemon without it refuses to launch for it',
      hint,
    );
  return isWithoutPrivileges
    ? warn(check, 'this caller has no_new_privs: its agents get it too, and it starts no daemon', hint)
    : ok(check, 'none');
}

/** Inside, most verbs are refused. */
export function checkPlace(reader: MachineReader): DoctorRow {
  const check = 'place';
  for (let pid = reader.pid, hop = 0; hop < maxHops; hop++) {
    const stat = reader.findText(`/proc/${pid}/stat`);
    if (stat === undefined) return unknown(check, 'the processes above this one cannot be read');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    if (name === monitorName)
      return warn(check, 'inside a session: only status and ps are answered', 'use a terminal outside of it');
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (!(pid > 0)) return ok(check, 'outside of every session');
  }
  return unknown(check, 'too many processes above this one');
}
