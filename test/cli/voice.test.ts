import test from 'ava';
import { createVoice, type VoiceOptions } from '../../src/cli/voice.ts';
import { AgentKeysError } from '../../src/core/errors.ts';

function listen(options: Partial<VoiceOptions> = {}) {
  const said: { descriptor: number; text: string }[] = [];
  const voice = createVoice({
    write: (descriptor, text) => said.push({ descriptor, text }),
    isTerminal: () => false,
    environment: {},
    colour: 'auto',
    isJson: false,
    ...options,
  });
  return { voice, said };
}

test('an error is two lines on stderr, and gives its exit code', (t) => {
  const { voice, said } = listen();
  t.is(voice.tell(new AgentKeysError('VAULT_ABSENT')), 78);
  t.deepEqual(said, [
    { descriptor: 2, text: 'agentkeys: error: there is no vault yet\n' },
    { descriptor: 2, text: 'agentkeys: hint: make one: agentkeys init\n' },
  ]);
});

test('as JSON an error is one object on stderr', (t) => {
  const { voice, said } = listen({ isJson: true });
  t.is(voice.tell(new AgentKeysError('VAULT_ABSENT')), 78);
  t.is(said.length, 1);
  t.deepEqual(JSON.parse(said[0]?.text ?? ''), {
    error: { code: 'VAULT_ABSENT', message: 'there is no vault yet', hint: 'make one: agentkeys init' },
  });
});

test("a stranger's error is told without its words", (t) => {
  const { voice, said } = listen();
  t.is(voice.tell(new Error('canary')), 1);
  t.false(JSON.stringify(said).includes('canary'));
});

test('what a message names cannot move the cursor or turn the line around', (t) => {
  const hostile = 'a\u001b[2J\r\n\u009b31m\u202eb';
  for (const isJson of [true, false]) {
    const { voice, said } = listen({ isJson });
    voice.tell(new AgentKeysError('PROFILE_MISSING', { profile: hostile }));
    for (const { text } of said) t.notRegex(text.slice(0, -1), /[\p{Cc}\p{Cf}]/u);
  }
});

test('JSON results are escaped without changing them', (t) => {
  const { voice, said } = listen();
  voice.sayJson({ name: '\u009b\u202ex' });
  t.is(said[0]?.text, '{"name":"\\u009b\\u202ex"}\n');
});

const colours: readonly (readonly [string, Partial<VoiceOptions>, boolean])[] = [
  ['on a terminal', { isTerminal: () => true }, true],
  ['in a pipe', {}, false],
  ['with NO_COLOR', { isTerminal: () => true, environment: { NO_COLOR: '1' } }, false],
  ['with an empty NO_COLOR', { isTerminal: () => true, environment: { NO_COLOR: '' } }, true],
  ['on a dumb terminal', { isTerminal: () => true, environment: { TERM: 'dumb' } }, false],
  ['when told always, whatever NO_COLOR says', { colour: 'always', environment: { NO_COLOR: '1' } }, true],
  ['with FORCE_COLOR in a pipe', { environment: { FORCE_COLOR: '1' } }, true],
  ['with FORCE_COLOR=0', { isTerminal: () => true, environment: { FORCE_COLOR: '0' } }, false],
  ['with an empty FORCE_COLOR in a pipe', { environment: { FORCE_COLOR: '' } }, false],
  ['with CLICOLOR_FORCE in a pipe', { environment: { CLICOLOR_FORCE: '1' } }, true],
  ['with CLICOLOR_FORCE=0 in a pipe', { environment: { CLICOLOR_FORCE: '0' } }, false],
  ['with FORCE_COLOR on a dumb terminal', { environment: { FORCE_COLOR: '1', TERM: 'dumb' } }, true],
  ['with NO_COLOR and FORCE_COLOR', { environment: { NO_COLOR: '1', FORCE_COLOR: '1' } }, false],
  [
    'when told never, whatever FORCE_COLOR says',
    { colour: 'never', environment: { FORCE_COLOR: '1' } },
    false,
  ],
  ['when told never', { colour: 'never', isTerminal: () => true }, false],
];

for (const [when, options, isColoured] of colours) {
  test(`${isColoured ? 'uses colour' : 'uses no colour'} ${when}`, (t) => {
    const { voice, said } = listen(options);
    voice.tell(new AgentKeysError('VAULT_ABSENT'));
    t.is(
      said.some(({ text }) => text.includes('\u001b[')),
      isColoured,
    );
  });
}

test('each stream decides for itself', (t) => {
  const { voice, said } = listen({ isTerminal: (descriptor) => descriptor === 1 });
  voice.tell(new AgentKeysError('VAULT_ABSENT'));
  t.false(said.some(({ text }) => text.includes('\u001b[')));
  t.is(voice.bold('usage:'), '\u001b[1musage:\u001b[0m');
});
