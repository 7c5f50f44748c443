/** Where a value lives, as text: the name of a backend, a colon, and a path that the backend understands. */
import { AgentKeysError } from '../core/errors.ts';
import { backendDefinitions } from './index.ts';

declare const parsed: unique symbol;

/** Built only by `parseReference`: the backend is registered and takes paths of this form. */
export interface Reference {
  readonly backend: string;
  readonly path: string;
  readonly [parsed]: true;
}

const maxReferenceLength = 1024;

/**
 * Hostile input: a person may have typed the value itself here, so the text is never shown. `variable` is what messages name.
 * Errors: `REFERENCE_INVALID`.
 */
export function parseReference(text: string, variable = 'the credential'): Reference {
  const colon = text.indexOf(':');
  const [backend, path] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  const definition = backendDefinitions.find((candidate) => candidate.name === backend);
  if (text.length > maxReferenceLength || definition === undefined || !definition.isPath(path)) {
    throw new AgentKeysError('REFERENCE_INVALID', { variable });
  }
  return { backend, path } as Reference;
}

/** What `parseReference` reads back as the same reference. */
export function formatReference(reference: Reference): string {
  return `${reference.backend}:${reference.path}`;
}
