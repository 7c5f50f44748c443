/** The daemon as it answers: none is started. */
import type { Answer, BrokerConnection } from '../../client/broker-connection.ts';
import { isAgentKeysError } from '../../core/errors.ts';
import type { Machine } from '../machine.ts';
import type { DoctorPaths } from './directory-checks.ts';
import { type DoctorRow, failed, ok, unknown, warn } from './row.ts';

type Status = Answer<'status'>['ok'];
type Credential = Answer<'list'>['ok']['credentials'][number];

/** What one conversation with the daemon told. */
export interface DaemonFacts {
  readonly status?: Status;
  /** Absent: it was not answered. */
  readonly credentials?: readonly Credential[];
  /** Why there is no status. */
  readonly row?: DoctorRow;
}

/** Never starts one. */
export async function askDaemon(machine: Pick<Machine, 'withBroker'>): Promise<DaemonFacts> {
  try {
    return await machine.withBroker({ mayStart: false }, async (broker) => {
      const { ok: status } = await broker.request('status', {});
      const credentials = await findCredentials(broker);
      return credentials === undefined ? { status } : { status, credentials };
    });
  } catch (error) {
    if (!isAgentKeysError(error)) throw error;
    if (error.code === 'DAEMON_UNREACHABLE')
      return { row: unknown('daemon', 'none runs; the next verb that needs one starts it') };
    return { row: failed('daemon', error.message, error.hint) };
  }
}

/** undefined: refused, as inside a session, or there is no vault that opens. */
async function findCredentials(broker: BrokerConnection): Promise<readonly Credential[] | undefined> {
  const rows: Credential[] = [];
  try {
    let after: string | undefined;
    do {
      const { ok: page } = await broker.request('list', after === undefined ? {} : { after });
      rows.push(...page.credentials);
      after = page.next;
    } while (after !== undefined);
    return rows;
  } catch (error) {
    if (isAgentKeysError(error)) return undefined;
    throw error;
  }
}

/** `version` is this program's. */
export function checkDaemon(facts: DaemonFacts, version: string, paths: DoctorPaths): DoctorRow[] {
  const { status } = facts;
  if (status === undefined) {
    const why = 'not asked: no daemon answers';
    const row = facts.row ?? unknown('daemon', why);
    return [row, unknown('hardening', why), unknown('vault', why), unknown('credentials', why)];
  }
  return [
    checkVersion(status, version, paths),
    status.hardening === 'ok'
      ? ok('hardening', 'ok')
      : warn('hardening', status.hardening, 'agentkeys status says what is less than it should be'),
    checkVault(status.vault),
    checkCredentials(facts.credentials),
  ];
}

function checkVersion({ version, broker, home }: Status, own: string, paths: DoctorPaths): DoctorRow {
  if (version !== own)
    return warn(
      'daemon',
      `version ${version} runs, this is ${own}`,
      'agentkeys stop; the next verb starts one of this version, and agents go on',
    );
  const moved = (['config', 'state', 'run'] as const).filter((name) => home[name] !== paths[name]);
  return moved.length === 0
    ? ok('daemon', `version ${version} runs, broker pid ${broker.pid}`)
    : warn(
        'daemon',
        `it was started with another ${moved.map((name) => `${name} directory: ${home[name]}`).join(', another ')}`,
        'give every caller the same HOME, XDG_* and AGENTKEYS_HOME, and restart the daemon: agentkeys stop',
      );
}

function checkVault({ state, error }: Status['vault']): DoctorRow {
  if (state === 'absent') return ok('vault', 'not made yet: agentkeys init makes it');
  if (state === 'unlocked') return ok('vault', 'it opens');
  return failed('vault', error?.message ?? state, 'restore the state directory from a backup');
}

function checkCredentials(credentials: DaemonFacts['credentials']): DoctorRow {
  const check = 'credentials';
  if (credentials === undefined) return unknown(check, 'the daemon does not list them');
  const damaged = credentials.filter(({ code }) => code !== undefined).map(({ service }) => service);
  return damaged.length === 0
    ? ok(check, `${credentials.length} stored`)
    : failed(
        check,
        `damaged: ${damaged.join(', ')}`,
        'restore the entry from a backup, or agentkeys remove it and store it again',
      );
}
