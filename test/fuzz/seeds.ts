/** Writes the seeds of every harness into test/fuzz/corpus: recorded from the client, or encoded by the code that encodes in earnest. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentKeysError } from '../../src/core/errors.ts';
import { parseSessionId } from '../../src/core/ids.ts';
import { encodeCommit, encodeOrder, encodePrepare, type LaunchPlan } from '../../src/native/launch-plan.ts';
import { encodeFrame } from '../../src/protocol/frames.ts';
import { formatWireError } from '../../src/protocol/wire-error.ts';
import { root } from '../support/source-tree.ts';

const session = parseSessionId('0000000000000007');
const words = [
  '-p',
  'claude',
  '--agent-id=a',
  '--with',
  'openai=KEY',
  '--env',
  'B=vault:b',
  '--',
  'claude',
  '-p',
  'x',
];

interface Recorded {
  readonly context: string;
  readonly frames: string;
  readonly said: string;
}

function record(): Recorded {
  const client = join(root, 'bin/agentkeys');
  return JSON.parse(
    execFileSync('python3', [join(root, 'test/fuzz/record.py'), client, ...words], { encoding: 'utf8' }),
  );
}

/** Strings as C has them. */
const strings = (...texts: string[]) => Buffer.from(texts.map((text) => `${text}\0`).join(''), 'utf8');
const behind = (first: number, rest: Uint8Array) => Buffer.concat([Buffer.from([first]), rest]);

const plan: LaunchPlan = {
  session,
  contextDevice: 1n,
  contextInode: 2n,
  inherit: 'minimal',
  pass: ['LC_*'],
  unset: ['AWS_*'],
  set: ['CI=1', 'EMPTY='],
  secretNames: ['OPENAI_API_KEY', 'B'],
  rules: { cwd: '/srv/agent', umask: 0o77, nofile: 1024, core: 0 },
  label: '{"agent":"a"}',
};
const bare: LaunchPlan = {
  ...plan,
  inherit: 'caller',
  pass: [],
  unset: [],
  set: [],
  secretNames: [],
  rules: {},
  label: '',
};

const hello = encodeFrame({ hello: { protocol: 1, version: '0.1.0', mode: 'user' } });
const refusal = new AgentKeysError('CREDENTIAL_MISSING', { service: 'größe "quoted" \\ \u001b' });
const refused = encodeFrame({ id: 1, error: formatWireError(refusal, 'launch') });

/** Lists split at 0xff: pass, unset, set, secrets, region, environment. */
function environment(inherit: number, ...sections: readonly string[][]): Buffer {
  const parts = sections.flatMap((texts) => [strings(...texts), Buffer.from([0xff])]);
  return behind(inherit, Buffer.concat(parts));
}

function seeds({ context, frames, said }: Recorded): Readonly<Record<string, readonly Uint8Array[]>> {
  const recorded = Buffer.from(context, 'hex');
  const region = ['A=one', 'B=two'];
  return {
    context: [behind(0, recorded), behind(1, recorded)],
    plan: [behind(0, encodePrepare(plan)), behind(3, encodePrepare(plan)), behind(0, encodePrepare(bare))],
    environment: [
      environment(0, [], ['AWS_*'], ['CI=1'], ['A', 'B'], region, [
        'HOME=/',
        'AWS_X=1',
        'A=other',
        'no equals',
      ]),
      environment(1, ['LC_*'], [], [], ['A', 'B'], region, ['LC_ALL=C', 'PATH=/bin', 'X=1']),
      environment(2, [], [], ['X=1', 'X=2'], [], [], ['PATH=/bin']),
    ],
    resolve: [behind(0, strings('claude', 'PATH=/usr/bin::/bin', 'X=1')), behind(4, strings('./claude'))],
    reply: [
      behind(0, Buffer.concat([hello, encodeFrame({ id: 1, ok: {} })])),
      behind(6, Buffer.concat([hello, refused])),
      behind(255, refused),
    ],
    request: [strings(...words), strings('größe 日本 😀', 'a"b\\c\n\u007f'), Buffer.from(frames, 'hex')],
    message: [Buffer.from([0, 2, 2, 24, 63]), Buffer.from([7, 5, 8, 24, 63, 3, 2, 253, 8, 1, 0])],
    paths: [
      behind(1, strings('/tmp/home')),
      behind(30, strings('/home/a', '/c', '/s', '/run/user/1')),
      behind(2, strings('/x')),
    ],
    'env-file': [
      Buffer.from(
        '# keys\nexport OPENAI_API_KEY=sk-1 # mine\nGITHUB_TOKEN="a\\nb\\"c"\r\nX=\'two\nlines\'\n',
      ),
      Buffer.from('A==\n=B\nno equals\nC="never closed\nD=1\n'),
    ],
    options: [
      strings(...words),
      strings('--with=a', '-pdemo', 'true', '--with', 'b'),
      strings('--', '--profile', 'x'),
    ],
    printable: [strings('größe 日本 😀', '\u001b[2J\u202e\u200b'), Buffer.from(said, 'hex')],
    confinement: [readFileSync('/proc/self/status')],
    commit: [
      Buffer.from([2, 35, 2, 40, 0, 0, 0, 0]),
      Buffer.from([0, 1, 0, 0, 0, 0, 0]),
      Buffer.concat([encodeCommit(session, 8, 1), encodeOrder('go', session)]),
    ],
    orders: [
      // Prepare with a control socket, prepared, commit, go, execed, exited, then the monitor's end.
      Buffer.from([1, 16, 1, 5, 0, 0, 0, 1, 1, 17, 1, 1, 2, 1, 0, 0, 3, 1, 0, 0, 4, 1, 0, 0, 32, 1]),
      Buffer.from([1, 16, 1, 0, 1, 2, 1, 1, 3, 1]),
      Buffer.concat([Buffer.from([1, 32, 0, 80]), encodePrepare(plan).subarray(0, 80)]),
    ],
    monitor: [
      // Prepared, commit with a region, mapped, go, the mark of exec, its end, a signal, the agent's end.
      Buffer.from([3, 0, 0, 0, 3, 1, 1, 1, 4, 24, 0, 29, 2, 0, 15, 70]),
      Buffer.from([0, 0, 0, 0, 1, 2]),
      Buffer.from([3, 0, 0, 0, 1, 1, 13, 70]),
    ],
  };
}

for (const [target, inputs] of Object.entries(seeds(record()))) {
  const directory = join(root, 'test/fuzz/corpus', target);
  mkdirSync(directory, { recursive: true });
  for (const [index, bytes] of inputs.entries()) writeFileSync(join(directory, `seed-${index + 1}`), bytes);
}
