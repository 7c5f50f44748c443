/** The registry of backends: one line each. A name that is not here is an error, never a search. */
import type { Backend, BackendCollaborators, BackendDefinition } from './backend.ts';
import { vaultBackend } from './vault/backend.ts';

export const backendDefinitions: readonly BackendDefinition[] = [vaultBackend];

export function createBackends(collaborators: BackendCollaborators): readonly Backend[] {
  return backendDefinitions.map((definition) => definition.create(collaborators));
}

export function findBackend(backends: readonly Backend[], name: string): Backend | undefined {
  return backends.find((backend) => backend.name === name);
}
