import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { openAuditLog } from '../../src/audit/log.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import {
  auditDirectory,
  copyDirectory,
  grant,
  joinLines,
  logOptions,
  readLines,
  readLog,
  replaceLog,
  writeLog,
} from './log-directory.ts';

async function goesOn(directory: string): Promise<string> {
  const log = await openAuditLog(logOptions(directory));
  await log.append(grant);
  await log.close();
  return (await verifyAuditLog({ directory })).kind;
}

test('a last line torn at any byte is cut off, the cut is recorded, and the chain goes on', async (t) => {
  const directory = await writeLog(t, 2);
  const whole = readLog(directory);
  const line = Buffer.from('{"seq":5,"ts":"2025-06-15T15:06:40.123Z","event":"grant","agent_id":');
  for (let length = 1; length <= line.length; length += 1) {
    replaceLog(directory, Buffer.concat([whole, line.subarray(0, length)]));
    const log = await openAuditLog(logOptions(directory));
    const last = JSON.parse(readLines(directory).at(-1) ?? '');
    t.is(last.reason, 'recovered');
    t.is(last.seq, log.lastSeq);
    await log.close();
    t.is((await verifyAuditLog({ directory })).kind, 'ok');
    rmSync(join(directory, 'head'));
    replaceLog(directory, whole);
    writeFileSync(join(directory, 'head'), '', { mode: 0o600 });
  }
});

test('a tail of zeros behind the last record is cut off', async (t) => {
  const directory = await writeLog(t, 2);
  appendFileSync(join(directory, 'audit.jsonl'), Buffer.alloc(40_000));
  t.is(await goesOn(directory), 'ok');
});

test('every cut below the head is refused, and nothing is changed', async (t) => {
  const original = await writeLog(t, 3);
  const { length } = readLog(original);
  for (const bytes of [0, 1, 100, length >> 1, length - 400, length - 1]) {
    const directory = copyDirectory(t, original);
    truncateSync(join(directory, 'audit.jsonl'), bytes);
    await t.throwsAsync(openAuditLog(logOptions(directory)), { code: 'AUDIT_BROKEN' });
    t.is(readLog(directory).length, bytes);
  }
});

test('records behind the head are all checked', async (t) => {
  const directory = await writeLog(t, 3);
  const oldHead = readFileSync(join(directory, 'head'));
  t.is(await goesOn(directory), 'ok');
  const lines = readLines(directory);
  for (const index of [5, 6, 7]) {
    const changed = lines.with(index, (lines[index] ?? '').replace('"ts":"2', '"ts":"3'));
    replaceLog(directory, joinLines(changed));
    writeFileSync(join(directory, 'head'), oldHead);
    await t.throwsAsync(openAuditLog(logOptions(directory)), {
      code: 'AUDIT_BROKEN',
      message: new RegExp(`record ${index + 1}: hash does not match the line`),
    });
  }
});

test('the record that the head names is checked', async (t) => {
  const directory = await writeLog(t, 3);
  const lines = readLines(directory);
  replaceLog(directory, joinLines(lines.with(4, (lines[4] ?? '').replace('"ts":"2', '"ts":"3'))));
  await t.throwsAsync(openAuditLog(logOptions(directory)), { code: 'AUDIT_BROKEN', message: /record 5/ });
});

test('a head that is behind, as a crash leaves it, is good enough', async (t) => {
  const directory = await writeLog(t, 3);
  const oldHead = readFileSync(join(directory, 'head'));
  t.is(await goesOn(directory), 'ok');
  writeFileSync(join(directory, 'head'), oldHead);
  t.is(await goesOn(directory), 'ok');
});

test('a head emptied by a power cut is made again after the whole log was checked', async (t) => {
  const directory = await writeLog(t, 3);
  writeFileSync(join(directory, 'head'), '');
  t.like(await verifyAuditLog({ directory }), { kind: 'broken', rule: 'the head is empty' });
  t.is(await goesOn(directory), 'ok');
});

test('a head that was being written at the crash is taken away', async (t) => {
  const directory = await writeLog(t, 3);
  writeFileSync(join(directory, 'head.new'), '{"se', { mode: 0o600 });
  t.is(await goesOn(directory), 'ok');
  t.false(existsSync(join(directory, 'head.new')));
});

for (const [what, head] of [
  ['missing', undefined],
  ['not canonical', '{"seq": 1}\n'],
  ['too long', 'x'.repeat(300)],
] as const) {
  test(`a log whose head is ${what} is not gone on with`, async (t) => {
    const directory = await writeLog(t, 3);
    rmSync(join(directory, 'head'));
    if (head !== undefined) writeFileSync(join(directory, 'head'), head, { mode: 0o600 });
    const code = what === 'too long' ? 'STATE_UNSAFE' : 'AUDIT_BROKEN';
    await t.throwsAsync(openAuditLog(logOptions(directory)), { code });
  });
}

