/** `doctor`: whether everything that agentkeys relies on is as it should be. */
import { exitCodes } from '../../core/exit-codes.ts';
import { escapeText } from '../../core/printable.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';
import type { DoctorRow } from '../doctor/row.ts';
import { formatTable } from '../table.ts';

export const meta: CommandMeta = {
  name: 'doctor',
  summary: 'check programs, files, daemon and kernel, and say what to do',
  arguments: [],
  options: [jsonOption],
  examples: [{ line: 'agentkeys doctor', does: 'ends with 1 if a check failed; starts nothing' }],
  notes: ['warn: less than it could be; unknown: it could not be looked at; neither changes the exit code'],
};

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const [{ examine }, { createMachineReader }] = await Promise.all([
    import('../doctor/examine.ts'),
    import('../doctor/reader.ts'),
  ]);
  const rows = await examine(machine, createMachineReader());
  if (options.json) voice.sayJson(rows);
  else for (const line of formatRows(rows)) voice.say(line);
  return rows.some(({ state }) => state === 'failed') ? exitCodes.general.code : exitCodes.ok.code;
}

/** A hint stands below its row. */
function formatRows(rows: readonly DoctorRow[]): string[] {
  const lines = formatTable(rows.map(({ check, state, detail }) => [state, check, detail].map(escapeText)));
  return rows.flatMap(({ hint }, index) => [
    lines[index] ?? '',
    ...(hint === null ? [] : [`         ${escapeText(hint)}`]),
  ]);
}
