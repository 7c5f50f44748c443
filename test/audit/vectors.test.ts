import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { AuditEvent } from '../../src/audit/event.ts';
import { openAuditLog } from '../../src/audit/log.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { auditEventNames } from '../../src/core/audit-events.ts';
import {
  auditDirectory,
  copyDirectory,
  joinLines,
  logOptions,
  readLines,
  readLog,
  replaceLog,
  writeLog,
} from './log-directory.ts';
import { createManualClock } from './manual-clock.ts';
import { createTestKeys, keyVector, makeKeyedDirectory } from './test-keys.ts';

interface BrokenVector {
  readonly name: string;
  readonly record: number;
  readonly rule: string;
  /** One character for each byte. */
  readonly log: string;
  readonly head: string | null;
}

const page = readFileSync(new URL('../../docs/audit-log.md', import.meta.url), 'utf8');
const example = readVector('example.jsonl');
const exampleHead = readVector('example.head');
const events: AuditEvent[] = JSON.parse(readVector('example-events.json'));
const broken: BrokenVector[] = JSON.parse(readVector('broken.json'));
const stranger = fileURLToPath(new URL('verify.py', import.meta.url));

function readVector(name: string): string {
  return readFileSync(new URL(`../vectors/audit/${name}`, import.meta.url), 'utf8');
}

/** What the independent verifier says about each directory. */
function askStranger(directories: readonly string[]): Promise<string[]> {
  return new Promise((resolve) => {
    execFile('python3', [stranger, ...directories], { maxBuffer: 2 ** 24 }, (_error, stdout) => {
      resolve(stdout.split('\n').slice(0, -1));
    });
  });
}

async function askOurs(directory: string): Promise<string> {
  const verdict = await verifyAuditLog({ directory });
  return verdict.kind === 'ok' ? `ok ${verdict.records}` : `broken ${verdict.seq} ${verdict.rule}`;
}

function layOut(t: ExecutionContext, log: string, head: string | null): string {
  const directory = auditDirectory(t);
  makeKeyedDirectory(directory, Buffer.from(log, 'latin1'), head ?? undefined);
  return directory;
}

test('writes the example byte for byte', async (t) => {
  const directory = auditDirectory(t);
  makeKeyedDirectory(directory);
  const clock = createManualClock(Date.UTC(2025, 0, 2, 3, 4, 5, 678));
  const log = await openAuditLog(logOptions(directory, { clock }));
  for (const event of events) {
    clock.advance(1000);
    await log.append(event);
  }
  clock.advance(1000);
  await log.close();
  t.is(readLog(directory).toString('latin1'), example);
});

test('both verifiers accept the example', async (t) => {
  const directory = layOut(t, example, exampleHead);
  t.is(await askOurs(directory), 'ok 5');
  t.deepEqual(await askStranger([directory]), ['ok 5']);
});

test('both verifiers accept a log that has no record yet', async (t) => {
  const directory = layOut(t, '', null);
  t.is(await askOurs(directory), 'ok 0');
  t.deepEqual(await askStranger([directory]), ['ok 0']);
});

for (const { name, record, rule, log, head } of broken) {
  test(`names record ${record} for ${name}`, async (t) => {
    t.is(await askOurs(layOut(t, log, head)), `broken ${record} ${rule}`);
  });
}

test('the independent verifier says the same of every broken vector', async (t) => {
  const said = await askStranger(broken.map(({ log, head }) => layOut(t, log, head)));
  t.deepEqual(
    said,
    broken.map(({ record, rule }) => `broken ${record} ${rule}`),
  );
});

test('both verifiers say the same of logs with random edits', async (t) => {
  const original = await writeLog(t, 6);
  const lines = readLines(original);
  const text = joinLines(lines);
  const at = fc.nat(text.length - 1);
  const line = fc.nat(lines.length - 1);
  const edit = fc.oneof(
    fc
      .tuple(at, fc.integer({ min: 0, max: 255 }))
      .map(([i, byte]) => text.slice(0, i) + String.fromCharCode(byte) + text.slice(i + 1)),
    fc.tuple(at, at).map(([i, j]) => text.slice(0, Math.min(i, j)) + text.slice(Math.max(i, j))),
    fc.tuple(line, line).map(([i, j]) => joinLines(lines.with(i, lines[j] ?? ''))),
    at.map((i) => text.slice(0, i)),
    fc.constant(text),
  );
  const directories = fc.sample(edit, 150).map((edited) => {
    const directory = copyDirectory(t, original);
    replaceLog(directory, Buffer.from(edited, 'latin1'));
    return directory;
  });
  const ours = await Promise.all(directories.map(askOurs));
  t.deepEqual(await askStranger(directories), ours);
  t.true(ours.some((verdict) => verdict.startsWith('ok ')));
  t.true(ours.some((verdict) => verdict.startsWith('broken ')));
});

test('the page shows this example', (t) => {
  const [, second = '', , , fifth = ''] = example.split('\n');
  const { hash, mac } = JSON.parse(second);
  const parts = [
    example,
    exampleHead,
    `\n${second.slice(0, second.indexOf(',"hash":'))}}\n`,
    ...Object.values(keyVector),
    `SHA-256              ${hash}`,
    `HMAC-SHA-256 of it   ${mac}`,
    `"agentkeys audit anchor v1\\n5\\n${JSON.parse(fifth).prev}\\n"`,
  ];
  for (const part of parts) t.true(page.includes(part), part);
  const publicKey = createTestKeys().anchorPublic.export({ type: 'spki', format: 'der' });
  t.is(publicKey.subarray(-32).toString('hex'), keyVector.anchorPublicHex);
});

test('the page lists every event, and no other', (t) => {
  const listed = /\*\*Events\.\*\*(.*?) by itself/s.exec(page)?.[1] ?? '';
  const names = [...listed.matchAll(/`([a-z_]+)`/g)].map((found) => found[1]);
  t.deepEqual(names.sort(), [...auditEventNames, 'anchor'].sort());
});

test('the page lists every rule that a verdict can name', (t) => {
  const rules = new Set(broken.map(({ rule }) => rule)).add('sig does not verify').add('the log is missing');
  for (const rule of rules) t.true(page.includes(`\`${rule}\``), rule);
});
