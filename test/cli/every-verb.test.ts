/** Every verb is shown by a transcript, both where it does its work and where it refuses to. */
import test from 'ava';
import { commands } from '../../src/cli/commands/index.ts';
import { listTranscripts } from '../support/transcripts.ts';

/** Verb → why it cannot fail. */
const neverFails: Readonly<Record<string, string>> = {};

const steps = listTranscripts().flatMap((transcript) => transcript.steps);

/** The verb of each agentkeys in a command line, in their order. */
function findVerbs(command: string): string[] {
  const names = commands.map(({ name }) => name);
  return [...command.matchAll(/(?<![\w./-])agentkeys((?: [\w-]+){1,2})/g)].map(([, typed = '']) => {
    const words = typed.trim();
    return names.find((name) => name === words) ?? words.split(' ')[0] ?? '';
  });
}

for (const { name } of commands) {
  test(`a transcript shows ${name} do its work`, (t) => {
    t.true(steps.some(({ command, exitCode }) => exitCode === 0 && findVerbs(command).includes(name)));
  });

  if (!Object.hasOwn(neverFails, name)) {
    test(`a transcript shows ${name} fail`, (t) => {
      t.true(steps.some(({ command, exitCode }) => exitCode !== 0 && findVerbs(command).at(-1) === name));
    });
  }
}

test('verbs are found in what a shell runs', (t) => {
  t.deepEqual(findVerbs('printf x | agentkeys store demo --stdin; agentkeys audit tail -n 1'), [
    'store',
    'audit tail',
  ]);
  t.deepEqual(findVerbs('ls run/agentkeys.sock; agentkeys'), []);
  t.deepEqual(findVerbs('script -qec "agentkeys read demo" /dev/null'), ['read']);
});
