/** What one launch asks for: the profile's credentials and those of the command line, each with its backend. */

import type { Backend } from '../backends/backend.ts';
import { isDangerousName } from '../core/dangerous-names.ts';
import { AgentKeysError } from '../core/errors.ts';
import { defaultVariable, parseServiceName, parseVariableName, type VariableName } from '../core/ids.ts';
import type { DeliveryMode } from '../delivery/delivery.ts';
import type { Profile } from '../profile/profile.ts';

/** One credential to release, before anything was decided. */
export interface WantedGrant {
  readonly variable: VariableName;
  /** The path inside the backend; for the vault the service's name. */
  readonly service: string;
  readonly backend: Backend | undefined;
  readonly backendName: string;
  readonly mode: DeliveryMode;
  readonly release: 'auto' | 'approve';
}

export interface GrantSources {
  readonly profile: Profile;
  /** SERVICE or SERVICE=NAME. */
  readonly with: readonly string[];
  /** NAME=REFERENCE. */
  readonly env: readonly string[];
}

export interface GrantResolvers {
  /** Errors: `REFERENCE_INVALID`. */
  readonly parseReference: (
    text: string,
    variable: string,
  ) => { readonly backend: string; readonly path: string };
  readonly findBackend: (name: string) => Backend | undefined;
  readonly findDeliveryMode: (name: string) => DeliveryMode | undefined;
}

/**
 * The command line wins over the profile where both name a variable; the command line naming one twice is an error.
 * Errors: `NAME_INVALID`, `REFERENCE_INVALID`, `LAUNCH_ENVIRONMENT`.
 */
export function collectGrants(sources: GrantSources, resolvers: GrantResolvers): readonly WantedGrant[] {
  const wanted = new Map<VariableName, WantedGrant>();
  for (const [variable, credential] of sources.profile.credentials)
    wanted.set(variable, resolve(resolvers, variable, credential.from, credential));
  const fromCommandLine = [...sources.with.map(parseWith), ...sources.env.map(parseEnv)];
  const seen = new Set<VariableName>();
  for (const { variable, from } of fromCommandLine) {
    if (seen.has(variable)) throw refused(`${variable} is asked for twice`);
    if (isDangerousName(variable)) throw refused(`${variable} must not carry a credential`);
    seen.add(variable);
    wanted.set(variable, resolve(resolvers, variable, from, { deliver: 'env', release: 'auto' }));
  }
  return [...wanted.values()];
}

function resolve(
  resolvers: GrantResolvers,
  variable: VariableName,
  from: string,
  rules: { readonly deliver: string; readonly release: 'auto' | 'approve' },
): WantedGrant {
  const reference = resolvers.parseReference(from, variable);
  const mode = resolvers.findDeliveryMode(rules.deliver);
  if (mode === undefined) throw refused(`${variable} has an unknown delivery mode`);
  return {
    variable,
    service: reference.path,
    backend: resolvers.findBackend(reference.backend),
    backendName: reference.backend,
    mode,
    release: rules.release,
  };
}

/** `openai` → OPENAI_API_KEY from vault:openai; `openai=KEY` names the variable. */
function parseWith(text: string): { variable: VariableName; from: string } {
  const equals = text.indexOf('=');
  const service = parseServiceName(equals < 0 ? text : text.slice(0, equals));
  const name = equals < 0 ? defaultVariable(service) : text.slice(equals + 1);
  return { variable: parseVariableName(name), from: `vault:${service}` };
}

function parseEnv(text: string): { variable: VariableName; from: string } {
  const equals = text.indexOf('=');
  if (equals < 0)
    throw new AgentKeysError('USAGE', { rule: '--env takes NAME=REFERENCE, for example KEY=vault:demo' });
  return { variable: parseVariableName(text.slice(0, equals)), from: text.slice(equals + 1) };
}

function refused(rule: string): AgentKeysError {
  return new AgentKeysError('LAUNCH_ENVIRONMENT', { rule });
}
