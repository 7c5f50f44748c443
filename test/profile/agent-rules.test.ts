import test from 'ava';
import { parseVariableName } from '../../src/core/ids.ts';
import type { CacheRule } from '../../src/profile/profile.ts';
import { head, parseText, refusalOf } from '../support/profiles.ts';

const credential = '[credentials.A]\nfrom = "vault:a"\n';

test('reads every key of how an agent is run', (t) => {
  const { agent, limits } = parseText(`${head}[agent]
user = "builder"
cwd = "/srv/agent"
umask = "0077"
limits = { nofile = 1024, core = 0, memory = "2GB", pids = 256 }
may_run = ["other"]
lease = "tree"
[limits]
reads_per_minute = 100
max_age = "24h"
`);
  const { limits: resources, ...rules } = agent;
  t.deepEqual({ ...rules } as unknown, {
    user: 'builder',
    cwd: '/srv/agent',
    umask: 0o077,
    mayRun: ['other'],
    lease: 'tree',
  });
  t.deepEqual({ ...resources }, { nofile: 1024, core: 0, memoryBytes: 2e9, pids: 256 });
  t.deepEqual({ ...limits }, { readsPerMinute: 100, maxAgeMs: 86_400_000 });
});

test('reads every key of supervision', (t) => {
  const { supervise } = parseText(`${head}[supervise]
restart = "always"
backoff = { first = "2s", max = "1m" }
max_starts = { count = 3, within = "5m" }
stop = { signal = "INT", timeout = "500ms" }
on_rotation = "signal:HUP"
`);
  t.is(supervise.restart, 'always');
  t.deepEqual({ ...supervise.backoff }, { firstMs: 2000, maxMs: 60_000 });
  t.deepEqual({ ...supervise.maxStarts }, { count: 3, withinMs: 300_000 });
  t.deepEqual({ ...supervise.stop }, { signal: 'INT', timeoutMs: 500 });
  t.is(supervise.onRotation, 'signal:HUP');
});

test('reads who may use it and what it is built upon', (t) => {
  const profile = parseText(`${head}extends = ["base"]\nallow = { users = ["alice"], groups = ["dev"] }\n`);
  t.deepEqual({ ...profile.allow }, { users: ['alice'], groups: ['dev'] });
  t.deepEqual(profile.extends as readonly string[], ['base']);
});

test('gives absent rules their defaults', (t) => {
  const { agent, supervise, limits, allow } = parseText(head);
  t.deepEqual(Object.keys(agent), ['limits', 'mayRun', 'lease']);
  t.is(agent.lease, 'leader');
  t.is(supervise.restart, 'on-failure');
  t.deepEqual({ ...supervise.backoff }, { firstMs: 1000, maxMs: 60_000 });
  t.deepEqual({ ...supervise.maxStarts }, { count: 5, withinMs: 60_000 });
  t.deepEqual({ ...supervise.stop }, { signal: 'TERM', timeoutMs: 10_000 });
  t.deepEqual(Object.keys(limits), []);
  t.is(allow, undefined);
});

const keeps = test.macro((t, value: string, cache: Partial<CacheRule> | undefined) => {
  const { credentials } = parseText(`${head}${credential}cache = ${value}\n`);
  const rule = credentials.get(parseVariableName('A'))?.cache;
  t.deepEqual(rule && ({ ...rule } as Partial<CacheRule>), cache);
});

test('a cache of true has the defaults', keeps, 'true', { idleMs: 60_000, maxMs: 600_000 });
test('a cache of false is none', keeps, 'false', undefined);
test('a cache has the times given', keeps, '{ idle = "5s", max = "5s" }', { idleMs: 5000, maxMs: 5000 });
test('a cache with one time has the default of the other', keeps, '{ idle = "5s" }', {
  idleMs: 5000,
  maxMs: 600_000,
});

const refuses = test.macro((t, text: string, rule: RegExp, line?: number) => {
  const error = refusalOf(t, () => parseText(`${head}${text}\n`));
  t.is(error.code, 'PROFILE_INVALID');
  t.is(error.context.line, line ?? 3);
  t.regex(String(error.context.rule), rule);
});

