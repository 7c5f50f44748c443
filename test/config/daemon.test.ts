/** The configuration as a person meets it: the daemon that it belongs to starts, or says why not. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { loadAddon } from '../../src/native/addon.ts';
import { createRegions } from '../../src/native/regions.ts';
import { collect, createHome, firstLine, type Home } from '../support/daemon.ts';
import { asRoot } from '../support/root.ts';

function createConfig(t: ExecutionContext, text: string | Buffer = ''): { home: Home; file: string } {
  const home = createHome(t);
  const directory = join(home.directory, 'config');
  mkdirSync(directory, { mode: 0o700 });
  const file = join(directory, 'config.toml');
  writeFileSync(file, text, { mode: 0o600 });
  return { home, file };
}

/** By every way in which a daemon comes to start. */
async function refusesToStart(
  t: ExecutionContext,
  { home, file }: { home: Home; file: string },
  rule: RegExp,
) {
  for (const [args, code] of [
    [['run', '--', 'true'], 125],
    [['init'], 69],
    [['daemon', '--foreground'], 78],
  ] as const) {
    const ended = await home.run(args);
    t.is(ended.code, code, args[0]);
    t.true(ended.stderr.includes(file), ended.stderr);
    t.regex(ended.stderr, rule);
    t.regex(ended.stderr, /^agentkeys: hint: .*(?:docs\/config\.md|nobody else can write)/m);
  }
  t.is((await home.run(['status'])).code, 69);
}

const refusesText = test.macro(async (t, text: string | Buffer, rule: RegExp) => {
  await refusesToStart(t, createConfig(t, text), rule);
});

test(
  'an unknown key',
  refusesText,
  'hardening = "report"\nconfind = "allow"\n',
  /config\.toml:2: 'confind' is not a known key; the nearest known key is 'confined'$/m,
);
test(
  'a key that this version does not know yet',
  refusesText,
  '\n[mcp]\ninline = true\n',
  /config\.toml:3: 'mcp\.inline' is not supported by this version yet$/m,
);
test(
  'a value of another type',
  refusesText,
  'hardening = 1\n',
  /config\.toml:1: 'hardening' must be report or strict$/m,
);
test('a text that is not TOML', refusesText, '\n\n{}\n', /config\.toml:3: this is not TOML/);
test(
  'a text that is not UTF-8',
  refusesText,
  Buffer.from([0x23, 0xff, 0xfe, 0x0a]),
  /config\.toml:1: the text is not UTF-8$/m,
);

test('a file that others can write', async (t) => {
  const config = createConfig(t);
  chmodSync(config.file, 0o602);
  await refusesToStart(t, config, /config\.toml is refused: its group or others can write to it$/m);
});

test('a symbolic link', async (t) => {
  const config = createConfig(t);
  renameSync(config.file, `${config.file}.real`);
  symlinkSync(`${config.file}.real`, config.file);
  await refusesToStart(t, config, /config\.toml is refused: it is a symbolic link$/m);
});

test('a FIFO, whose writer nobody waits for', async (t) => {
  const config = createConfig(t);
  rmSync(config.file);
  execFileSync('mkfifo', ['-m', '600', config.file]);
  await refusesToStart(t, config, /config\.toml is refused: it is not a regular file$/m);
});

test('a file of 2 GiB', async (t) => {
  const config = createConfig(t);
  truncateSync(config.file, 2 ** 31);
  await refusesToStart(t, config, /config\.toml:1: the file has more than 65536 bytes$/m);
});

test('a directory in which others can put files', async (t) => {
  const { home, file } = createConfig(t);
  chmodSync(join(file, '..'), 0o777);
  await refusesToStart(
    t,
    { home, file: join(home.directory, 'config') },
    /config is refused: its group or others/,
  );
});

asRoot('a file of somebody else', async (t) => {
  const config = createConfig(t);
  chownSync(config.file, 65_534, 65_534);
  await refusesToStart(t, config, /config\.toml is refused: it belongs to somebody else$/m);
});

test('no word of the file comes back, wherever it stands', async (t) => {
  const canary = `sk-${randomBytes(12).toString('hex')}`;
  for (const text of [
    `hardening = "${canary}"\n`,
    `${canary} = 1\n`,
    `audit = { "${canary}" = 1 }\n`,
    `hardening = ${canary}\n`,
    `[backends.${canary}]\ntoken = "${canary}"\n`,
    `allow_dangerous_names = ["${canary}"]\n`,
    `hardening = """${canary}`,
    `\u0000${canary}`,
  ]) {
    const { home } = createConfig(t, text);
    const ended = await home.run(['init']);
    t.is(ended.code, 69);
    t.regex(ended.stderr, /config\.toml:1: /);
    const log = readFileSync(join(home.directory, 'state/broker.log'), 'utf8');
    t.false(`${ended.stdout}${ended.stderr}${log}`.includes(canary), text);
  }
});

test('a daemon without a configuration, or with an empty one, has the defaults', async (t) => {
  const { home } = createConfig(t);
  await home.run(['init']);
  const status = JSON.parse((await home.run(['status', '--json'])).stdout.toString());
  const region = createRegions({ addon: loadAddon(), forceFallback: false }).create(1);
  t.is(status.hardening, region.kind === 'secretmem' ? 'ok' : 'degraded');
  region.drop();
});

test('a record that the disk gets later is shown as degraded, and kept all the same', async (t) => {
  const { home } = createConfig(t, 'audit.durability = "batched"\n');
  await home.store('demo', 'value');
  t.is(JSON.parse((await home.run(['status', '--json'])).stdout.toString()).hardening, 'degraded');
  await home.run(['run', '--with', 'demo', '--', 'true']);
  await home.run(['stop']);
  t.is((await home.run(['audit', 'verify'])).code, 0);
});

const refusesStrict = test.macro(async (t, config: string, options: string[], rule: RegExp) => {
  const { home, file } = createConfig(t, `hardening = "strict"\n${config}`);
  const daemon = [join(home.client, '../agentkeysd'), '--foreground', ...options].join(' ');
  const child = home.start([], { prefix: ['sh', '-c', `exec ${daemon}`] });
  const collected = collect(child, '');
  // A daemon that starts all the same says that it listens, and is ended with the test.
  const ended = await Promise.race([collected, firstLine(child).catch(() => collected)]);
  if (typeof ended === 'string') return t.fail(ended);
  t.is(ended.code, 78);
  t.regex(ended.stderr, rule);
  t.true(ended.stderr.includes(`hardening = 'report' in ${file}`), ended.stderr);
});

test(
  'strict, with a record that the disk gets later',
  refusesStrict,
  'audit.durability = "batched"\n',
  [],
  /asks for strict hardening, but .*audit\.durability is 'batched'$/m,
);
test(
  'strict, without secret memory',
  refusesStrict,
  '',
  ['--memory=fallback'],
  /asks for strict hardening, but this kernel gives it no secret memory \(memfd_secret\)$/m,
);
test(
  'strict, without either',
  refusesStrict,
  'audit.durability = "batched"\n',
  ['--memory=fallback'],
  /memfd_secret\) and audit\.durability is 'batched'$/m,
);
