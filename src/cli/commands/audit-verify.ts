/** `audit verify`: recomputes the whole chain of the audit log. */
import { join } from 'node:path';
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';

export const meta: CommandMeta = {
  name: 'audit verify',
  group: 'record',
  summary: 'check that no record of the audit log was changed, removed or moved',
  arguments: [],
  options: [jsonOption],
  examples: [
    {
      line: 'agentkeys audit verify',
      does: 'ends with 1 and names the first bad record if the log is broken',
    },
  ],
  exits: ['configuration'],
};

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  // Help loads this file for its words alone.
  const { tornRule, verifyAuditLog } = await import('../../audit/verify.ts');
  const directory = join((await machine.paths()).state, 'audit');
  const verdict = await verifyAuditLog({ directory });
  if (verdict.kind === 'ok') {
    const { records, lastSeq, unsealed, unsealedMs } = verdict;
    if (options.json)
      voice.sayJson({ ok: true, records, last_seq: lastSeq, unsealed, unsealed_ms: unsealedMs });
    else {
      voice.say(`${records} records verified`);
      voice.say(
        unsealed === 0
          ? 'all of them are sealed by the newest anchor'
          : `${unsealed} of them, over ${(unsealedMs / 1000).toFixed(1)} s, are behind the newest anchor`,
      );
    }
    return exitCodes.ok.code;
  }
  const { seq, line, rule } = verdict;
  if (options.json) voice.sayJson({ ok: false, seq, line, rule });
  // Not the code of the error: a broken log is this command's answer, not its failure.
  const cause = rule === tornRule ? { disk: 'its disk has space' } : {};
  voice.tell(
    new AgentKeysError('AUDIT_BROKEN', { seq, rule, file: join(directory, 'audit.jsonl'), ...cause }),
  );
  return exitCodes.general.code;
}
