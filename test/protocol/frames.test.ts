import test from 'ava';
import * as fc from 'fast-check';
import { isAgentKeysError } from '../../src/core/errors.ts';
import { encodeFrame, type Frame, FrameDecoder, headerBytes } from '../../src/protocol/frames.ts';
import { limits } from '../../src/protocol/limits.ts';

interface Outcome {
  readonly frames: readonly { readonly text: string; readonly descriptorCount: number }[];
  readonly error: string | undefined;
  readonly mostHeldBytes: number;
}

function decode(chunks: readonly Uint8Array[]): Outcome {
  const decoder = new FrameDecoder();
  const frames: { text: string; descriptorCount: number }[] = [];
  const onFrame = ({ payload, descriptorCount }: Frame) => {
    frames.push({ text: payload.toString('latin1'), descriptorCount });
  };
  let mostHeldBytes = 0;
  for (const chunk of chunks) {
    try {
      decoder.push(chunk, onFrame);
    } catch (error) {
      if (!isAgentKeysError(error)) throw error;
      return { frames, error: error.message, mostHeldBytes };
    }
    mostHeldBytes = Math.max(mostHeldBytes, decoder.heldBytes);
  }
  return { frames, error: undefined, mostHeldBytes };
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

function header(payloadBytes: number, descriptors = 0, reserved = 0): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeUInt32BE(payloadBytes, 0);
  bytes.writeUInt16BE(descriptors, 4);
  bytes.writeUInt16BE(reserved, 6);
  return bytes;
}

const messages = fc.array(
  fc.record({
    message: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
    descriptorCount: fc.integer({ min: 0, max: limits.maxDescriptorsPerFrame }),
  }),
  { maxLength: 8 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
/** Headers that are nearly right, so that the decoder gets past them. */
const nearlyFrames = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(
          fc.integer({ min: 0, max: 70_000 }),
          fc.integer({ min: 0, max: 6 }),
          fc.constantFrom(0, 0, 0, 1),
        )
        .map(([payload, count, reserved]) => Uint8Array.from(header(payload, count, reserved))),
      fc
        .uint8Array({ minLength: 1, maxLength: 200 })
        .map((payload) => Uint8Array.from(Buffer.concat([header(payload.length), payload]))),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

test('what is encoded is decoded, however the bytes are cut', (t) => {
  fc.assert(
    fc.property(messages, sizes, (sent, pieces) => {
      const stream = Buffer.concat(
        sent.map(({ message, descriptorCount }) => encodeFrame(message, descriptorCount)),
      );
      const { frames, error } = decode(cut(stream, pieces));
      t.is(error, undefined);
      t.deepEqual(
        frames.map(({ text, descriptorCount }) => ({
          message: JSON.parse(Buffer.from(text, 'latin1').toString()),
          descriptorCount,
        })),
        sent.map(({ message, descriptorCount }) => ({
          message: JSON.parse(JSON.stringify(message)),
          descriptorCount,
        })),
      );
    }),
  );
  t.pass();
});

test('any bytes in any pieces give the same frames and the same error as in one piece', (t) => {
  fc.assert(
    fc.property(nearlyFrames, sizes, (bytes, pieces) => {
      const whole = decode([bytes]);
      const pieced = decode(cut(bytes, pieces));
      t.deepEqual(
        { frames: pieced.frames, error: pieced.error },
        { frames: whole.frames, error: whole.error },
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('never holds more than one frame, nor more than twice what arrived of it', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: limits.maxPayloadBytes }),
      fc.nat(),
      sizes,
      (payloadBytes, arrived, pieces) => {
        const stream = Buffer.concat([header(payloadBytes), Buffer.alloc(arrived % payloadBytes)]);
        const { mostHeldBytes } = decode(cut(stream, pieces));
        t.true(mostHeldBytes <= headerBytes + limits.maxPayloadBytes);
        t.true(mostHeldBytes <= Math.max(512, 2 * stream.length));
      },
    ),
  );
  t.pass();
});

const refusals: readonly (readonly [string, Buffer, RegExp])[] = [
  ['one byte too many', header(limits.maxPayloadBytes + 1), /longer than 65536 bytes/],
  ['four gigabytes', header(0xffff_ffff), /longer than/],
  ['no bytes', header(0), /empty/],
  ['five descriptors', header(2, 5), /more than 4 descriptors/],
  ['all descriptors there are', header(2, 0xffff), /more than 4 descriptors/],
  ['a reserved field', header(2, 0, 1), /reserved/],
];

for (const [what, bytes, message] of refusals) {
  test(`refuses a header that announces ${what}`, (t) => {
    const error = t.throws(() => new FrameDecoder().push(bytes, () => t.fail()));
    t.true(isAgentKeysError(error) && error.code === 'PROTOCOL_INVALID');
    t.regex(error?.message ?? '', message);
  });
}

test('takes a frame of exactly the limit', (t) => {
  const payload = Buffer.alloc(limits.maxPayloadBytes, 0x20);
  t.is(decode([header(payload.length), payload]).frames.length, 1);
});

test('after an error it yields nothing more', (t) => {
  const decoder = new FrameDecoder();
  t.throws(() => decoder.push(header(0), () => t.fail()));
  t.throws(() => decoder.push(encodeFrame({}), () => t.fail()), { message: /failed before/ });
});

test('a frame that its reader refuses is the last one', (t) => {
  const decoder = new FrameDecoder();
  const refuse = () => {
    throw new Error('refused');
  };
  t.throws(() => decoder.push(encodeFrame({}), refuse), { message: 'refused' });
  t.throws(() => decoder.push(encodeFrame({}), () => t.fail()), { message: /failed before/ });
});

test('an answer beyond the limits is not encoded', (t) => {
  t.throws(() => encodeFrame({ text: 'x'.repeat(limits.maxPayloadBytes) }), { message: /longer than/ });
  t.throws(() => encodeFrame({}, limits.maxDescriptorsPerFrame + 1), { message: /descriptors/ });
});
