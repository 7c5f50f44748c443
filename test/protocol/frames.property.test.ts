import test from 'ava';
import fc from 'fast-check';
import { isAgentKeysError } from '../../src/core/errors.ts';
import { encodeFrame, type Frame, FrameDecoder, headerBytes } from '../../src/protocol/frames.ts';
import { limits } from '../../src/protocol/limits.ts';
import { holds } from '../support/properties.ts';

interface Outcome {
  readonly frames: readonly { readonly payload: string; readonly descriptorCount: number }[];
  readonly rule: string | undefined;
}

/** Any split gives this. After an error every further chunk must be refused too, with nothing yielded. */
function decode(chunks: readonly Uint8Array[], maxPayloadBytes: number = limits.maxPayloadBytes): Outcome {
  const decoder = new FrameDecoder();
  const frames: { payload: string; descriptorCount: number }[] = [];
  const onFrame = ({ payload, descriptorCount }: Frame) =>
    frames.push({ payload: payload.toString('latin1'), descriptorCount });
  let rule: string | undefined;
  for (const chunk of chunks) {
    const before = frames.length;
    try {
      decoder.push(chunk, onFrame, () => maxPayloadBytes);
      if (rule !== undefined) throw new Error('it went on after an error');
    } catch (error) {
      if (!isAgentKeysError(error) || error.code !== 'PROTOCOL_INVALID') throw error;
      if (rule !== undefined && frames.length !== before) throw new Error('a frame came after an error');
      rule ??= String(error.context.rule);
    }
    if (decoder.heldBytes > Math.max(512, 2 * (headerBytes + maxPayloadBytes)))
      throw new Error('it holds too much');
  }
  return { frames, rule };
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

function header(payloadBytes: number, descriptors: number, reserved: number): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeUInt32BE(payloadBytes, 0);
  bytes.writeUInt16BE(descriptors, 4);
  bytes.writeUInt16BE(reserved, 6);
  return bytes;
}

const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 });
const part = fc.oneof(
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.nat({ max: 200 }), fc.nat({ max: 6 }), fc.constantFrom(0, 0, 0, 1))
    .map(([payload, descriptors, reserved]) => header(payload, descriptors, reserved)),
  fc
    .uint8Array({ minLength: 1, maxLength: 120 })
    .map((payload) => Buffer.concat([header(payload.length, 0, 0), payload])),
);
const stream = fc.array(part, { maxLength: 10 }).map((parts) => Buffer.concat(parts));

test('any split of any bytes gives the same frames and the same error, and nothing after it', (t) =>
  holds(
    t,
    'frames-split',
    3000,
    fc.property(stream, sizes, fc.constantFrom(1, 100, 128, 65_536), (bytes, pieces, most) => {
      t.deepEqual(decode(cut(bytes, pieces), most), decode([bytes], most));
    }),
  ));

test('what the decoder yields of a sound stream is the stream', (t) =>
  holds(
    t,
    'frames-identity',
    1000,
    fc.property(
      fc.array(fc.jsonValue(), { maxLength: 6 }),
      fc.nat({ max: 4 }),
      sizes,
      (values, count, pieces) => {
        const sent = values.map((value) => encodeFrame({ value }, count));
        const { frames, rule } = decode(cut(Buffer.concat(sent), pieces));
        t.is(rule, undefined);
        const again = frames.map(({ payload, descriptorCount }) =>
          encodeFrame(JSON.parse(Buffer.from(payload, 'latin1').toString()), descriptorCount),
        );
        t.true(Buffer.concat(again).equals(Buffer.concat(sent)));
      },
    ),
  ));

/** Counts the bytes that are moved, which is where the work lies: typed arrays move them in `set` alone. */
function countMoved(act: () => void): number {
  const original = Uint8Array.prototype.set;
  let moved = 0;
  Uint8Array.prototype.set = function (this: Uint8Array, from: ArrayLike<number>, offset?: number) {
    moved += from.length;
    original.call(this, from, offset);
  };
  try {
    act();
  } finally {
    Uint8Array.prototype.set = original;
  }
  return moved;
}

test.serial('the work is linear: a byte is moved at most three times, however the stream is cut', (t) =>
  holds(
    t,
    'frames-work',
    60,
    fc.property(
      fc.integer({ min: 1, max: 60_000 }),
      fc.integer({ min: 1, max: 2000 }),
      (payloadBytes, piece) => {
        const bytes = Buffer.concat([header(payloadBytes, 0, 0), Buffer.alloc(payloadBytes)]);
        const chunks = cut(bytes, [piece]);
        const decoder = new FrameDecoder();
        const moved = countMoved(() => {
          for (const chunk of chunks) decoder.push(chunk, () => {});
        });
        t.true(moved >= bytes.length && moved <= 3 * bytes.length + 512, `${moved} of ${bytes.length}`);
      },
    ),
  ),
);

test('a frame stays as it was whatever comes behind it, and nothing is held between frames', (t) =>
  holds(
    t,
    'frames-stay',
    500,
    fc.property(fc.array(fc.string({ maxLength: 40 }), { maxLength: 8 }), sizes, (texts, pieces) => {
      const decoder = new FrameDecoder();
      const payloads: Buffer[] = [];
      const stream = Buffer.concat(texts.map((text) => encodeFrame({ text })));
      for (const chunk of cut(stream, pieces)) decoder.push(chunk, ({ payload }) => payloads.push(payload));
      t.deepEqual(
        payloads.map((payload) => JSON.parse(payload.toString()).text),
        texts,
      );
      t.is(decoder.heldBytes, 0);
    }),
  ));
