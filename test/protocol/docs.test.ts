import { readFileSync } from 'node:fs';
import test from 'ava';
import { errorCatalogue } from '../../src/core/error-catalogue.ts';
import { exitCodes } from '../../src/core/exit-codes.ts';
import { encodeFrame, FrameDecoder } from '../../src/protocol/frames.ts';
import { limits, protocolVersion } from '../../src/protocol/limits.ts';
import { parseAnswer, parsePayload, parseRequest } from '../../src/protocol/messages.ts';
import { findRequest, parseRequestBody, type RequestName, requestTable } from '../../src/protocol/table.ts';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

interface Example {
  readonly line: string;
  readonly isClient: boolean;
  readonly bytes: Buffer;
  readonly descriptorCount: number;
  readonly message: Readonly<Record<string, unknown>>;
}

/** The blocks of example frames; each block is one conversation. */
const blocks = [...page.matchAll(/^```frames\n(.*?)^```$/gms)].map(([, block = '']) =>
  block.trimEnd().split('\n').map(parseExample),
);

function parseExample(line: string): Example {
  const [, who, length = '', count = '', reserved = '', json = ''] =
    /^([CS]) ([0-9a-f]{8}) ([0-9a-f]{4}) ([0-9a-f]{4}) (\{.*\})$/.exec(line) ?? [];
  if (who === undefined) throw new Error(`not a frame: ${line}`);
  return {
    line,
    isClient: who === 'C',
    bytes: Buffer.concat([Buffer.from(length + count + reserved, 'hex'), Buffer.from(json)]),
    descriptorCount: Number.parseInt(count, 16),
    message: JSON.parse(json),
  };
}

const examples = blocks.flat();

test('every example frame is what our encoder makes of its message', (t) => {
  t.true(examples.length > 20);
  for (const { message, descriptorCount, bytes, line } of examples)
    t.deepEqual(encodeFrame(message, descriptorCount), bytes, line);
});

test('every example frame is what our decoder reads', (t) => {
  for (const { message, descriptorCount, bytes, line } of examples) {
    const seen: unknown[] = [];
    new FrameDecoder().push(bytes, (frame) => seen.push(parsePayload(frame.payload), frame.descriptorCount));
    t.deepEqual(seen, [message, descriptorCount], line);
  }
});

test('every answer in the examples fits the output of its request', (t) => {
  for (const block of blocks) {
    const verbs = new Map<unknown, string>();
    for (const { isClient, message, descriptorCount, line } of block) {
      if (isClient) {
        if (!('hello' in message)) verbs.set(message.id, parseRequest(message).verb);
        continue;
      }
      const answer = parseAnswer(message);
      if (answer.kind !== 'ok') continue;
      const name = verbs.get(answer.id) as RequestName;
      t.true(requestTable[name].output.safeParse(answer.ok).success, line);
      t.is(descriptorCount, name === 'store' || name === 'read' ? 1 : 0, line);
    }
  }
});

test('every request in the examples that is answered well passes the table', (t) => {
  for (const block of blocks) {
    for (const [index, { isClient, message, descriptorCount, line }] of block.entries()) {
      if (!isClient || 'hello' in message || !('ok' in (block[index + 1]?.message ?? {}))) continue;
      const { verb, body } = parseRequest(message);
      const found = findRequest(verb);
      if (found === undefined) return t.fail(line);
      const { least, most } = found.definition.descriptors ?? { least: 0, most: 0 };
      t.true(descriptorCount >= least && descriptorCount <= most, line);
      t.notThrows(() => parseRequestBody(found.name, body), line);
    }
  }
});

test('every error in the examples has the words of the catalogue', (t) => {
  for (const { message, line } of examples) {
    if (!('error' in message)) continue;
    const { code, exit } = message.error as { code: keyof typeof errorCatalogue; exit: number };
    t.is(exit, exitCodes[errorCatalogue[code].exit].code, line);
    const [words = ''] = errorCatalogue[code].message.split('{');
    t.true(line.includes(words), line);
  }
});

test('every verb has a row with its own numbers, a section and an example', (t) => {
  for (const [name, definition] of Object.entries(requestTable)) {
    const { least, most } = 'descriptors' in definition ? definition.descriptors : { least: 0, most: 0 };
    const continues = 'continues' in definition ? `\`${definition.continues}\`` : '–';
    const incoming = least === most ? `${least}` : `${least} to ${most}`;
    const outgoing = name === 'store' || name === 'read' ? 1 : 0;
    const row = `| \`${name}\` | ${continues} | ${incoming} | ${outgoing} | ${definition.maxBytes} | ${definition.isAudited ? 'yes' : 'no'} |`;
    t.true(page.includes(row), row);
    t.regex(page, new RegExp(`^### (?:.*, )?${name}(?:,|$)`, 'm'));
    t.true(
      examples.some(({ message }) => message.verb === name),
      name,
    );
  }
  const rows = page.match(/^\| `[a-z-]+` \| (?:–|`[a-z-]+`) \| /gm) ?? [];
  t.is(rows.length, Object.keys(requestTable).length);
});

test('the limits of the page are those of the program', (t) => {
  const [, table = ''] = /<!-- limits -->\n(.*?)<!-- \/limits -->/s.exec(page) ?? [];
  const rows = [...table.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ]);
  t.deepEqual(Object.fromEntries(rows), { ...limits });
  t.true(page.includes(`Version of the protocol: **${protocolVersion}**`));
});
