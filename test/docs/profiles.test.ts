/** The page of profiles lists exactly the keys that the schema has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { credentialSchema, environmentSchema, profileSchema } from '../../src/profile/schema.ts';
import { root } from '../support/source-tree.ts';

test('every key of a profile has a row, and every row is a key', (t) => {
  const page = readFileSync(join(root, 'docs/profiles.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)[^|]* \|/gm)].map(([, key = '']) => key);
  const { credentials, environment, ...others } = profileSchema.shape;
  t.truthy(credentials);
  t.truthy(environment);
  const keys = [
    ...Object.keys(others),
    'credentials',
    ...Object.keys(credentialSchema.shape),
    'environment',
    ...Object.keys(environmentSchema.shape),
  ];
  t.deepEqual(rows, keys);
});
