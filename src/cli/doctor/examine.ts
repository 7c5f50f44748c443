/** All checks, in the order in which a person would look. */
import { isAgentKeysError } from '../../core/errors.ts';
import type { Machine } from '../machine.ts';
import { packageRoot } from '../package.ts';
import { checkAccount, checkConfinement, checkPlace } from './caller-checks.ts';
import { askDaemon, checkDaemon } from './daemon-checks.ts';
import { checkDirectories, checkSocketPath, type DoctorPaths } from './directory-checks.ts';
import {
  checkCoreDumps,
  checkLockedMemory,
  checkSecretMemory,
  checkSwap,
  checkTracing,
} from './kernel-checks.ts';
import { checkNode, checkPrograms, checkWriters } from './package-checks.ts';
import type { MachineReader } from './reader.ts';
import { checkAuditLog, checkConfig, checkProfiles, refused } from './record-checks.ts';
import { type DoctorRow, unknown } from './row.ts';

/** Starts nothing and uses no network. */
export async function examine(machine: Machine, reader: MachineReader): Promise<DoctorRow[]> {
  const root = packageRoot().replace(/\/$/, '');
  const paths = await findPaths(machine);
  const own =
    'row' in paths ? { rows: [paths.row], pid: reader.pid } : await examineHome(machine, reader, paths);
  return [
    checkPrograms(reader, root),
    checkWriters(reader, root),
    checkNode(reader, root),
    ...own.rows,
    checkLockedMemory(reader, own.pid),
    await examineSecretMemory(machine),
    checkTracing(reader),
    checkCoreDumps(reader),
    checkSwap(reader),
    checkAccount(reader),
    checkConfinement(reader),
    checkPlace(reader),
  ];
}

/** What needs to know where everything is; `pid`: whose limits count. */
async function examineHome(
  machine: Machine,
  reader: MachineReader,
  paths: DoctorPaths,
): Promise<{ readonly rows: DoctorRow[]; readonly pid: number }> {
  const facts = await askDaemon(machine);
  const rows = [
    ...checkDirectories(reader, paths),
    checkSocketPath(paths),
    await checkConfig(() => machine.checkConfig()),
    ...checkProfiles(await machine.profiles()),
    ...checkDaemon(facts, machine.version, paths),
    await checkAuditLog(paths.state),
  ];
  return { rows, pid: facts.status?.broker.pid ?? reader.pid };
}

async function findPaths(machine: Machine): Promise<DoctorPaths | { readonly row: DoctorRow }> {
  try {
    return await machine.paths();
  } catch (error) {
    return { row: refused('home', error) };
  }
}

async function examineSecretMemory(machine: Machine): Promise<DoctorRow> {
  try {
    return checkSecretMemory(await machine.probeSecretMemory());
  } catch (error) {
    // Ours: the question could not be put, as without a home. Any other is the kernel's own.
    return isAgentKeysError(error) ? unknown('secret memory', error.message) : checkSecretMemory(undefined);
  }
}
