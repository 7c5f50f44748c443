/** The manual pages in docs/man/, out of the meta of verbs and the schema of profiles. `node test/support/man-pages.ts` writes them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { globalOptions, verbGroups } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { groupVerbs } from '../../src/cli/help-text.ts';
import { formatPage, formatTags, formatText, type ManPage } from './man/mdoc.ts';
import { formatProfileKeys } from './man/profile-keys.ts';
import {
  formatEnvironment,
  formatExamples,
  formatExitStatus,
  formatFiles,
  formatSynopsis,
  formatVerbItem,
  formatWordsOf,
} from './man/verbs.ts';
import { root } from './source-tree.ts';

const metas = await Promise.all(commands.map(async ({ load }) => (await load()).meta));
const runMeta = metas.find(({ name }) => name === 'run');
const others = metas.filter(({ name }) => name !== 'run');

const seeAlso = (...pages: readonly (readonly [string, number])[]): string[] => [
  '.Sh SEE ALSO',
  ...pages.map(([name, section], index) => `.Xr ${name} ${section}${index === pages.length - 1 ? '' : ' ,'}`),
];

const isOfRun = (_code: number, meaning: string) => meaning.startsWith('`run`');

const overview: ManPage = {
  name: 'agentkeys',
  section: 1,
  summary: 'launch agents with injected credentials, and write down every use',
  body: [
    '.Sh SYNOPSIS',
    '.Nm',
    '.Ar verb',
    '.Op Ar flags',
    '.Sh DESCRIPTION',
    ...formatText(
      'A daemon keeps credentials in a vault and gives each agent exactly what its profile grants, for as long as the agent runs.',
    ),
    ...formatText(
      'No verb takes a value on its command line. Verbs that need the daemon start it, unless they say that they never do.',
    ),
    ...groupVerbs(metas).flatMap(([group, members]) => [
      `.Ss ${verbGroups[group]}`,
      ...formatTags(members.map(formatVerbItem)),
    ]),
    '.Ss every verb',
    ...formatWordsOf({ name: '', summary: '', arguments: [], options: [], examples: [] }, globalOptions),
    '.Sh ENVIRONMENT',
    ...formatEnvironment(),
    '.Sh FILES',
    ...formatFiles(),
    '.Sh EXIT STATUS',
    '.Cm run',
    'ends as its agent ended, see',
    '.Xr agentkeys-run 1 .',
    'Every other verb:',
    ...formatExitStatus((code, meaning) => !isOfRun(code, meaning)),
    '.Sh EXAMPLES',
    ...formatExamples(others),
    '.Sh DIAGNOSTICS',
    ...formatText(
      'An error is one line, followed by a hint that says what to do. With --json it is one object with a code that stays. No message shows a value.',
    ),
    ...seeAlso(['agentkeys-run', 1], ['agentkeys.toml', 5], ['agentkeysd', 8]),
  ],
};

function createRunPage(): ManPage {
  if (runMeta === undefined) throw new Error('there is no run');
  return {
    name: 'agentkeys-run',
    section: 1,
    summary: runMeta.summary,
    body: [
      '.Sh SYNOPSIS',
      ...formatSynopsis(runMeta),
      '.Sh DESCRIPTION',
      ...formatText(
        'Launches a command as a child of the daemon, with the credentials that its profile and the options grant. The client never receives a value.',
      ),
      ...formatText('Everything behind -- reaches the command byte for byte.'),
      ...(runMeta.notes ?? []).flatMap((note) => ['.Pp', ...formatText(note)]),
      ...formatWordsOf(runMeta, [...runMeta.options, ...globalOptions]),
      '.Sh ENVIRONMENT',
      ...formatEnvironment(),
      ...formatText('What else of the caller reaches the agent is said by its profile.'),
      '.Sh FILES',
      ...formatFiles(),
      '.Sh EXIT STATUS',
      ...formatText('That of the agent; if a signal ended the agent, the same signal ends the client.'),
      ...formatExitStatus(isOfRun),
      '.Sh SIGNALS',
      ...formatText(`These reach the agent's process group: ${listForwardedSignals().join(', ')}.`),
      ...formatText(
        'An agent that stops itself stops the client. A client that ends leaves the agent a HUP.',
      ),
      '.Sh EXAMPLES',
      ...formatExamples([runMeta]),
      ...seeAlso(['agentkeys', 1], ['agentkeys.toml', 5], ['agentkeysd', 8]),
    ],
  };
}

/** As the client has them. */
function listForwardedSignals(): string[] {
  const directory = join(root, 'native/client');
  for (const name of readdirSync(directory)) {
    const list = /forwarded\[\] = \{([^}]*)\}/.exec(readFileSync(join(directory, name), 'utf8'))?.[1];
    if (list !== undefined) return list.split(',').map((signal) => signal.trim().replace(/^SIG/, ''));
  }
  throw new Error('the client forwards no signals');
}

