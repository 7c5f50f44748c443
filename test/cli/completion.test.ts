/** The completion scripts, asked in real shells. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { CommandMeta } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { formatBash } from '../../src/cli/completion/bash.ts';
import { formatFish } from '../../src/cli/completion/fish.ts';
import { createCompletionModel } from '../../src/cli/completion/model.ts';
import { formatZsh } from '../../src/cli/completion/zsh.ts';
import { createHome, type Home } from '../support/daemon.ts';
import { root } from '../support/source-tree.ts';
import { withTools } from '../support/tools.ts';

const metas = await Promise.all(commands.map(async ({ load }) => (await load()).meta));
const formatters = { bash: formatBash, zsh: formatZsh, fish: formatFish } as const;
type Shell = keyof typeof formatters;
const shells: readonly Shell[] = ['bash', 'zsh', 'fish'];
/** The words of a wrapped command are completed by bash-completion's own function. */
const needed: Readonly<Record<Shell, readonly string[]>> = {
  bash: ['bash', '/usr/share/bash-completion/bash_completion'],
  zsh: ['zsh'],
  fish: ['fish'],
};

/** A command that has a completion of its own. */
const wrapped: Readonly<Record<Shell, string>> = {
  bash: 'complete -W "alpha beta" wrapped',
  zsh: '_wrapped() { compadd alpha beta }; compdef _wrapped wrapped',
  fish: 'complete -c wrapped -x -a "alpha beta"',
};
const programs: Readonly<Record<Shell, readonly string[]>> = {
  bash: ['bash', '--norc', '--noprofile'],
  zsh: ['zsh', '-f'],
  fish: ['fish', '--no-config'],
};

interface Asker {
  readonly home: Home;
  /** What the shell offers after `line`. */
  complete(line: string): string[];
}

function createAsker(t: ExecutionContext, shell: Shell, script: string): Asker {
  const home = createHome(t);
  const work = join(home.directory, 'work');
  mkdirSync(join(home.directory, 'config/profiles'), { recursive: true });
  mkdirSync(join(home.directory, 'state/vault'), { recursive: true });
  mkdirSync(join(work, 'folder'), { recursive: true });
  writeFileSync(join(home.directory, 'config/profiles/mine.toml'), '');
  writeFileSync(join(home.directory, 'config/profiles/$(touch trap).toml'), '');
  writeFileSync(join(home.directory, 'state/vault/openai.cred'), '');
  for (const file of ['key.txt', 'wrapped']) writeFileSync(join(work, file), '#!/bin/sh\n', { mode: 0o755 });
  const source = join(home.directory, 'completion');
  writeFileSync(source, `${script}\n${wrapped[shell]}\n`);
  const [program = shell, ...flags] = programs[shell];
  const path = [join(root, 'bin'), work, process.env.PATH].join(':');
  return {
    home,
    complete(line) {
      const fixture = join(root, `test/fixtures/complete.${shell}`);
      const ended = spawnSync(program, [...flags, fixture, source, line], {
        cwd: work,
        env: { ...home.environment, PATH: path, HOME: home.directory, TERM: 'xterm', LC_ALL: 'C.UTF-8' },
        encoding: 'utf8',
        input: '',
      });
      t.is(ended.stderr, '', line);
      return ended.stdout.split('\n').filter(Boolean).toSorted();
    },
  };
}

async function printScript(t: ExecutionContext, shell: Shell): Promise<string> {
  const ended = await createHome(t).run(['completion', shell]);
  t.is(ended.code, 0);
  return ended.stdout.toString();
}

/** What is offered, and what is not: for the words after `agentkeys`. */
const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['sta', ['status'], ['store']],
  ['', ['run', 'audit', 'completion'], ['audit tail', 'native-start', 'native-complete']],
  ['audit ', ['tail', 'verify'], ['run']],
  ['audit t', ['tail'], ['verify']],
  ['run --pro', ['--profile'], ['--json']],
  ['audit tail --c', ['--count', '--color'], ['--profile']],
  ['completion ', ['bash', 'fish', 'zsh'], []],
  ['status --color ', ['always', 'auto', 'never'], ['--json']],
  ['--color never sta', ['status'], []],
  ['run -p ', ['default', 'demo', 'mine'], ['openai']],
  ['run -p m', ['mine'], ['demo']],
  ['run --with ', ['openai'], ['mine']],
  ['read ', ['openai'], ['mine']],
  ['help aud', ['audit'], []],
  ['run -- wrapped ', ['alpha', 'beta'], ['--profile', 'openai']],
  ['run -p mine --with openai wrapped al', ['alpha'], ['beta']],
  ['run wrapp', ['wrapped'], ['run']],
  ['run -- wrapp', ['wrapped'], []],
];

