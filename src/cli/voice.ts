/** What the person at the terminal is told.
 *
 * Rules of speech: results go to stdout, everything else to stderr. Lower case, no full stop, no exclamation. An error says what is wrong
 * in one line, its hint says what to do in the next. A command and its name are written as they are typed. Nothing that came from
 * elsewhere (names, paths, a daemon's words) is shown before it went through `escapeText` or `escapeJson`. No value is ever shown.
 */
import { type AgentKeysError, toAgentKeysError } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { escapeJson, escapeText } from '../core/printable.ts';

export type ColourWish = 'auto' | 'always' | 'never';

export interface VoiceOptions {
  /** Writes to descriptor 1 or 2. */
  readonly write: (descriptor: 1 | 2, text: string) => void;
  readonly isTerminal: (descriptor: 1 | 2) => boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly colour: ColourWish;
  /** Errors as JSON. */
  readonly isJson: boolean;
}

export interface Voice {
  /** A line of the result; our own words, or escaped already. */
  say(line: string): void;
  /** One JSON value a line. */
  sayJson(value: unknown): void;
  /** A line that is JSON already. */
  sayJsonLine(json: string): void;
  /** A remark beside the result, on stderr; our own words, or escaped already. Nothing under `--json`. */
  note(line: string): void;
  /** Tells an error and gives the exit code that belongs to it. */
  tell(error: unknown): number;
  /** For headings. */
  bold(text: string): string;
}

const styles = { bold: '1', red: '1;31', cyan: '36' } as const;

export function createVoice(options: VoiceOptions): Voice {
  const { write, isJson } = options;
  const paint = (descriptor: 1 | 2, style: keyof typeof styles, text: string): string =>
    mayColour(descriptor, options) ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
  const sayJsonLine = (json: string): void => write(1, `${escapeJson(json)}\n`);
  return {
    say: (line) => write(1, `${line}\n`),
    sayJson: (value) => sayJsonLine(JSON.stringify(value)),
    sayJsonLine,
    note: (line) => {
      if (!isJson) write(2, `agentkeys: ${paint(2, 'cyan', 'note:')} ${line}\n`);
    },
    bold: (text) => paint(1, 'bold', text),
    tell(thrown) {
      const error = toAgentKeysError(thrown, 'the command line program');
      if (isJson) write(2, `${escapeJson(JSON.stringify({ error: formatError(error) }))}\n`);
      else {
        write(2, `agentkeys: ${paint(2, 'red', 'error:')} ${escapeText(error.message)}\n`);
        write(2, `agentkeys: ${paint(2, 'cyan', 'hint:')} ${escapeText(error.hint)}\n`);
      }
      return exitCodes[error.exit].code;
    },
  };
}

/** The flag wins over variables, no colour over colour. native/client/voice.c does the same. */
function mayColour(descriptor: 1 | 2, { colour, environment, isTerminal }: VoiceOptions): boolean {
  if (colour !== 'auto') return colour === 'always';
  if (environment.NO_COLOR) return false;
  const forced = environment.FORCE_COLOR || environment.CLICOLOR_FORCE;
  if (forced) return forced !== '0';
  return isTerminal(descriptor) && environment.TERM !== 'dumb';
}

function formatError({ code, message, hint }: AgentKeysError): {
  code: string;
  message: string;
  hint: string;
} {
  return { code, message, hint };
}
