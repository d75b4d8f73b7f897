/**
 * The result of something that may fail in operation.
 *
 * Operating errors are values: whoever talks to the outside returns an Outcome and never throws
 * across its port, so that a caller cannot forget the failure. Callers branch on `code`, a word
 * from the union of the module that returns it, never on `detail`, which is for people. Programmer
 * errors are assertions and end the process; the kernel takes the VIP away then.
 */
export type Outcome<T, Code extends string = string> =
  | { readonly ok: true; readonly value: T }
  | Failure<Code>;

export type Failure<Code extends string = string> = {
  readonly ok: false;
  readonly code: Code;
  /** One sentence for a person: what was tried and what came back. Never a secret. */
  readonly detail: string;
};

export function done<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function failed<Code extends string>(code: Code, detail: string): Failure<Code> {
  return { ok: false, code, detail };
}
