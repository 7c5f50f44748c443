/** `import`: values of a .env file into the vault; the file is read by native steps alone. */
import type { BrokerConnection } from '../../client/broker-connection.ts';
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { defaultVariable, parseServiceName } from '../../core/ids.ts';
import { escapeText } from '../../core/printable.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';
import { type EnvName, type EnvNames, parseEnvNames, parseWishes } from '../env-names.ts';
import { findStored } from '../look-up.ts';
import type { Machine } from '../machine.ts';
import { storeValue } from '../store-value.ts';
import { formatTable } from '../table.ts';

export const meta: CommandMeta = {
  name: 'import',
  summary: 'store the values of a .env file in the vault',
  arguments: [{ name: 'FILE', summary: 'a regular file of yours, at most 1 MiB', completes: 'file' }],
  options: [
    { flags: '--only <name>', summary: 'import this variable', isRepeatable: true },
    { flags: '--as <name=service>', summary: 'import this variable under that name', isRepeatable: true },
    { flags: '--all', summary: 'import every variable' },
    { flags: '--replace', summary: 'store new versions over existing ones' },
    { flags: '--dry-run', summary: 'show what would be stored under which name' },
    jsonOption,
  ],
  examples: [
    { line: 'agentkeys import .env --dry-run', does: 'shows names, not values' },
    { line: 'agentkeys import .env', does: 'asks for each variable' },
    {
      line: 'agentkeys import .env --only OPENAI_API_KEY --as GH_TOKEN=github',
      does: 'stores openai and github',
    },
  ],
  notes: [
    'OPENAI_API_KEY becomes openai, GITHUB_TOKEN becomes github-token',
    'lines are NAME=VALUE, also after export; # begins a comment; \'…\' is taken as it is, in "…" \\n \\r \\t \\" \\\\ \\$ are escapes',
    'quotes may span lines; without quotes the value is trimmed and ends at a blank with #; nothing is expanded',
    'the last line of a name counts; if one of the names is stored already, nothing is, unless --replace is given',
  ],
  onExcess: 'a value never goes on the command line, where ps and the history of the shell show it',
  exits: ['refused', 'configuration'],
};

/** Exit codes of `native-env-names` (native/client/step.h) beside 0. */
const unreadable: Readonly<Record<number, string>> = {
  3: 'it is longer than 1 MiB',
  5: 'it cannot be read',
  9: 'it has more than 1000 lines that are neither empty nor a comment',
};

export async function run({ arguments: [path = ''], machine, options, voice }: Invocation): Promise<number> {
  const wishes = parseWishes(toWords(options.as));
  const input = await machine.openInput(path, 'own file');
  const found = parseEnvNames(await readNames(machine, input), wishes);
  for (const { line, name, reason } of found.skipped)
    voice.note(`line ${line} is skipped${name === undefined ? '' : ` (${escapeText(name)})`}: ${reason}`);
  const picked = chooseByFlags(found, options, wishes);
  const chosen = picked ?? (await askForEach({ machine, options, voice }, found.names));
  if (options.dryRun || chosen === undefined) showNames(voice, options, chosen ?? found.names);
  if (options.dryRun) return exitCodes.ok.code;
  if (chosen === undefined)
    throw new AgentKeysError('USAGE', {
      rule: 'import asks at a terminal, and here is none: give --only NAME, --as NAME=SERVICE or --all',
    });
  requireDistinct(chosen);
  if (chosen.length === 0) {
    voice.note('nothing was stored');
    return exitCodes.general.code;
  }
  // Whoever names variables has not asked for the lines that were skipped.
  const missed = options.all || picked === undefined ? found.skipped : [];
  await storeAll({ machine, options, voice, input, chosen, missed });
  if (missed.length === 0)
    voice.note(`${escapeText(path)} still holds the values: remove what nothing else needs`);
  else voice.note(`keep ${escapeText(path)}: lines were skipped, and what they hold was not stored`);
  return missed.length === 0 ? exitCodes.ok.code : exitCodes.general.code;
}

async function readNames(machine: Machine, input: number): Promise<string> {
  const { exitCode, text } = await machine.readEnvNames(input);
  if (exitCode === 0) return text;
  const rule = unreadable[exitCode];
  throw rule === undefined
    ? new AgentKeysError('INTERNAL', { where: `native-env-names ended with ${exitCode}` })
    : new AgentKeysError('USAGE', { rule: `the file cannot be used: ${rule}` });
}