/** Every key with a value of another type. */
for (const [key, word] of [
  ['extends = "base"', /^'extends' must be a list in brackets$/],
  ['extends = [1]', /^'extends' must list only text in quotes$/],
  ['allow = ["alice"]', /^'allow' must be a table$/],
  ['allow.users = "alice"', /^'users' must be a list in brackets$/],
  ['allow.groups = [1]', /^'groups' must list only text in quotes$/],
  ['agent = "builder"', /^'agent' must be a table$/],
  ['agent.user = 1000', /^'user' must be text in quotes$/],
  ['agent.cwd = ["/"]', /^'cwd' must be text in quotes$/],
  ['agent.umask = 77', /^'umask' must be text in quotes$/],
  ['agent.limits = 1', /^'limits' must be a table$/],
  ['agent.limits.nofile = "1024"', /^'nofile' must be a number$/],
  ['agent.limits.core = true', /^'core' must be a number$/],
  ['agent.limits.memory = 2000', /^'memory' must be text in quotes$/],
  ['agent.limits.pids = "many"', /^'pids' must be a number$/],
  ['agent.may_run = "other"', /^'may_run' must be a list in brackets$/],
  ['agent.lease = true', /^'lease' must be leader or tree$/],
  ['supervise = []', /^'supervise' must be a table$/],
  ['supervise.restart = true', /^'restart' must be never or on-failure or always$/],
  ['supervise.backoff = "1s"', /^'backoff' must be a table$/],
  ['supervise.backoff.first = 1', /^'first' must be text in quotes$/],
  ['supervise.backoff.max = 60', /^'max' must be text in quotes$/],
  ['supervise.max_starts = 5', /^'max_starts' must be a table$/],
  ['supervise.max_starts.count = "5"', /^'count' must be a number$/],
  ['supervise.max_starts.within = 60', /^'within' must be text in quotes$/],
  ['supervise.stop = "TERM"', /^'stop' must be a table$/],
  ['supervise.stop.signal = 15', /^'signal' must be HUP or /],
  ['supervise.stop.timeout = 10', /^'timeout' must be text in quotes$/],
  ['supervise.on_rotation = 1', /^'on_rotation' must be none or restart or refresh or signal:HUP or /],
  ['limits = 1', /^'limits' must be a table$/],
  ['limits.reads_per_minute = "100"', /^'reads_per_minute' must be a number$/],
  ['limits.max_age = 24', /^'max_age' must be text in quotes$/],
] as const) {
  test(`refuses ${key}`, refuses, key, word);
}

/** Every table with a key that it does not have. */
for (const [key, word] of [
  ['allow = { user = ["alice"] }', /^'user' .* nearest known key is 'users'$/],
  ['agent = { usr = "builder" }', /^'usr' .* nearest known key is 'user'$/],
  ['agent.limits = { no_file = 1 }', /^'no_file' .* nearest known key is 'nofile'$/],
  ['supervise = { restarts = "always" }', /^'restarts' .* nearest known key is 'restart'$/],
  ['supervise.backoff = { frist = "1s" }', /^'frist' .* nearest known key is 'first'$/],
  ['supervise.max_starts = { withn = "1s" }', /^'withn' .* nearest known key is 'within'$/],
  ['supervise = { stop = { signl = "TERM" } }', /^'signl' .* nearest known key is 'signal'$/],
  ['limits = { max_aeg = "1h" }', /^'max_aeg' .* nearest known key is 'max_age'$/],
] as const) {
  test(`refuses the unknown key of ${key}`, refuses, key, word);
}

