/** One file of this folder: a whole vault of one credential in hexadecimal, and what must come of it. */
export interface VaultVector {
  readonly title: string;
  readonly service: string;
  readonly key: string;
  readonly header: string;
  readonly entry: string;
  readonly expect:
    | { readonly opens: { readonly version: number; readonly updatedMs: number; readonly sha256: string } }
    | { readonly refused: string; readonly rule: string };
}

/** What a list of cases says of one vector; what it leaves out is as in the vector that opens. */
export interface VectorCase {
  readonly title: string;
  readonly header?: Buffer;
  readonly entry?: Buffer;
  readonly service?: string;
  readonly version?: number;
  readonly updatedMs?: bigint;
  /** Absent: it opens. Of the header if there is one in the case, else of the entry. */
  readonly rule?: string;
}
