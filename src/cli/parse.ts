/** From the words of a command line to a command's arguments and options; every mistake is told in our own words. */
import { Argument, CommanderError, Option, Command as Parser } from 'commander';
import { AgentKeysError } from '../core/errors.ts';
import { type ArgumentMeta, type CommandMeta, globalOptions, type OptionMeta } from './command.ts';

export interface Parsed {
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly wantsHelp: boolean;
}

/** Errors: `USAGE`. Nothing that was typed is repeated but the name of an unknown flag: a person may have typed a value. */
export function parseCommandLine(meta: CommandMeta, words: readonly string[]): Parsed {
  const parser = createParser(meta);
  try {
    parser.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help is asked for wherever it stands, also where something else is missing.
    if (words.some((word) => word === '-h' || word === '--help'))
      return { arguments: [], options: {}, wantsHelp: true };
    throw new AgentKeysError('USAGE', { rule: explain(error, meta) }, error);
  }
  const options = parser.opts();
  return { arguments: parser.args, options, wantsHelp: options.help === true };
}

function createParser(meta: CommandMeta): Parser {
  const parser = new Parser(meta.name);
  parser.exitOverride().helpOption(false).allowExcessArguments(false);
  parser.configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} });
  for (const argument of meta.arguments) parser.addArgument(createArgument(argument));
  for (const option of [...meta.options, ...globalOptions]) parser.addOption(createOption(option));
  return parser;
}

function createArgument({ name, isOptional, isRepeatable, choices }: ArgumentMeta): Argument {
  const word = isRepeatable ? `${name}...` : name;
  const argument = new Argument(isOptional ? `[${word}]` : `<${word}>`);
  return choices === undefined ? argument : argument.choices(choices);
}

function createOption({ flags, isRepeatable, choices }: OptionMeta): Option {
  const option = new Option(flags);
  if (choices !== undefined) option.choices(choices);
  return isRepeatable
    ? option.argParser((value: string, earlier: readonly string[] = []) => [...earlier, value])
    : option;
}

function explain({ code, message }: CommanderError, meta: CommandMeta): string {
  // The text in quotes is of our own `meta` in every case but that of an unknown option, which is cut at its value.
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? '';
  const excess = meta.onExcess === undefined ? '' : `: ${meta.onExcess}`;
  switch (code) {
    case 'commander.unknownOption':
      if (isFlagWithValue(quoted, meta)) return `the option ${quoted.split('=')[0]} takes no value${excess}`;
      return `${meta.name} has no option ${/^-{1,2}[A-Za-z0-9-]{0,32}/.exec(quoted)?.[0] ?? ''}`;
    case 'commander.missingArgument':
      return `${meta.name} needs ${quoted}`;
    case 'commander.excessArguments':
      return `${meta.name} was given too many arguments${excess}`;
    case 'commander.optionMissingArgument':
      return `the option ${quoted} needs a value`;
    case 'commander.invalidArgument':
      return `the option ${quoted} does not take that value`;
    default:
      return 'the command line is not valid';
  }
}

/** `--stdin=…`: a flag of ours with something that it does not take. */
function isFlagWithValue(text: string, meta: CommandMeta): boolean {
  return meta.options.some(({ flags }) => text.startsWith(`${flags}=`));
}