const profilePage: ManPage = {
  name: 'agentkeys.toml',
  section: 5,
  summary: 'profile of an agent',
  body: [
    '.Sh DESCRIPTION',
    ...formatText(
      'A profile says what an agent may have, how that is delivered and how the agent is run. It is a TOML file that holds references, never values.',
    ),
    ...formatText('Unknown keys are errors. It belongs to you or to root, and nobody else can write it.'),
    '.Pp',
    ...formatText('Keys, tables before what is in them:'),
    ...formatProfileKeys(),
    '.Sh FILES',
    ...formatFiles(),
    '.Sh EXAMPLES',
    '.Bd -literal -offset indent',
    'schema = 1',
    'name = "my-agent"',
    '',
    '[credentials.OPENAI_API_KEY]',
    'from = "vault:openai"',
    '',
    '[environment]',
    'inherit = "minimal"',
    'set = { CI = "1" }',
    '.Ed',
    ...seeAlso(['agentkeys', 1], ['agentkeys-run', 1], ['agentkeysd', 8]),
  ],
};

const daemonPage: ManPage = {
  name: 'agentkeysd',
  section: 8,
  summary: 'daemon of agentkeys: the spawner, which starts and keeps the broker',
  body: [
    '.Sh SYNOPSIS',
    '.Nm',
    '.Op Fl \\-foreground',
    '.Sh DESCRIPTION',
    ...formatText(
      'The first verb that needs the daemon starts it; nobody has to. It takes its lock, listens on the request socket and starts the broker, which decides, keeps the vault and writes the record.',
    ),
    ...formatText(
      'The spawner alone starts agents, each below a monitor of its own. It holds no credential, and what runs is told by the caller and not by the broker.',
    ),
    '.Bl -tag -width Ds',
    '.It Fl \\-foreground',
    ...formatText('stay, and log to standard error, for a service manager or to see why it ends'),
    '.El',
    '.Sh ENVIRONMENT',
    ...formatEnvironment(),
    '.Sh FILES',
    ...formatFiles(),
    '.Sh EXIT STATUS',
    ...formatExitStatus((code) => [0, 1, 2, 77, 78].includes(code)),
    '.Sh SIGNALS',
    '.Bl -tag -width Ds',
    '.It Dv SIGTERM , SIGINT , SIGHUP',
    ...formatText(
      'ends the daemon: the record is sealed, keys are wiped. Agents go on, and the next daemon finds them.',
    ),
    '.El',
    '.Sh EXAMPLES',
    ...formatText('See why the daemon ends:'),
    '.Bd -literal -offset indent',
    'agentkeys daemon \\-\\-foreground',
    '.Ed',
    ...seeAlso(['agentkeys', 1], ['agentkeys-run', 1], ['agentkeys.toml', 5]),
  ],
};

export interface WrittenPage {
  /** Below the root. */
  readonly path: string;
  readonly text: string;
}

export const manPages: readonly WrittenPage[] = [overview, createRunPage(), profilePage, daemonPage].map(
  (page) => ({
    path: `docs/man/${page.name}.${page.section}`,
    text: formatPage(page),
  }),
);

if (import.meta.main) for (const { path, text } of manPages) writeFileSync(join(root, path), text);
