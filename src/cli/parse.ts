/** From the words of a command line to a command's arguments and options; every mistake is told in our own words. */
import { Argument, CommanderError, Option, Command as Parser } from 'commander';
import { AgentKeysError } from '../core/errors.ts';
import { findNearest } from '../core/nearest.ts';
import { type ArgumentMeta, type CommandMeta, globalOptions, type OptionMeta } from './command.ts';
import { findProgramFlags } from './program-flags.ts';

export interface Parsed {
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly wantsHelp: boolean;
}

/** Errors: `USAGE`. Nothing that was typed is repeated but what is made like the name of a flag: a person may have typed a value. */
export function parseCommandLine(meta: CommandMeta, words: readonly string[]): Parsed {
  const parser = createParser(meta);
  try {
    parser.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help is asked for wherever it stands, also where something else is missing; after `--` it is an argument.
    if (findProgramFlags(words).wantsHelp) return { arguments: [], options: {}, wantsHelp: true };
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
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? '';
  const excess = meta.onExcess === undefined ? '' : `: ${meta.onExcess}`;
  switch (code) {
    case 'commander.unknownOption':
      return explainUnknown(quoted, meta, excess);
    case 'commander.missingArgument':
      return `${meta.name} needs ${quoted}`;
    case 'commander.excessArguments':
      return `${meta.name} was given too many arguments${excess}`;
    case 'commander.optionMissingArgument':
      return `the option ${quoted} needs a value`;
    case 'commander.invalidArgument':
      return explainChoice(message, meta);
    default:
      return 'the command line is not valid';
  }
}

/** A key that was typed as an option has digits or capitals: it is never repeated. */
const FLAG = /^(?:-[a-zA-Z]|--[a-z]+(?:-[a-z]+)*)$/;
const mostFlagCharacters = 24;

function explainUnknown(word: string, meta: CommandMeta, excess: string): string {
  const flag = word.replace(/=.*$/s, '');
  const known = [...meta.options, ...globalOptions].flatMap(({ flags }) => flags.match(/--?[a-z-]+/gi) ?? []);
  if (known.includes(flag)) return `the option ${flag} takes no value${excess}`;
  const isShown = FLAG.test(flag) && flag.length <= mostFlagCharacters;
  const nearest = findNearest(flag, known, Math.floor((flag.length - 2) / 3));
  const guess = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `${meta.name} has no ${isShown ? `option ${flag}` : 'such option'}${guess}`;
}

/** The parser's message has what was typed in its middle: only its beginning and its end are ours. */
function explainChoice(message: string, meta: CommandMeta): string {
  const flags = /^error: option '([^']*)' argument /.exec(message)?.[1];
  const name = /' is invalid for argument '([^']*)'\. Allowed choices are [^']*$/.exec(message)?.[1];
  const option = [...meta.options, ...globalOptions].find((one) => one.flags === flags);
  const choices = option?.choices ?? meta.arguments.find((one) => one.name === name)?.choices ?? [];
  return `${option === undefined ? name : `the option ${flags}`} takes one of: ${choices.join(', ')}`;
}
