/** The manual pages are what the code declares, in the form that mandoc wants, and are installed with the package. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { globalOptions } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { escapeArgument, escapeWords, formatFlags } from '../support/man/mdoc.ts';
import { listProfileKeys } from '../support/man/profile-keys.ts';
import { manPages } from '../support/man-pages.ts';
import { root } from '../support/source-tree.ts';
import { withTools } from '../support/tools.ts';

const metas = await Promise.all(commands.map(async ({ load }) => (await load()).meta));

/** A bold or underlined character is written over itself. */
const overstruck = new RegExp(`.${'\b'}`, 'gu');

/** One line, since the width of a page breaks words apart. */
function render(path: string): string {
  const ended = spawnSync('mandoc', ['-Tutf8', '-Owidth=1000', join(root, path)], { encoding: 'utf8' });
  return ended.stdout.replace(overstruck, '').replace(/\s+/g, ' ');
}

for (const { path, text } of manPages) {
  test(`${path} is what the code declares`, (t) => {
    t.is(readFileSync(join(root, path), 'utf8'), text, 'node test/support/man-pages.ts writes it anew');
  });

  withTools(['mandoc'], `${path} passes mandoc without a warning`, (t) => {
    const lint = spawnSync('mandoc', ['-Tlint', '-W', 'warning', join(root, path)], { encoding: 'utf8' });
    t.is(lint.error, undefined);
    t.is(lint.stdout + lint.stderr, '');
    t.is(lint.status, 0);
  });

  withTools(['mandoc'], `${path} has its sections`, (t) => {
    const wanted = ['NAME', 'DESCRIPTION', 'FILES', 'EXAMPLES', 'SEE ALSO'];
    const ofPrograms = ['SYNOPSIS', 'ENVIRONMENT', 'EXIT STATUS'];
    const rendered = render(path);
    for (const title of path.endsWith('.5') ? wanted : [...wanted, ...ofPrograms])
      t.true(rendered.includes(` ${title} `), title);
    t.is(rendered.includes(' SIGNALS '), /run\.1$|\.8$/.test(path));
  });
}

test('no page is left over, and the package installs them all', (t) => {
  const paths = manPages.map(({ path }) => path);
  t.deepEqual(readdirSync(join(root, 'docs/man')).toSorted(), paths.map((path) => path.slice(9)).toSorted());
  t.deepEqual(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).man, paths);
});

for (const meta of metas) {
  withTools(['mandoc'], `a page shows ${meta.name} with its options and examples`, (t) => {
    const pages = meta.name === 'run' ? ['agentkeys.1', 'agentkeys-run.1'] : ['agentkeys.1'];
    for (const page of pages) {
      const rendered = render(`docs/man/${page}`);
      t.true(rendered.includes(` agentkeys ${meta.name} `));
      t.true(rendered.includes(meta.summary));
      for (const { flags } of [...meta.options, ...globalOptions])
        t.true(rendered.includes(` ${flags.replace(/[<>]/g, '')} `), flags);
      for (const { name } of meta.arguments) t.true(rendered.includes(` ${name} `), name);
    }
    const examples = render(`docs/man/${pages.at(-1)}`);
    for (const { line } of meta.examples) t.true(examples.includes(line.replace(/\s+/g, ' ')), line);
  });
}

withTools(['mandoc'], 'the page of profiles shows every key', (t) => {
  const keys = listProfileKeys();
  const rendered = render('docs/man/agentkeys.toml.5');
  for (const { key, description } of keys) {
    t.true(rendered.includes(` ${key} (`), key);
    t.not(description, '', key);
  }
  const names = keys.map(({ key }) => key);
  for (const deep of ['credentials.NAME.cache.idle', 'supervise.stop.signal', 'agent.limits.nofile'])
    t.true(names.includes(deep), deep);
});

test('words of ours are never read as macros', (t) => {
  t.is(escapeWords('.Sh no heading'), '\\&.Sh no heading');
  t.is(escapeWords('a\\fB --json -n a-b'), 'a\\efB \\-\\-json \\-n a-b');
  t.is(escapeArgument('show Fl No . "x"'), 'show \\&Fl \\&No \\&. \\(dqx\\(dq');
  t.is(formatFlags('-n, --count <n>'), 'Fl n , Fl \\-count Ar n');
});
