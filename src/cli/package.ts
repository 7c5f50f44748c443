/** The package that this program belongs to: its version and its other programs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Two levels up, both from src/cli and from dist/cli. */
const root = new URL('../../', import.meta.url);

/** The native programs stand beside each other in the package, never on the caller's PATH. */
export function programPath(name: 'agentkeys' | 'agentkeysd'): string {
  return fileURLToPath(new URL(`bin/${name}`, root));
}

/** Where the package itself stands. */
export function packageRoot(): string {
  return fileURLToPath(root);
}

export function readVersion(): string {
  return parseVersion(readFileSync(new URL('package.json', root), 'utf8'));
}

function parseVersion(text: string): string {
  return (JSON.parse(text) as { version: string }).version;
}
