/**
 * Leaves word of one callback for the daemon: makes an empty file, or touches the one that is there.
 *
 * What vip-agent-callback does in sh, with the means that sh lacks: a name that somebody else has
 * put there is neither followed nor waited for. The directory is never made here, since one that
 * Patroni's user has made would be trusted by nobody.
 */
import { closeSync, constants, fstatSync, futimesSync, openSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, done, failed } from "../outcome.ts";
import { type CallbackEvent, eventName } from "./event.ts";
import { errorCode } from "./place.ts";

export type LeaveCode = "unfit" | "failed";

export function leaveWord(event: CallbackEvent, directory: string): Outcome<void, LeaveCode> {
  const name = eventName(event);
  if (!name.ok) return name;
  try {
    return touch(join(directory, name.value), directory);
  } catch (error) {
    return failed("failed", `cannot leave word in ${directory}: ${meaningOf(errorCode(error))}`);
  }
}

function touch(path: string, directory: string): Outcome<void, LeaveCode> {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > 0) {
      return failed("failed", `in ${directory} something else has that name: remove it`);
    }
    const nowS = Date.now() / 1_000;
    futimesSync(descriptor, nowS, nowS);
    return done(undefined);
  } finally {
    closeSync(descriptor);
  }
}

function meaningOf(code: string): string {
  switch (code) {
    case "ENOENT":
      return "there is no such directory; is vip-agent running, and does it listen there?";
    case "EACCES":
    case "EPERM":
      return "this user may not; it wants the directory's group";
    case "ELOOP":
    case "ENXIO":
    case "EISDIR":
      return `something else has that name (${code}): remove it`;
    default:
      return code;
  }
}