for (const shell of shells) {
  withTools(
    needed[shell],
    `${shell} completes verbs, options, choices, names and the wrapped command, and starts no daemon`,
    async (t) => {
      const { home, complete } = createAsker(t, shell, await printScript(t, shell));
      for (const [line, offered, absent] of cases) {
        const seen = complete(`agentkeys ${line}`);
        t.deepEqual(
          offered.filter((word) => !seen.includes(word)),
          [],
          `${line}: ${seen}`,
        );
        t.deepEqual(
          absent.filter((word) => seen.includes(word)),
          [],
          `${line}: ${seen}`,
        );
      }
      t.true(complete('agentkeys run --profile=m').some((word) => word.endsWith('mine')));
      t.true(complete('agentkeys run -p ./ke').some((word) => word.endsWith('key.txt')));
      t.false(existsSync(join(home.directory, 'run')), 'a daemon was started');
      t.deepEqual(readdirSync(join(home.directory, 'work')).toSorted(), ['folder', 'key.txt', 'wrapped']);
    },
  );
}

/** What no verb has yet, or not all of them. */
const strange: CommandMeta = {
  name: 'odd verb',
  summary: "it's [odd]: $(touch trap) `touch trap`",
  arguments: [
    { name: 'FILE', summary: '', completes: 'file' },
    { name: 'DIRECTORY', summary: '', completes: 'directory', isOptional: true, isRepeatable: true },
  ],
  options: [
    { flags: '-f, --from <file>', summary: 'a "file"', completes: 'file' },
    { flags: '--to <way>', summary: '', choices: ['here', 'there'] },
  ],
  examples: [],
};

for (const shell of shells) {
  withTools(
    needed[shell],
    `${shell} takes verbs to come: files, directories, repeated words, quotes in texts`,
    (t) => {
      const script = formatters[shell](createCompletionModel([...metas, strange]));
      const { home, complete } = createAsker(t, shell, script);
      const isOffered = (line: string, word: string) =>
        complete(`agentkeys odd verb ${line}`).some((one) => one.replace(/\/$/, '') === word);
      t.true(complete('agentkeys o').includes('odd'));
      t.true(isOffered('ke', 'key.txt'));
      t.true(isOffered('--from ke', 'key.txt'));
      t.true(isOffered('-f ke', 'key.txt'));
      t.true(isOffered('--to t', 'there'));
      t.true(isOffered('x fol', 'folder'));
      t.true(isOffered('x y z fol', 'folder'));
      t.false(isOffered('x ke', 'key.txt'));
      t.false(existsSync(join(home.directory, 'work/trap')));
    },
  );
}

test('a shell that is none of the three is told them', async (t) => {
  const { code, stderr } = await createHome(t).run(['completion', 'tcsh']);
  t.is(code, 2);
  t.regex(stderr, /SHELL takes one of: bash, zsh, fish\n/);
});

test('names come without a daemon, and only those that are names', async (t) => {
  const { home } = createAsker(t, 'bash', '');
  const names = async (kind: string) => (await home.run(['native-complete', kind])).stdout.toString();
  t.regex(await names('profile'), /^mine$/m);
  t.notRegex(await names('profile'), /trap/);
  t.is(await names('service'), 'openai\n');
  t.is(await names('agent'), '');
  t.false(existsSync(join(home.directory, 'run')));
});

test('the scripts run no program that was merely typed', (t) => {
  for (const shell of shells) {
    const script = formatters[shell](createCompletionModel(metas));
    const calls = [...script.matchAll(/(\S+) agentkeys native-complete/g)].map(([, before = '']) => before);
    t.true(calls.length > 0);
    t.deepEqual(
      calls.filter((before) => !/\(?command$/.test(before)),
      [],
    );
  }
});
