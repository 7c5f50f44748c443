import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { AgentKeysError, toAgentKeysError } from '../../src/core/errors.ts';
import { describeThrown } from '../../src/log/describe-thrown.ts';
import { createLog } from '../../src/log/log.ts';

test('says where something was thrown, and nothing that it says', (t) => {
  const canary = randomBytes(12).toString('hex');
  const errors = [
    new TypeError(canary),
    new Error(`${canary}\n    at ${canary} and more words`),
    new SyntaxError(`x\n    at ${canary}`),
  ];
  for (const error of errors) t.false(JSON.stringify(describeThrown(error)).includes(canary));
  const { thrown, at } = describeThrown(errors[0]);
  t.is(thrown, 'TypeError');
  t.regex(at, /^log\.test\.ts:\d+:\d+/);
  t.deepEqual(describeThrown(canary), { thrown: 'string', at: '' });
});

test('a failure of our own is information, one of a stranger an error without its words', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'agentkeys-test-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'log');
  const descriptor = openSync(file, 'a', 0o600);
  const canary = randomBytes(12).toString('hex');
  const log = createLog({ descriptor, level: 'info' });
  log.debug('unseen');
  log.failure('request.failed', new AgentKeysError('VAULT_ABSENT'), { verb: 'read' });
  log.failure('request.failed', toAgentKeysError(new Error(canary), 'handling read'), { verb: 'read' });
  await log.flush();
  const text = readFileSync(file, 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.false(text.includes(canary));
  t.like(lines, [
    { level: 30, event: 'request.failed', code: 'VAULT_ABSENT', verb: 'read' },
    { level: 50, event: 'request.failed', code: 'INTERNAL', where: 'handling read', thrown: 'Error' },
  ]);
  t.is(lines.length, 2);
  closeSync(descriptor);
});
