/** The one error class; its words are those of the catalogue. */
import { errorCatalogue } from './error-catalogue.ts';
import type { ExitName } from './exit-codes.ts';
import { cutText } from './printable.ts';

/** Facts that a message may name. Never a value, never a person's unescaped text, never a third party's message. */
export type ErrorContext = Readonly<Record<string, string | number>>;

export type ErrorCode = keyof typeof errorCatalogue;

const errorBrand = Symbol.for('agentkeys.error');

/** The only error that agentkeys throws on purpose. `cause` never leaves the process. */
export class AgentKeysError extends Error {
  readonly code: ErrorCode;
  readonly context: ErrorContext;
  readonly [errorBrand] = true;

  constructor(code: ErrorCode, context: ErrorContext = {}, cause?: unknown) {
    super(fillIn(errorCatalogue[code].message, context), cause === undefined ? undefined : { cause });
    this.name = 'AgentKeysError';
    this.code = code;
    this.context = context;
  }

  /** What the person should do. */
  get hint(): string {
    return fillIn(errorCatalogue[this.code].hint, this.context);
  }

  get exit(): ExitName {
    return errorCatalogue[this.code].exit;
  }
}

/** Recognised by brand, so that two copies of this module agree. */
export function isAgentKeysError(value: unknown): value is AgentKeysError {
  return typeof value === 'object' && value !== null && errorBrand in value;
}

/** Anything thrown, as one of ours; a stranger's message stays in `cause`. `where` names our own code. */
export function toAgentKeysError(value: unknown, where: string): AgentKeysError {
  return isAgentKeysError(value)
    ? value
    : (findShortage(value) ?? new AgentKeysError('INTERNAL', { where }, value));
}

/** `RESOURCE_EXHAUSTED` for a kernel error that says so: over when something is given back. Node negates errno, our addon does not. */
export function findShortage(value: unknown): AgentKeysError | undefined {
  const errno =
    value instanceof Error && 'errno' in value && typeof value.errno === 'number' ? Math.abs(value.errno) : 0;
  const resource = shortages[errno];
  return resource === undefined ? undefined : new AgentKeysError('RESOURCE_EXHAUSTED', { resource }, value);
}

/** ENOMEM, ENFILE, EMFILE. */
const shortages: Readonly<Record<number, string>> = {
  12: 'memory',
  23: 'file descriptors on this machine',
  24: 'file descriptors',
};

/** What a context names is cut, so that no text from elsewhere pushes our own words off the screen. */
function fillIn(template: string, context: ErrorContext): string {
  return template
    .replace(/\[([^|\]]*)\|([^\]]*)\]/g, (_, wanted: string, otherwise: string) =>
      hasKeys(wanted, context) ? wanted : otherwise,
    )
    .replace(/\{(\w+)\}/g, (_, key: string) => cutText(String(context[key] ?? key)));
}

function hasKeys(template: string, context: ErrorContext): boolean {
  return [...template.matchAll(/\{(\w+)\}/g)].every(([, key = '']) => context[key] !== undefined);
}
