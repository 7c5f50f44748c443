import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { parseProfile } from '../../src/profile/parse.ts';
import { profileChecks } from '../support/profiles.ts';

const directory = new URL('../../profiles/', import.meta.url);
const files = readdirSync(directory).filter((file) => file.endsWith('.toml'));

test('the default and demo profiles are shipped', (t) => {
  t.true(files.includes('default.toml'));
  t.true(files.includes('demo.toml'));
});

for (const file of files) {
  const text = readFileSync(new URL(file, directory), 'utf8');

  test(`${file} is a valid profile of its own name`, (t) => {
    t.is(`${parseProfile({ ...profileChecks, text, file }).name}.toml`, file);
  });

  test(`${file} says in three lines who it is for, what it grants and what it withholds`, (t) => {
    const [who, grants, withholds, first] = text.split('\n');
    t.regex(who ?? '', /^# For /);
    t.regex(grants ?? '', /^# Grants /);
    t.regex(withholds ?? '', /^# Withholds /);
    t.is(first, 'schema = 1');
  });
}

test('the default profile grants nothing and inherits the caller', (t) => {
  const text = readFileSync(new URL('default.toml', directory), 'utf8');
  const profile = parseProfile({ ...profileChecks, text, file: 'default.toml' });
  t.is(profile.credentials.size, 0);
  t.is(profile.environment.inherit, 'caller');
  t.is(profile.match.length, 0);
});
