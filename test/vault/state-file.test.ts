/** Reads of the vault's files that end before the size that was promised. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readWhole } from '../../src/vault/state-file.ts';

test('a file that became shorter while it was opened gives what is left of it, and no zeros behind', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'ak-state-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  writeFileSync(path, 'short');
  const fd = openSync(path, 'r');
  t.teardown(() => closeSync(fd));
  const bytes = readWhole({ fd, byteLength: 32, stamp: '' }, 'vault/key', { minBytes: 32, maxBytes: 32 });
  t.is(bytes.toString(), 'short');
});