for (const left of [
  ['head'],
  ['mac.key'],
  ['anchor.key', 'anchor.pub'],
  ['head', 'mac.key', 'anchor.key', 'anchor.pub'],
]) {
  test(`a log that is missing beside ${left.join(' and ')} is not started afresh`, async (t) => {
    const directory = await writeLog(t, 3);
    for (const name of ['audit.jsonl', 'head', 'mac.key', 'anchor.key', 'anchor.pub']) {
      if (!left.includes(name)) rmSync(join(directory, name));
    }
    await t.throwsAsync(openAuditLog(logOptions(directory)), {
      code: 'AUDIT_BROKEN',
      message: /the log is missing/,
    });
    t.false(existsSync(join(directory, 'audit.jsonl')));
    t.like(await verifyAuditLog({ directory }), { kind: 'broken', seq: 1, rule: 'the log is missing' });
  });
}

for (const name of ['mac.key', 'anchor.key', 'anchor.pub']) {
  test(`a log whose ${name} is missing gets no new one`, async (t) => {
    const directory = await writeLog(t, 3);
    rmSync(join(directory, name));
    await t.throwsAsync(openAuditLog(logOptions(directory)), { code: 'STATE_UNSAFE' });
    t.false(existsSync(join(directory, name)));
  });

  test(`a ${name} that a crash at first start left behind is no obstacle`, async (t) => {
    const directory = auditDirectory(t);
    mkdirSync(directory, { mode: 0o700 });
    for (const left of ['audit.jsonl', name]) writeFileSync(join(directory, left), '', { mode: 0o600 });
    t.is(await goesOn(directory), 'ok');
  });
}

test('a MAC key of another length is refused', async (t) => {
  const directory = await writeLog(t, 1);
  writeFileSync(join(directory, 'mac.key'), Buffer.alloc(16));
  await t.throwsAsync(openAuditLog(logOptions(directory)), {
    code: 'STATE_UNSAFE',
    message: /it has 16 bytes/,
  });
});

test('keys of two logs are not mixed', async (t) => {
  const directory = await writeLog(t, 3);
  const other = await writeLog(t, 1);
  renameSync(join(other, 'anchor.key'), join(directory, 'anchor.key'));
  await t.throwsAsync(openAuditLog(logOptions(directory)), {
    code: 'STATE_UNSAFE',
    message: /does not belong/,
  });
  renameSync(join(other, 'mac.key'), join(directory, 'mac.key'));
  renameSync(join(other, 'anchor.pub'), join(directory, 'anchor.pub'));
  await t.throwsAsync(openAuditLog(logOptions(directory)), {
    code: 'AUDIT_BROKEN',
    message: /mac does not match/,
  });
});

const files = ['audit.jsonl', 'head', 'mac.key', 'anchor.key', 'anchor.pub'];
const spoil: Record<string, (path: string) => void> = {
  'is a symbolic link': (path) => {
    renameSync(path, join(dirname(dirname(path)), 'elsewhere'));
    symlinkSync(join(dirname(dirname(path)), 'elsewhere'), path);
  },
  'has a second name': (path) => linkSync(path, join(dirname(dirname(path)), 'second')),
  'can be read by the group': (path) => chmodSync(path, 0o640),
  'is a pipe': (path) => {
    rmSync(path);
    execFileSync('mkfifo', ['-m', '600', path]);
  },
  'is a directory': (path) => {
    rmSync(path);
    mkdirSync(path, { mode: 0o700 });
  },
};

for (const [what, change] of Object.entries(spoil)) {
  test(`is refused by writer and verifier: a file that ${what}`, async (t) => {
    const original = await writeLog(t, 1);
    for (const name of files) {
      const directory = copyDirectory(t, original);
      change(join(directory, name));
      await t.throwsAsync(openAuditLog(logOptions(directory)), { code: 'STATE_UNSAFE' }, name);
      if (name !== 'anchor.key')
        await t.throwsAsync(verifyAuditLog({ directory }), { code: 'STATE_UNSAFE' }, name);
    }
  });
}

test('is refused: a directory that others can enter, a link to one, and one without a parent', async (t) => {
  const directory = await writeLog(t, 1);
  const link = join(dirname(directory), 'link');
  symlinkSync(directory, link);
  await t.throwsAsync(openAuditLog(logOptions(link)), { code: 'STATE_UNSAFE' });
  chmodSync(directory, 0o755);
  await t.throwsAsync(openAuditLog(logOptions(directory)), {
    code: 'STATE_UNSAFE',
    message: /its mode is 0755/,
  });
  await t.throwsAsync(verifyAuditLog({ directory }), { code: 'STATE_UNSAFE' });
  await t.throwsAsync(openAuditLog(logOptions(join(directory, 'no', 'audit'))), { code: 'STATE_UNSAFE' });
});

test('is refused: a directory of somebody else', async (t) => {
  const isRoot = process.geteuid?.() === 0;
  const directory = isRoot ? await writeLog(t, 1) : '/usr';
  if (isRoot) chownSync(directory, 65_534, 65_534);
  await t.throwsAsync(openAuditLog(logOptions(directory)), {
    code: 'STATE_UNSAFE',
    message: /it belongs to uid/,
  });
});
