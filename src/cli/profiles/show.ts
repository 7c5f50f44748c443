/** `profile show`: a profile's text, or what it comes to once its bases are merged in. */
import { exitCodes } from '../../core/exit-codes.ts';
import { escapeJson, escapeText } from '../../core/printable.ts';
import { findKeyOrigin, listSetKeys } from '../../profile/set-keys.ts';
import { formatSource, listKeys } from '../../profile/source.ts';
import type { ResolvedProfile } from '../../profile/store.ts';
import { formatToml } from '../../profile/toml-text.ts';
import type { Invocation } from '../command.ts';
import { formatKeyPath } from './phrases.ts';
import { resolveProfileWord, showProfileText } from './word.ts';

export async function run({ arguments: [word = ''], machine, options, voice }: Invocation): Promise<number> {
  const resolved = resolveProfileWord(await machine.profiles(), word);
  if (options.json) voice.sayJson(formatJson(resolved));
  else if (options.origin || options.resolved)
    for (const line of formatResolved(resolved, options.origin === true)) voice.say(line);
  else for (const line of formatText(showProfileText(resolved, word))) voice.say(line);
  return exitCodes.ok.code;
}

/** Tabs stay; whatever else a terminal would act on is shown escaped, as TOML writes it. */
function formatText(text: string): string[] {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => line.replace(/\r$/, '').split('\t').map(escapeJson).join('\t'));
}

function formatResolved(resolved: ResolvedProfile, hasOrigins: boolean): string[] {
  return formatToml(listSetKeys(resolved), (path) => {
    const origin = hasOrigins ? findKeyOrigin(resolved, path) : undefined;
    return origin === undefined ? undefined : escapeText(`${origin.file}:${origin.line}`);
  });
}

function formatJson(resolved: ResolvedProfile): object {
  const source = formatSource(resolved.profile);
  const origins = listKeys(listSetKeys(resolved)).flatMap((path) => {
    const origin = findKeyOrigin(resolved, path);
    return origin === undefined ? [] : [{ key: formatKeyPath(path), file: origin.file, line: origin.line }];
  });
  return {
    name: resolved.profile.name,
    file: resolved.file,
    files: resolved.files,
    profile: source,
    origins,
  };
}
