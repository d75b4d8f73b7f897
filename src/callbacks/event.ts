/**
 * One callback of Patroni as the name of an empty file: `<action>.<role>.<scope>`, for instance
 * `on_role_change.primary.test`.
 *
 * A name is made and removed as a whole, so a message is complete or absent, has no size, and need
 * not be opened to be read. The same callback run twice is the same name: however long nobody
 * listens, there are never more files than there are actions, roles and scopes. When it ran is the
 * file's own time of modification.
 *
 * The first two words are plain, so the first two dots end them; the scope may hold anything else
 * that a file name can. packaging/callbacks/vip-agent-callback writes the same names in sh, and a
 * test holds the two against each other.
 */
import { type Outcome, done, failed } from "../outcome.ts";

export type CallbackEvent = {
  readonly action: string;
  readonly role: string;
  readonly scope: string;
};

/** The kernel's limit for one name. */
const maxNameBytes = 255;

const plainWord = /^[A-Za-z0-9_]+$/;
const wordedName = /^([A-Za-z0-9_]+)\.([A-Za-z0-9_]+)\.([^/\0]+)$/;

/** The details never repeat the words: they end up in logs, where an odd one would do harm. */
export function eventName({ action, role, scope }: CallbackEvent): Outcome<string, "unfit"> {
  for (const [what, word] of Object.entries({ action, role })) {
    if (plainWord.test(word)) continue;
    return failed("unfit", `the ${what} must be a word of letters, digits and _`);
  }
  if (scope === "" || /[/\0]/.test(scope) || !scope.isWellFormed()) {
    return failed("unfit", "the scope must be there, and hold no / and no NUL");
  }
  const name = `${action}.${role}.${scope}`;
  const bytes = Buffer.byteLength(name);
  if (bytes > maxNameBytes) {
    return failed("unfit", `the three words take ${bytes} bytes; ${maxNameBytes} is the limit`);
  }
  return done(name);
}

/** Undefined for a name that no callback has. */
export function parseEventName(name: string): CallbackEvent | undefined {
  const [, action, role, scope] = wordedName.exec(name) ?? [];
  if (action === undefined || role === undefined || scope === undefined) return undefined;
  return Buffer.byteLength(name) > maxNameBytes ? undefined : { action, role, scope };
}
