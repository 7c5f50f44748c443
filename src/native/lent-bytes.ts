/** The view that a region lends: a Buffer that prints as a placeholder instead of its bytes. */
import { inspect } from 'node:util';

/** What every secret prints as, whatever its length. */
export const secretPlaceholder = '[secret]';

const placeholder = (): string => secretPlaceholder;
const hidden = (value: unknown): PropertyDescriptor => ({ value, enumerable: false });

/** Stands between a lent view and Buffer's own prototype; the string conversions below hide Buffer's. */
const lentPrototype: object = Object.freeze(
  Object.create(Buffer.prototype, {
    toString: hidden(placeholder),
    toLocaleString: hidden(placeholder),
    toJSON: hidden(placeholder),
    [Symbol.toPrimitive]: hidden(placeholder),
    [inspect.custom]: hidden(placeholder),
    subarray: hidden(function (this: Buffer, start?: number, end?: number): Buffer {
      return cover(Buffer.prototype.subarray.call(this, start, end));
    }),
    slice: hidden(function (this: Buffer, start?: number, end?: number): Buffer {
      return this.subarray(start, end);
    }),
  }),
);

/** A view over all of `bytes`; it and its subarrays turn into the placeholder wherever text is made of them. */
export function lendBytes(bytes: ArrayBuffer): Buffer {
  return cover(Buffer.from(bytes));
}

function cover(view: Buffer): Buffer {
  Object.setPrototypeOf(view, lentPrototype);
  return view;
}
