import test from 'ava';
import { parseConfig } from '../../src/config/config.ts';
import { keysInEffect, listConfigKeys } from '../../src/config/schema.ts';
import { refusalOf } from '../support/profiles.ts';

const parse = (text: string) => parseConfig({ text, file: 'config.toml' });

test('an empty file gives each key its default', (t) => {
  t.deepEqual({ ...parse('') }, { auditDurability: 'sync', hardening: 'report' });
});

test('reads every key that is in effect', (t) => {
  const config = parse('hardening = "strict"\n[audit]\ndurability = "batched"\n');
  t.deepEqual({ ...config }, { auditDurability: 'batched', hardening: 'strict' });
  t.true(Object.isFrozen(config));
  t.is(Object.getPrototypeOf(config), null);
});

test('an empty table says nothing', (t) => {
  t.is(parse('[mcp]\n[audit]\n').auditDurability, 'sync');
});

test('what is in effect are keys of the schema', (t) => {
  t.deepEqual(
    keysInEffect.filter((key) => !listConfigKeys().includes(key)),
    [],
  );
});

const refuses = test.macro((t, text: string, line: number, rule: RegExp) => {
  const error = refusalOf(t, () => parse(text));
  t.is(error.code, 'CONFIG_INVALID');
  t.is(error.exit, 'configuration');
  t.like(error.context, { file: 'config.toml', line });
  t.regex(String(error.context.rule), rule);
});

/** One good value for each key that this version does not act on. */
const others: Readonly<Record<string, string>> = {
  'audit.sinks': '["journal"]',
  'operators.users': '["alice"]',
  'operators.groups': '["dev"]',
  confined: '"allow"',
  allow_dangerous_names: '["PATH"]',
  'mcp.inline': 'true',
  'session.ttl': '"1h"',
  'limits.reads_per_minute': '10',
  'vault.auto_lock': '"5m"',
  backends: '{ openbao = { address = "https://localhost" } }',
  'agents.log_dir': '"/var/log/agents"',
};

test('every key is in effect or refused', (t) => {
  t.deepEqual([...keysInEffect, ...Object.keys(others)].toSorted(), listConfigKeys().toSorted());
});

for (const [key, value] of Object.entries(others)) {
  const rule = new RegExp(`^'${key}' is not supported by this version yet$`);
  test(`refuses ${key}, which has no effect`, refuses, `hardening = "report"\n${key} = ${value}\n`, 2, rule);
  test(`refuses ${key}, also when it is wrong`, refuses, `\n${key} = -1\n`, 2, rule);
}
test(
  'refuses a key without effect in its table',
  refuses,
  '[mcp]\n\ninline = false\n',
  3,
  /^'mcp.inline' is not supported/,
);
test(
  'refuses the table of a backend',
  refuses,
  'hardening = "report"\n[backends.openbao]\naddress = "x"\n',
  2,
  /^'backends' is not supported/,
);
test(
  'refuses an unknown key',
  refuses,
  '\nhardning = "strict"\n',
  2,
  /^'hardning' .* nearest known key is 'hardening'$/,
);
test(
  'refuses an unknown key of a table',
  refuses,
  '[audit]\ndurabilty = "sync"\n',
  2,
  /^'durabilty' .* nearest known key is 'durability'$/,
);
test(
  'refuses an unknown key of an inline table',
  refuses,
  'audit = { durabilty = "sync" }\n',
  1,
  /nearest known key is 'durability'$/,
);
test('refuses another word', refuses, 'hardening = "hard"\n', 1, /^'hardening' must be report or strict$/);
test(
  'refuses another type',
  refuses,
  'audit.durability = true\n',
  1,
  /^'durability' must be sync or batched$/,
);
test('refuses text where a table belongs', refuses, '\n\naudit = "sync"\n', 3, /^'audit' must be a table$/);
test('refuses what is not TOML', refuses, 'hardening = strict\n', 1, /^this is not TOML/);
test(
  'refuses a key given twice',
  refuses,
  'confined = "allow"\nconfined = "allow"\n',
  2,
  /defines a key twice/,
);
test('names the mistake that stands first', refuses, 'zeta = 1\nconfined = "allow"\n', 1, /zeta/);
test(
  'names the key without effect that stands first',
  refuses,
  'confined = "allow"\nzeta = 1\n',
  1,
  /confined/,
);
