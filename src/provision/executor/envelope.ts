/**
 * What is put around every script, here and on other hosts: it becomes root, it has a deadline of its
 * own, and it says when it begins and how it ended.
 *
 * The deadline stands on the host, since a connection that is cut ends nothing there. The marks tell
 * three failures apart that have the same exit code: before the first mark nothing has happened
 * (ssh's or sudo's words), between the marks the connection was lost and what has happened is
 * unknown, and behind the second is the script's own answer. What a login shell or a host says by
 * itself stands before the first mark, and is left out.
 */
import type { Outcome } from "../../outcome.ts";
import { done, failed } from "../../outcome.ts";
import type { CommandResult, ExecutorCode } from "./executor.ts";
import type { Step } from "./step.ts";

export type SudoUse = "auto" | "never";

const beginMark = "vip-agent-provision: begins";
const endMark = "vip-agent-provision: ended with";

/** The frame is its $0, since the frame's own arguments follow. Words of sudo are told apart below. */
const loader = `LC_ALL=C
export LC_ALL
use=$1
shift
if [ "$(id -u)" = 0 ]; then exec sh -c "$0" "$@"; fi
if [ "$use" = never ]; then echo "sudo: not to be used, and the login is not root" >&2; exit 1; fi
exec sudo -n -- sh -c "$0" "$@"
`;

/** $0: the deadline in seconds; then the script and its arguments. */
const frame = `echo "${beginMark}" >&2
echo "${beginMark}"
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 022
cd /
script=$1
shift
timeout -k 10 "$0" sh -c "$script" sh "$@"
code=$?
printf '\\n%s %s\\n' "${endMark}" "$code" >&2
exit "$code"
`;

/** Of coreutils' timeout: its command was ended. */
const timeoutCodes = [124, 137];

export function enveloped({ script, args, deadlineMs }: Step, sudo: SudoUse): readonly string[] {
  const seconds = String(Math.ceil(deadlineMs / 1_000));
  return ["sh", "-c", loader, frame, sudo, seconds, script, ...args];
}

export type Ended = {
  /** Undefined: it was killed, or never started. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
};

export type Unenveloped =
  | { readonly kind: "answered"; readonly answer: Outcome<CommandResult, ExecutorCode> }
  /** It has not begun. Whose words they are, the transport knows. */
  | { readonly kind: "not-begun"; readonly words: string }
  | { readonly kind: "cut"; readonly words: string };

export function unenveloped(ended: Ended, deadlineMs: number): Unenveloped {
  const { stdout, stderr } = ended;
  const begin = stderr.indexOf(`${beginMark}\n`);
  if (begin === -1) return { kind: "not-begun", words: stderr.trim() };
  const said = stderr.slice(begin + beginMark.length + 1);
  const end = said.lastIndexOf(`\n${endMark} `);
  if (end === -1) return { kind: "cut", words: said.trim() };
  const exitCode = Number.parseInt(said.slice(end + endMark.length + 2), 10);
  if (timeoutCodes.includes(exitCode)) {
    const detail = `it took more than ${deadlineMs / 1_000} s and was ended`;
    return { kind: "answered", answer: failed("timeout", detail) };
  }
  const printed = stdout.slice(stdout.indexOf(`${beginMark}\n`) + beginMark.length + 1);
  const answer = { exitCode, stdout: withoutNewline(printed), stderr: said.slice(0, end) };
  return { kind: "answered", answer: done(answer) };
}

/** Undefined: they are not sudo's. */
export function sudoTrouble(words: string): string | undefined {
  const line = words.split("\n").findLast((text) => /\bsudo: /.test(text));
  if (line === undefined) return undefined;
  return `${line.trim()}; ${sudoRemedy(line)}`;
}

function sudoRemedy(line: string): string {
  if (line.includes("not found")) return "install sudo there, or log in as root";
  if (line.includes("not to be used"))
    return "log in as root, or let sudo be used (ssh.sudo: auto)";
  return (
    "the login needs to become root without a password: " +
    "log in as root, or give it a line such as `LOGIN ALL=(ALL) NOPASSWD: ALL` in /etc/sudoers.d"
  );
}

function withoutNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
