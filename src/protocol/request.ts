/** The form of one row of the request table. */
import type * as z from 'zod';

export interface RequestDefinition<
  Name extends string = string,
  In extends z.ZodType = z.ZodType,
  Out extends z.ZodType = z.ZodType,
> {
  readonly name: Name;
  /** Body of the request; unknown fields are refused. */
  readonly input: In;
  /** Body of the answer. */
  readonly output: Out;
  /** `owner`: the daemon's own uid, and root. */
  readonly whoMayAsk: 'owner';
  /** Whether a peer that is inside a session is answered: never, or about its own session only. */
  readonly insideSession: 'refused' | 'own';
  /** The request that this one continues, under the same id. Absent: it opens one. */
  readonly continues?: string;
  /** Whether its handler leaves a record in the audit log. */
  readonly isAudited: boolean;
  /** Of the payload. */
  readonly maxBytes: number;
  /** Descriptors that travel with the request; absent: none. */
  readonly descriptors?: { readonly least: number; readonly most: number };
}

/** Keeps the literal types of a row. */
export function defineRequest<
  const Name extends string,
  In extends z.ZodType,
  Out extends z.ZodType,
  const Rest extends object,
>(definition: RequestDefinition<Name, In, Out> & Rest): RequestDefinition<Name, In, Out> & Rest {
  return definition;
}