/** Values of the right type that say nothing that could be done. */
for (const [key, word] of [
  ['extends = ["../base"]', /^'extends' must be lower-case letters/],
  [`extends = [${'"a",'.repeat(17)}]`, /^'extends' must have at most 16 entries$/],
  ['allow.users = ["Alice!"]', /^'users' must be the name of an account$/],
  ['agent.user = "0"', /^'user' must be the name of an account$/],
  ['agent.user = ""', /^'user' must be the name of an account$/],
  ['agent.cwd = "srv/agent"', /^'cwd' must be an absolute path$/],
  ['agent.cwd = ""', /^'cwd' must be an absolute path$/],
  ['agent.cwd = "/a\\u0000b"', /^'cwd' must be an absolute path$/],
  [`agent.cwd = "/${'x'.repeat(4095)}"`, /^'cwd' must be an absolute path$/],
  ['agent.umask = "0o77"', /^'umask' must be three octal digits/],
  ['agent.umask = "0088"', /^'umask' must be three octal digits/],
  ['agent.umask = "1777"', /^'umask' must be three octal digits/],
  ['agent.limits.nofile = 2', /^'nofile' must be a whole number from 3 to 1048576$/],
  ['agent.limits.nofile = 3.5', /^'nofile' must be a whole number/],
  ['agent.limits.nofile = inf', /^'nofile' must be a (?:whole )?number/],
  ['agent.limits.core = -1', /^'core' must be a whole number/],
  ['agent.limits.pids = 0', /^'pids' must be a whole number/],
  ['agent.limits.memory = "2"', /^'memory' must be a size/],
  ['agent.limits.memory = "2gb"', /^'memory' must be a size/],
  ['agent.limits.memory = "0B"', /^'memory' must be a size/],
  ['agent.limits.memory = "9999999999TB"', /^'memory' must be a size/],
  ['agent.may_run = ["/bin/sh"]', /^'may_run' must be lower-case letters/],
  ['supervise.backoff.first = "1 s"', /^'first' must be a duration/],
  ['supervise.backoff.first = "-1s"', /^'first' must be a duration/],
  ['supervise.backoff.first = "1.5s"', /^'first' must be a duration/],
  ['supervise.backoff.first = "0s"', /^'first' must be a duration/],
  ['supervise.backoff.first = "366d"', /^'first' must be a duration/],
  ['supervise.backoff = { first = "2s", max = "1s" }', /^'max' must be at least as long as 'first'$/],
  ['supervise.max_starts.count = 0', /^'count' must be a whole number from 1 to 1000$/],
  ['supervise.max_starts.within = "31s"', /^'max_starts' can never be reached/],
  ['supervise.max_starts.count = 1000', /^'max_starts' can never be reached/],
  ['supervise.stop.signal = "SIGTERM"', /^'signal' must be HUP or /],
  ['supervise.stop.signal = "STOP"', /^'signal' must be HUP or /],
  ['supervise.on_rotation = "signal:STOP"', /^'on_rotation' must be none or /],
  ['limits.reads_per_minute = 0', /^'reads_per_minute' must be a whole number/],
  ['limits.max_age = "1y"', /^'max_age' must be a duration/],
] as const) {
  test(`refuses ${key.slice(0, 60)}`, refuses, key, word);
}

test('accepts starts that the pauses just allow', (t) => {
  const { supervise } = parseText(`${head}supervise.max_starts.within = "32s"\n`);
  t.is(supervise.maxStarts.withinMs, 32_000);
});

test(
  'refuses a cache that is neither',
  refuses,
  `${credential}cache = 5`,
  /^'cache' must be true or false or a table$/,
  5,
);
test(
  'refuses an unknown key of a cache',
  refuses,
  `${credential}cache = { idel = "5s" }`,
  /^'idel' .* nearest known key is 'idle'$/,
  5,
);
test(
  'refuses a time of a cache that is no text',
  refuses,
  `${credential}cache = { idle = 5 }`,
  /^'idle' must be text in quotes$/,
  5,
);
test(
  'refuses a cache that ends before it is idle',
  refuses,
  `${credential}cache = { idle = "2m", max = "1m" }`,
  /^'max' must be at least as long as 'idle'$/,
  5,
);
test(
  'refuses a cache as a table of its own, at its line',
  refuses,
  `${credential}[credentials.A.cache]\nidle = "1s"\nmax = "0s"`,
  /^'max' must be a duration/,
  7,
);
