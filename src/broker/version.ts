/** The package's version, declared in package.json and nowhere else. */
import { readFileSync } from 'node:fs';

/** Two levels up, both from src/broker and from dist/broker. */
export function readVersion(): string {
  return parseVersion(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
}

function parseVersion(text: string): string {
  return (JSON.parse(text) as { version: string }).version;
}
