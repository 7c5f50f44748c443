import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { auditDirectory, readLines } from './log-directory.ts';

const program = fileURLToPath(new URL('append-on-request.ts', import.meta.url));
const LIMIT_BYTES = 20_000;

test('a disk that is full refuses every append; with space again nothing acknowledged is missing', async (t) => {
  const directory = auditDirectory(t);
  // The kernel cuts writes at the limit and then fails them, as a full disk does; it needs no privilege.
  const limit = `--fsize=${LIMIT_BYTES}:unlimited`;
  const child = spawn('prlimit', [limit, process.execPath, program, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const acknowledged: string[] = [];
  const ask = async (service: string): Promise<string> => {
    child.stdin.write(`${service}\n`);
    const answer = String((await answers.next()).value);
    if (answer === 'ok') acknowledged.push(service);
    return answer;
  };

  t.is((await answers.next()).value, 'ready');
  let asked = 0;
  while ((await ask(`before-${asked}`)) === 'ok') asked += 1;
  t.true(asked > 20);
  for (let round = 0; round < 3; round += 1) t.is(await ask(`full-${round}`), 'AUDIT_UNAVAILABLE');
  execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
  for (let round = 0; round < 3; round += 1) t.is(await ask(`after-${round}`), 'ok');
  child.stdin.end();
  t.deepEqual(await exited, [0, null]);

  t.like(await verifyAuditLog({ directory }), { kind: 'ok', unsealed: 0 });
  const written = readLines(directory).map((line) => JSON.parse(line).service);
  t.deepEqual(
    acknowledged.filter((service) => !written.includes(service)),
    [],
  );
  t.true(readLines(directory).some((line) => line.includes('"reopened"')));
});