/** undefined: no flag chooses. Errors: `USAGE`, which does not repeat a name: a person may have typed a value there. */
function chooseByFlags(
  { names }: EnvNames,
  options: Invocation['options'],
  wishes: ReadonlyMap<string, string>,
): readonly EnvName[] | undefined {
  const wanted = new Set([...toWords(options.only), ...wishes.keys()]);
  if ([...wanted].some((name) => !names.some((row) => row.name === name)))
    throw new AgentKeysError('USAGE', {
      rule: '--only or --as names a variable that the file does not have, or that was skipped; --dry-run shows them',
    });
  if (options.all) return names;
  return wanted.size === 0 ? undefined : names.filter(({ name }) => wanted.has(name));
}

/** undefined: nobody to ask, or nothing to be done with the answers. */
async function askForEach(
  { machine, options, voice }: Pick<Invocation, 'machine' | 'options' | 'voice'>,
  names: readonly EnvName[],
): Promise<readonly EnvName[] | undefined> {
  if (options.dryRun || !(await machine.hasTerminal())) return undefined;
  voice.note('y: yes, n: no, a: this and all that follow, q: store nothing');
  const chosen: EnvName[] = [];
  for (const [index, row] of names.entries()) {
    const question = `store ${row.name} as ${row.service}? [y/N/a/q]`;
    const answer = await machine.choose(question, ['y', 'a', 'q']);
    if (answer === 'a') return [...chosen, ...names.slice(index)];
    if (answer === 'q') return [];
    if (answer === 'y') chosen.push(row);
  }
  return chosen;
}

function showNames(
  voice: Invocation['voice'],
  options: Invocation['options'],
  names: readonly EnvName[],
): void {
  if (options.json) {
    voice.sayJson(names.map(({ name, service, line }) => ({ name, service, line })));
    return;
  }
  const rows = names.map(({ name, service, line }) => [name, service, String(line)].map(escapeText));
  for (const line of formatTable([['NAME', 'SERVICE', 'LINE'], ...rows])) voice.say(line);
}

function requireDistinct(chosen: readonly EnvName[]): void {
  const services = chosen.map(({ service }) => service);
  const twice = services.find((service, index) => services.indexOf(service) < index);
  if (twice === undefined) return;
  throw new AgentKeysError('USAGE', { rule: `two variables would become ${twice}: choose names with --as` });
}

interface ImportOrder extends Pick<Invocation, 'machine' | 'options' | 'voice'> {
  readonly input: number;
  readonly chosen: readonly EnvName[];
  readonly missed: EnvNames['skipped'];
}

/** What was stored before a failure is told all the same. */
async function storeAll({ machine, options, voice, input, chosen, missed }: ImportOrder): Promise<void> {
  const replace = options.replace === true;
  const stored: object[] = [];
  try {
    await machine.withBroker({ mayStart: true }, async (broker) => {
      if (!replace) await requireAbsent(broker, chosen);
      for (const { name, service } of chosen) {
        const step = { name: 'native-env-value', args: [name], input } as const;
        const version = await storeValue(broker, machine, { service, replace, step });
        if (version === 'exists') throw new AgentKeysError('CREDENTIAL_EXISTS', { service });
        const word = formatWith(name, service);
        stored.push({ name, service, version, with: word });
        if (!options.json)
          voice.say(`stored ${service} from ${escapeText(name)}, version ${version} (run --with ${word})`);
      }
    });
  } finally {
    const skipped = missed.map(({ line, name, reason }) => ({ name: name ?? null, line, skipped: reason }));
    if (options.json && stored.length > 0) voice.sayJson([...stored, ...skipped]);
  }
}

/** What gives an agent the variable of the file again. */
function formatWith(name: string, service: string): string {
  return defaultVariable(parseServiceName(service)) === name ? service : `${service}=${name}`;
}

async function requireAbsent(broker: BrokerConnection, chosen: readonly EnvName[]): Promise<void> {
  const [service] = await findStored(
    broker,
    chosen.map((row) => row.service),
  );
  if (service !== undefined) throw new AgentKeysError('CREDENTIAL_EXISTS', { service });
}

function toWords(option: unknown): readonly string[] {
  return Array.isArray(option) ? option.map(String) : [];
}
