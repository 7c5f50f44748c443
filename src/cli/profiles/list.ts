/** `profile list`: every profile that a name can find, and what it grants. */

import { exitCodes } from '../../core/exit-codes.ts';
import { escapeText } from '../../core/printable.ts';
import type { ProfileListing } from '../../profile/store.ts';
import type { Invocation } from '../command.ts';
import { formatTable } from '../table.ts';
import { formatJsonError, gradeOf } from './phrases.ts';

const titles = ['NAME', 'SOURCE', 'STATE', 'GRANTS', 'FILE'];

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const listings = (await machine.profiles()).list();
  const broken = listings.filter(({ error }) => error !== undefined);
  if (options.json) voice.sayJson(listings.map(formatJsonRow));
  else {
    for (const line of formatTable([titles, ...listings.map(formatRow)])) voice.say(line);
    for (const { error } of broken) voice.tell(error);
  }
  return broken.length > 0 ? exitCodes.general.code : exitCodes.ok.code;
}

function formatRow({ name, source, file, isShadowed, resolved, error }: ProfileListing): string[] {
  const state = [error === undefined ? '' : 'broken', isShadowed ? 'shadowed' : ''].filter(Boolean).join(',');
  const grants = [...(resolved?.profile.credentials ?? [])].map(
    ([variable, { from, deliver }]) => `${variable}=${from}(${gradeOf(deliver)})`,
  );
  return [name, source, state || 'ok', grants.join(',') || '-', file].map(escapeText);
}

function formatJsonRow({ name, source, file, isShadowed, resolved, error }: ProfileListing): object {
  const profile = resolved?.profile;
  return {
    name,
    source,
    file,
    shadowed: isShadowed,
    description: profile?.description ?? null,
    grants: [...(profile?.credentials ?? [])].map(([variable, { from, deliver }]) => ({
      name: variable,
      from,
      delivery: deliver,
      grade: gradeOf(deliver),
    })),
    error: error === undefined ? null : formatJsonError(error),
  };
}
