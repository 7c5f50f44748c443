/** Where a value lives, as text: the name of a backend, a colon, and a path that the backend understands. */
import { AgentKeysError, isAgentKeysError } from './errors.ts';
import { parseServiceName } from './ids.ts';

declare const parsed: unique symbol;

/** Built only by `parseReference`: the backend is known and takes paths of this form. */
export interface Reference {
  readonly backend: string;
  readonly path: string;
  readonly [parsed]: true;
}

const maxReferenceLength = 1024;

/** Backend → whether the text after the colon can name a credential there. Form only; the front-end knows no backend but these. */
export const referenceForms: ReadonlyMap<string, (path: string) => boolean> = new Map([
  ['vault', isServiceName],
]);

/**
 * Hostile input: a person may have typed the value itself here, so the text is never shown. `variable` is what messages name.
 * Errors: `REFERENCE_INVALID`.
 */
export function parseReference(text: string, variable = 'the credential'): Reference {
  const reference = findReference(text);
  if (reference === undefined) throw new AgentKeysError('REFERENCE_INVALID', { variable });
  return reference;
}

/** undefined for what is no reference. */
export function findReference(text: string): Reference | undefined {
  if (text.length > maxReferenceLength) return undefined;
  const colon = text.indexOf(':');
  const [backend, path] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  return referenceForms.get(backend)?.(path) ? ({ backend, path } as Reference) : undefined;
}

/** What `parseReference` reads back as the same reference. */
export function formatReference(reference: Reference): string {
  return `${reference.backend}:${reference.path}`;
}

function isServiceName(path: string): boolean {
  try {
    parseServiceName(path);
    return true;
  } catch (error) {
    if (isAgentKeysError(error)) return false;
    throw error;
  }
}
