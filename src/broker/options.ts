/** The broker's command line, written by the spawner and by nobody else. */
import { parseArgs } from 'node:util';
import { AgentKeysError } from '../core/errors.ts';

export interface BrokerOptions {
  readonly listenFd: number;
  readonly spawnerFd: number;
  readonly config: string;
  readonly state: string;
  readonly run: string;
  readonly forceFallback: boolean;
}

/** Errors: `USAGE`. Every option is required: a broker that guesses a directory serves the wrong one. */
export function parseBrokerOptions(args: readonly string[]): BrokerOptions {
  const text = { type: 'string' } as const;
  const options = {
    'listen-fd': text,
    'spawner-fd': text,
    config: text,
    state: text,
    run: text,
    memory: text,
  };
  let values: Partial<Record<string, string>>;
  try {
    values = parseArgs({ args: [...args], options, strict: true }).values;
  } catch (cause) {
    throw new AgentKeysError('USAGE', { rule: 'an option of the broker is unknown' }, cause);
  }
  const require = (name: keyof typeof options): string => {
    const value = values[name];
    if (value === undefined || value === '')
      throw new AgentKeysError('USAGE', { rule: `the broker needs --${name}` });
    return value;
  };
  const memory = require('memory');
  if (memory !== 'secret' && memory !== 'fallback')
    throw new AgentKeysError('USAGE', { rule: '--memory is secret or fallback' });
  return {
    listenFd: parseDescriptor(require('listen-fd')),
    spawnerFd: parseDescriptor(require('spawner-fd')),
    config: require('config'),
    state: require('state'),
    run: require('run'),
    forceFallback: memory === 'fallback',
  };
}

function parseDescriptor(text: string): number {
  const fd = Number(text);
  if (!Number.isSafeInteger(fd) || fd < 3)
    throw new AgentKeysError('USAGE', { rule: 'a descriptor of the broker is not a number' });
  return fd;
}
