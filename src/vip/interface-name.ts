/**
 * Whether a text can be the name of an interface in a line of `ip -batch`.
 *
 * The kernel lets almost anything be a name. `ip` splits its lines at white space, takes quotes
 * together, stops at a hash and goes on behind a backslash, and there is no way to say that it
 * should not: a name with one of these would put words, or a whole command, into what is asked of
 * it. Nobody has such an interface, so they are refused rather than escaped.
 */
import assert from "node:assert/strict";

/** Alternative names may be this long, the kernel's own ones 15 characters. */
const maxLength = 127;

export function isInterfaceName(text: string): boolean {
  const isHarmless = !/[\s\p{Cc}"'#\\/:]/u.test(text);
  return isHarmless && text !== "" && text !== "." && text !== ".." && text.length <= maxLength;
}

/** For whoever builds a command of a name: one that is no name is a mistake of ours by now. */
export function assertInterfaceName(text: string): void {
  assert(isInterfaceName(text), `${JSON.stringify(text)} cannot be the name of an interface`);
}
