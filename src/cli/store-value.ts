/** One value into the vault: the broker's pipe goes to a native step, which alone sees the bytes. */
import type { BrokerConnection } from '../client/broker-connection.ts';
import { AgentKeysError, isAgentKeysError } from '../core/errors.ts';
import type { Machine, NativeStep } from './machine.ts';

export interface StoreOrder {
  readonly service: string;
  readonly replace: boolean;
  /** Where the value comes from. */
  readonly step: Omit<NativeStep, 'pipe'>;
}

/** Exit codes of the value steps (native/client/step.h) beside 0; -1: it was killed. */
const unusable: Readonly<Record<number, string>> = {
  [-1]: 'it was cut short',
  3: 'it is longer than 65535 bytes',
  4: 'it is empty',
  5: 'it cannot be read',
  8: 'it is no longer in the file',
  10: 'it has more than one line; give --file or --stdin',
};
const noTerminal = 6;
const brokerGone = 7;

/**
 * The version, or `exists`: then no step was run. The end of the connection without a commit makes the broker forget what came.
 * Errors: those of the requests, `CREDENTIAL_INVALID`, `USAGE` without a terminal to ask at.
 */
export async function storeValue(
  broker: BrokerConnection,
  machine: Machine,
  { service, replace, step }: StoreOrder,
): Promise<number | 'exists'> {
  const opened = await openStore(broker, { service, replace });
  if (opened === 'exists') return opened;
  const exitCode = await machine.runStep({ ...step, pipe: opened.pipe });
  // A step whose reader went away knows no more; what became of the daemon is told by its answer, or by none.
  if (exitCode === 0 || exitCode === brokerGone)
    return (await broker.proceed(opened.id, 'store-commit', {})).ok.version;
  throw describeFailure(service, step.name, exitCode);
}

async function openStore(
  broker: BrokerConnection,
  request: { readonly service: string; readonly replace: boolean },
): Promise<{ readonly id: number; readonly pipe: number } | 'exists'> {
  try {
    const { id, descriptors } = await broker.request('store', request);
    const [pipe] = descriptors;
    if (pipe === undefined) throw new AgentKeysError('PROTOCOL_INVALID', { rule: 'the daemon sent no pipe' });
    return { id, pipe };
  } catch (error) {
    if (isAgentKeysError(error) && error.code === 'CREDENTIAL_EXISTS') return 'exists';
    throw error;
  }
}

function describeFailure(service: string, step: NativeStep['name'], exitCode: number): AgentKeysError {
  if (exitCode === noTerminal)
    return new AgentKeysError('USAGE', { rule: 'there is no terminal to ask at: give --stdin or --file' });
  const rule = unusable[exitCode];
  return rule === undefined
    ? new AgentKeysError('INTERNAL', { where: `${step} ended with ${exitCode}` })
    : new AgentKeysError('CREDENTIAL_INVALID', { service, rule });
}
