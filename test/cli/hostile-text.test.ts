/** Whatever was typed or stored: nothing of it steers the terminal that shows it. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createHome, type Ended, type Home } from '../support/daemon.ts';

/** Clears the screen, writes the clipboard, returns, turns around, hides, C1, tags; no slash and no NUL. */
const hostile =
  'a\u001b[2J\u001b]52;c;eHg=\u0007\r\n\t\u007f\u009b31m\u202e\u2066\u200b\u2028\ufeff\u00ad\u{e0041}\\b';
const long = 'x'.repeat(10_000);

function isHarmless(t: ExecutionContext, what: string, { stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>) {
  // Fatal: a byte that is no UTF-8 could be an eight-bit control.
  const out = new TextDecoder('utf-8', { fatal: true }).decode(stdout);
  t.false(stderr.includes('\ufffd'), what);
  for (const text of [out, stderr])
    t.notRegex(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, what);
  for (const text of [out, stderr])
    t.true(
      text.split('\n').every((line) => line.length < 2000),
      `${what}: long`,
    );
}

const lines: readonly (readonly string[])[] = [
  ['run', '-p', `./${hostile}`, 'true'],
  ['run', '-p', `./${long}`, 'true'],
  ['run', '-p', hostile, 'true'],
  ['run', '--agent-id', hostile, 'true'],
  ['run', '--with', hostile, 'true'],
  ['run', '--with', `demo=${hostile}`, 'true'],
  ['run', '--env', `${hostile}=vault:demo`, 'true'],
  ['run', '--env', `KEY=${hostile}`, 'true'],
  ['run', `--${hostile}`, 'true'],
  ['run', '--', `./${hostile}`],
  ['run', '--', hostile],
  ['run', '--', long],
  ['read', hostile, '--unsafe-stdout'],
  ['read', `--${hostile}`],
  ['status', `-${hostile}`],
  ['store', '--stdin', '--', hostile],
  ['audit', hostile],
  ['audit', 'tail', '-n', hostile],
  ['help', hostile],
  [hostile],
  [long],
  [`--${hostile}`],
  ['--color', hostile, 'version'],
];

test('on the command line', async (t) => {
  const home = createHome(t);
  for (const words of lines) {
    const what = JSON.stringify(words.map((word) => word.slice(0, 60)));
    const ended = await home.run(words);
    t.not(ended.code, 0, what);
    isHarmless(t, what, ended);
    isHarmless(t, what, await home.run([...words.slice(0, 1), '--json', ...words.slice(1)]));
  }
});

test('a long name is cut, and how much is missing shows', async (t) => {
  const home = createHome(t);
  t.regex((await home.run(['run', '--', long])).stderr, /: x{512}… \(9488 more bytes\)\n/);
  t.regex((await home.run(['run', '-p', `./${long}`, 'true'])).stderr, /x{510}… \(9490 more bytes\)\n/);
});

test('in bytes that are no text', async (t) => {
  const home = createHome(t);
  // Node would not pass such bytes on: a shell makes them.
  for (const bytes of ['\\233', '\\302', '\\355\\240\\200', '\\300\\200', '\\360\\237\\230', '\\377']) {
    const typed = `exec "$0" run -- "./$(printf 'x${bytes}y')"`;
    const ended = await home.command('sh', ['-c', typed, home.client]);
    t.is(ended.code, 127);
    t.regex(ended.stderr, /: \.\/x(?:\\x[0-9a-f]{2})+y\n/);
    isHarmless(t, bytes, ended);
  }
});

/** Every character that must never be shown as it is, and neighbours that may. */
test('the programs in C escape what JavaScript escapes', async (t) => {
  const home = createHome(t);
  const unseen = /[\p{Cf}\p{Zl}\p{Zp}]|[\u0080-\u009f]/u;
  const all = Array.from({ length: 0x110000 }, (_, code) => code).filter(
    (code) => code < 0xd800 || code > 0xdfff,
  );
  const hidden = all.map((code) => String.fromCodePoint(code)).filter((character) => unseen.test(character));
  for (let at = 0; at < hidden.length; at += 100) {
    const text = hidden.slice(at, at + 100).join('');
    const { stderr } = await home.run(['run', '--', `./${text}`]);
    t.notRegex(stderr.replaceAll('\n', ''), unseen);
  }
  const { stderr } = await home.run(['run', '--', './größe-日本-😀-\u00a0-\u200a']);
  t.true(stderr.includes('./größe-日本-😀-\u00a0-\u200a\n'), stderr);
});

test('in a profile and its path', async (t) => {
  const home = createHome(t);
  const file = join(home.directory, `${hostile}.toml`);
  for (const text of [`schema = 1\n"${'\\u001b[2J\\u202e'}" = 1\n`, hostile, `name = "${long}"\n`, '']) {
    writeFileSync(file, text);
    const ended = await home.run(['run', '-p', file, 'true']);
    t.is(ended.code, 125);
    isHarmless(t, JSON.stringify(text.slice(0, 60)), ended);
  }
});

function placedAt(home: Home, directory: string): NodeJS.ProcessEnv {
  mkdirSync(directory, { recursive: true });
  return { ...home.environment, AGENTKEYS_HOME: directory };
}

test('in the path of the home', async (t) => {
  const home = createHome(t);
  const env = placedAt(home, join(home.directory, 'e\u001b]0;x\u0007\u009b\u202e\r'));
  // A state directory that is refused, so that no daemon is left behind there.
  mkdirSync(join(env.AGENTKEYS_HOME ?? '', 'state'), { mode: 0o755 });
  for (const words of [
    ['status'],
    ['ps'],
    ['stop'],
    ['init'],
    ['run', 'true'],
    ['audit', 'tail'],
    ['daemon'],
  ]) {
    for (const flags of [[], ['--json']]) {
      const ended = await home.run([...flags, ...words], { env });
      t.not(ended.code, 0);
      isHarmless(t, words.join(' '), ended);
    }
  }
  const foreground = await home.run(['daemon', '--foreground'], { env });
  t.regex(foreground.stderr, /the directory is refused: .*e\\u\{1b\}\]0;x/);
  isHarmless(t, 'daemon --foreground', foreground);
});

test('in lines of the record', async (t) => {
  const home = createHome(t);
  await home.run(['init']);
  await home.run(['stop']);
  const log = join(home.directory, 'state/audit/audit.jsonl');
  const record = { seq: 9, ts: hostile, event: hostile, agent_id: hostile, service: '\u009b\u202e' };
  appendFileSync(log, `${JSON.stringify(record)}\n{"seq":1,${hostile.replace('\n', '')}\n${long}\n`);
  for (const words of [
    ['audit', 'tail'],
    ['audit', 'tail', '--json'],
    ['audit', 'verify'],
    ['audit', 'verify', '--json'],
  ]) {
    const ended = await home.run(words);
    const shown =
      words.length === 3 && words[1] === 'tail' ? ended.stdout.toString().replaceAll(long, '') : '';
    isHarmless(t, words.join(' '), shown === '' ? ended : { ...ended, stdout: Buffer.from(shown) });
  }
  t.regex(
    (await home.run(['audit', 'tail', '-n', '1'])).stdout.toString(),
    /x{512}… \(9488 more characters\)\n$/,
  );
});
