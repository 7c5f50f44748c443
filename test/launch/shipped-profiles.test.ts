/** Every profile that is shipped launches its program with exactly what it grants, however it is chosen. */
import { readdirSync, readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { parseProfile } from '../../src/profile/parse.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { createHome, type Home } from '../support/daemon.ts';
import { profileChecks } from '../support/profiles.ts';
import { agentPath, parseTold, type Told, valuesOf } from '../support/told.ts';

const directory = new URL('../../profiles/', import.meta.url);
const profiles = readdirSync(directory)
  .filter((file) => file.endsWith('.toml'))
  .map((file) =>
    parseProfile({ ...profileChecks, text: readFileSync(new URL(file, directory), 'utf8'), file }),
  );

const serviceOf = (from: string) => from.slice('vault:'.length);
const programOf = ({ match, command }: Profile) => match[0] ?? command?.[0] ?? 'some-agent';

/** What a person may have lying around, one of each that could reach the agent. */
function callerEnvironment({ credentials, environment }: Profile): Record<string, string> {
  const names = [...credentials.keys(), ...environment.unset.map((name) => name.replace('*', 'SECRET'))];
  return Object.fromEntries([...names, 'BYSTANDER'].map((name) => [name, `the caller's ${name}`]));
}

interface Scene {
  readonly home: Home;
  readonly env: Record<string, string>;
}

async function prepare(t: ExecutionContext, profile: Profile): Promise<Scene> {
  const home = createHome(t);
  for (const service of new Set([...profile.credentials.values()].map(({ from }) => serviceOf(from))))
    await home.store(service, `the stored ${service}`);
  return { home, env: { ...callerEnvironment(profile), PATH: agentPath(home, programOf(profile)) } };
}

function requireGiven(t: ExecutionContext, profile: Profile, told: Told): void {
  for (const [variable, { from }] of profile.credentials)
    t.deepEqual(valuesOf(told, variable), [`the stored ${serviceOf(from)}`]);
  const { inherit } = profile.environment;
  const ofTheCaller = told.environment.filter((entry) => entry.includes("=the caller's "));
  t.deepEqual(ofTheCaller, inherit === 'caller' ? ["BYSTANDER=the caller's BYSTANDER"] : []);
}

for (const profile of profiles) {
  const { name, match, command } = profile;

  test(`${name} by its name`, async (t) => {
    const { home, env } = await prepare(t, profile);
    const ended = await home.run(['run', '-p', name, '--', programOf(profile), 'a b', ''], { env });
    const told = parseTold(ended);
    requireGiven(t, profile, told);
    t.deepEqual(told.words.slice(1), ['a b', '']);
  });

  for (const matched of match)
    test(`${name} by the command ${matched}`, async (t) => {
      const { home, env } = await prepare(t, profile);
      requireGiven(t, profile, parseTold(await home.run(['run', matched, '--flag'], { env })));
    });

  if (command !== undefined)
    test(`${name} with its own command`, async (t) => {
      const { home, env } = await prepare(t, profile);
      const told = parseTold(await home.run(['run', '-p', name], { env }));
      requireGiven(t, profile, told);
      t.deepEqual(told.words.slice(1), command.slice(1));
    });

  if (profile.credentials.size > 0)
    test(`${name} starts nothing while its credential is not stored`, async (t) => {
      const home = createHome(t);
      await home.run(['init']);
      const env = { PATH: agentPath(home, programOf(profile)) };
      const ended = await home.run(['run', '-p', name, '--', programOf(profile)], { env });
      t.deepEqual([ended.code, ended.stdout.toString()], [125, '']);
      t.regex(ended.stderr, /no credential named \S+ is stored\n/);
    });
}

test('the agents that people use are shipped', (t) => {
  const names = ['aider', 'claude', 'codex', 'default', 'demo', 'generic-mcp', 'openhands'];
  t.deepEqual(profiles.map(({ name }) => String(name)).toSorted(), names);
});
