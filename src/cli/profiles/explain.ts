/** `profile explain`: what an agent gets under a profile, how exposed it is, and where each rule stands. */
import { exitCodes } from '../../core/exit-codes.ts';
import { escapeText } from '../../core/printable.ts';
import type { Invocation } from '../command.ts';
import type { ReferenceState } from '../look-up.ts';
import { formatTable } from '../table.ts';
import { describeProfile, type ExplainedProfile } from './explained.ts';
import { askStoredReferences, type StoredReferences } from './stored-references.ts';
import { resolveProfileWord } from './word.ts';

export async function run({ arguments: [word = ''], machine, options, voice }: Invocation): Promise<number> {
  const resolved = resolveProfileWord(await machine.profiles(), word);
  const references = [...resolved.profile.credentials.values()].map(({ from }) => from);
  const stored = await askStoredReferences(machine, references);
  const explained = describeProfile(resolved, stored);
  if (options.json) voice.sayJson(explained);
  else for (const line of formatExplained(explained, stored)) voice.say(line);
  return exitCodes.ok.code;
}

/** Sections with a title; what is empty is left out. */
function formatExplained(explained: ExplainedProfile, stored: StoredReferences): string[] {
  const { name, description, files, credentials, environment, agent, refused, origins } = explained;
  const sections: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    [
      'profile',
      [
        ['name', name],
        ['description', description ?? '-'],
        ...files.map((file, index) => [index === files.length - 1 ? 'file' : 'base', file]),
      ],
    ],
    ...credentials.map(
      (credential) => [`credential ${credential.name}`, formatCredential(credential, stored)] as const,
    ),
    ['environment', environment.map(({ rule, effect }) => [rule, effect])],
    ['agent', agent.map(({ rule, effect }) => [rule, effect])],
    ['a launch is refused', refused.map(({ key, rule }) => [key, rule])],
    ['set in', origins.map(({ key, file, line }) => [key, `${file}:${line}`])],
  ];
  const shown = sections.filter(([, rows]) => rows.length > 0);
  return shown.flatMap(([title, rows], index) => [
    ...(index === 0 ? [] : ['']),
    escapeText(title),
    ...formatTable(rows.map((row) => row.map(escapeText))).map((line) => `  ${line}`),
  ]);
}

function formatCredential(
  credential: ExplainedProfile['credentials'][number],
  stored: StoredReferences,
): string[][] {
  const { from, delivery, grade, readers, release, cache } = credential;
  return [
    ['from', from],
    ['stored', formatStored(credential.stored, stored)],
    ['delivery', delivery],
    ['grade', `${grade}: readable by ${readers}`],
    ['release', release === 'approve' ? 'approve: a person must release it each time' : release],
    ['cache', cache === null ? 'none' : `at most ${cache.idle} since its last use, ${cache.max} at all`],
  ];
}

const storedWords: Readonly<Record<ReferenceState, string>> = {
  stored: 'yes',
  missing: 'no',
  unknown: 'no: there is no such backend',
  invalid: 'no: it is not a reference',
};

function formatStored(state: ReferenceState | null, stored: StoredReferences): string {
  if (stored.kind === 'not asked') return `not asked: ${stored.why}`;
  return state === null ? 'the daemon did not say' : storedWords[state];
}
