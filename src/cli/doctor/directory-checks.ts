/** The directories of config, state and run, and the socket's path. */
import { formatMode, type MachineReader } from './reader.ts';
import { type DoctorRow, failed, ok } from './row.ts';

export interface DoctorPaths {
  readonly config: string;
  readonly state: string;
  readonly run: string;
  readonly socket: string;
}

/** As sockaddr_un takes it, its end included. */
const maxSocketPathBytes = 107;

export function checkDirectories(reader: MachineReader, paths: DoctorPaths): DoctorRow[] {
  return [
    // Others may read the configuration: it holds no value.
    checkDirectory(reader, 'config directory', paths.config, 0o022),
    checkDirectory(reader, 'state directory', paths.state, 0o077),
    checkDirectory(reader, 'run directory', paths.run, 0o077),
  ];
}

function checkDirectory(
  reader: MachineReader,
  check: string,
  path: string,
  forbiddenMode: number,
): DoctorRow {
  const facts = reader.findFacts(path);
  if (facts === undefined) return ok(check, `${path}: not made yet`);
  const isConfig = forbiddenMode === 0o022;
  const hint = isConfig ? `chmod go-w ${path}` : `chmod 700 ${path}`;
  if (facts.kind !== 'directory')
    return failed(check, `${path} is no directory`, 'move it away; agentkeys makes the directory');
  if (facts.uid !== reader.uid && !(isConfig && facts.uid === 0))
    return failed(check, `${path} belongs to uid ${facts.uid}`, `chown it, or set AGENTKEYS_HOME`);
  if ((facts.mode & forbiddenMode) !== 0)
    return failed(check, `${path} is open to others: its mode is ${formatMode(facts.mode)}`, hint);
  return ok(check, `${path}, mode ${formatMode(facts.mode)}`);
}

export function checkSocketPath({ socket }: DoctorPaths): DoctorRow {
  const byteLength = Buffer.byteLength(socket);
  return byteLength <= maxSocketPathBytes
    ? ok('socket path', `${byteLength} of ${maxSocketPathBytes} bytes`)
    : failed(
        'socket path',
        `${byteLength} bytes; the kernel takes ${maxSocketPathBytes}`,
        'set AGENTKEYS_HOME to a shorter path',
      );
}
