import test from 'ava';
import fc from 'fast-check';
import { backendDefinitions } from '../../src/backends/index.ts';
import { formatReference, parseReference, referenceForms } from '../../src/core/reference.ts';
import { caught } from '../vault/support/refusals.ts';

const accepted = test.macro<[string, string]>({
  exec: (t, text: string, path: string) => {
    const reference = parseReference(text, 'DEMO_API_KEY');
    t.like(reference, { backend: 'vault', path });
    t.is(formatReference(reference), text);
  },
  title: (_, text) => `accepts ${text}`,
});
test(accepted, 'vault:demo', 'demo');
test(accepted, 'vault:a.b-c_9', 'a.b-c_9');
test(accepted, `vault:${'a'.repeat(64)}`, 'a'.repeat(64));

const refused = test.macro<[string]>({
  exec: (t, text: string) => {
    const error = t.throws(() => parseReference(text, 'DEMO_API_KEY'), { code: 'REFERENCE_INVALID' });
    t.true(error?.message.includes('DEMO_API_KEY'));
  },
  title: (_, text) =>
    `refuses ${JSON.stringify(text.length > 40 ? `${text.slice(0, 10)}… (${text.length})` : text)}`,
});
for (const text of [
  '',
  ' ',
  ':',
  'demo',
  'vault',
  'vault:',
  ':demo',
  'vault: demo',
  'vault:demo ',
  'vault:demo\n',
  'vault:demo\0',
  'vault:../key',
  'vault:.new-0123456789abcdef',
  'vault:/etc/passwd',
  'vault:Demo',
  'vault:démo',
  'vault:--help',
  'vault:a:b',
  'VAULT:demo',
  'exec:cat /etc/passwd',
  'constructor:demo',
  `vault:${'a'.repeat(65)}`,
  `vault:${'a'.repeat(100_000)}`,
]) {
  test(refused, text);
}

test('a value that was typed in the place of a reference is not repeated', (t) => {
  const typed = `sk-${'x9'.repeat(20)}`;
  const error = caught(() => parseReference(typed));
  t.is(error?.code, 'REFERENCE_INVALID');
  t.false(`${error?.message}${error?.stack}${JSON.stringify(error?.context)}`.includes(typed));
});

test('every backend has the form of its references, and no other has one', (t) => {
  const names = backendDefinitions.map(({ name }) => name);
  t.deepEqual([...referenceForms.keys()], names);
});

test('any text is a reference that reads back the same, or refused', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `vault:${text}`),
      ),
      (text) => {
        const error = caught(() => t.is(formatReference(parseReference(text)), text));
        return error === undefined || error.code === 'REFERENCE_INVALID';
      },
    ),
  );
  t.pass();
});
