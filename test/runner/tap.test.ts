import test from 'ava';
import { createTapReader } from '../support/tap.ts';

function read(text: string) {
  const failures: string[] = [];
  const skips: string[] = [];
  const reader = createTapReader({
    onFailed: (lines) => failures.push(lines.join('\n')),
    onSkipped: (title) => skips.push(title),
    onTest: () => {},
  });
  for (const line of text.split('\n')) reader.push(line);
  return { ...reader.finish(), failures, skips };
}

test('counts what passed, failed and was skipped', (t) => {
  const run = read(
    'TAP version 13\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP\nnot ok 4 - d # TODO\n\n1..4\n# fail 1\n',
  );
  t.like(run, { passed: 1, failed: 1, skipped: 2, hasEnded: true, skips: ['c', 'd'] });
});

test('shows the details of a failure up to the next test', (t) => {
  const run = read("not ok 1 - a\n#   log\n  ---\n    message: 'x'\n  ...\nok 2 - b\n# pass 1\n# fail 1\n");
  t.deepEqual(run.failures, ["a\n#   log\n  ---\n    message: 'x'\n  ..."]);
});

test('shows the details of a failure at the end', (t) => {
  t.deepEqual(read('not ok 1 - a\n  ---\n  ...').failures, ['a\n  ---\n  ...']);
});

test('counts tests that never ran as failed', (t) => {
  t.is(read('ok 1 - a\n# pass 1\n# fail 3\n').failed, 3);
});

test('knows that ava stopped early', (t) => {
  t.false(read('TAP version 13\nok 1 - a\n').hasEnded);
});

test('does not take details for results', (t) => {
  t.is(read('not ok 1 - a\n  ---\n\nok 9 - z\n# fail 9\n  ...\n# fail 1\n').passed, 0);
});
