/** `profile check`: whether profiles are valid, and what a launch would still refuse. */

import { type AgentKeysError, isAgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { parseProfileName } from '../../core/ids.ts';
import { escapeText } from '../../core/printable.ts';
import { findUnmetDemands, type UnmetDemand } from '../../profile/demands.ts';
import type { ProfileStore, ResolvedProfile } from '../../profile/store.ts';
import type { Invocation } from '../command.ts';
import { formatJsonError, formatKeyPath } from './phrases.ts';
import { askStoredReferences, findState, type StoredReferences } from './stored-references.ts';
import { resolveProfileWord } from './word.ts';

interface Checked {
  readonly word: string;
  readonly resolved?: ResolvedProfile;
  readonly error?: AgentKeysError;
}

export async function run({ arguments: words, machine, options, voice }: Invocation): Promise<number> {
  for (const word of words) if (!word.includes('/')) parseProfileName(word);
  const profiles = await machine.profiles();
  const checked = words.length === 0 ? checkOwn(profiles) : words.map((word) => checkWord(profiles, word));
  const references = checked.flatMap(({ resolved }) => listReferences(resolved));
  const stored = await askStoredReferences(machine, references);
  if (options.json) voice.sayJson(checked.map((one) => formatJsonRow(one, stored)));
  else {
    for (const one of checked) for (const line of formatLines(one, stored)) voice.say(escapeText(line));
    if (checked.length === 0) voice.note('you have no profiles of your own; profile list shows all');
    if (references.length > 0 && stored.kind === 'not asked')
      voice.note(`whether the credentials are stored was not asked: ${escapeText(stored.why)}`);
  }
  const isBad = checked.some(
    ({ error, resolved }) => error !== undefined || listRefused(resolved).length > 0,
  );
  return isBad ? exitCodes.configuration.code : exitCodes.ok.code;
}

function checkOwn(profiles: ProfileStore): Checked[] {
  return profiles
    .list()
    .filter(({ source }) => source === 'user')
    .map(({ name, resolved, error }) => ({
      word: name,
      ...(resolved && { resolved }),
      ...(error && { error }),
    }));
}

function checkWord(profiles: ProfileStore, word: string): Checked {
  try {
    return { word, resolved: resolveProfileWord(profiles, word) };
  } catch (error) {
    if (isAgentKeysError(error)) return { word, error };
    throw error;
  }
}

function listRefused(resolved: ResolvedProfile | undefined): readonly UnmetDemand[] {
  return resolved === undefined ? [] : findUnmetDemands(resolved.profile, { mode: 'user' });
}

function listReferences(resolved: ResolvedProfile | undefined): string[] {
  return [...(resolved?.profile.credentials.values() ?? [])].map(({ from }) => from);
}

/** Not escaped yet. */
function formatLines({ word, resolved, error }: Checked, stored: StoredReferences): string[] {
  if (error !== undefined) return [`${word}: ${error.code}: ${error.message}`];
  if (resolved === undefined) return [];
  const refused = listRefused(resolved).map(
    ({ path, rule }) => `  a launch is refused: ${formatKeyPath(path)} ${rule}`,
  );
  const absent = [...resolved.profile.credentials].flatMap(([variable, { from }]) => {
    const state = findState(stored, from);
    return state === null || state === 'stored' ? [] : [`  ${variable}: ${from} is ${state}`];
  });
  return [
    refused.length === 0 ? `${word}: ok` : `${word}: valid, and cannot be launched`,
    ...refused,
    ...absent,
  ];
}

function formatJsonRow({ word, resolved, error }: Checked, stored: StoredReferences): object {
  const profile = resolved?.profile;
  return {
    profile: word,
    file: resolved?.file ?? null,
    ok: error === undefined,
    error: error === undefined ? null : formatJsonError(error),
    refused: listRefused(resolved).map(({ path, rule }) => ({ key: formatKeyPath(path), rule })),
    credentials: [...(profile?.credentials ?? [])].map(([variable, { from }]) => ({
      name: variable,
      from,
      stored: findState(stored, from),
    })),
  };
}
