/**
 * What the exit code of `vip-agent provision` says. Scripts depend on it, so a number never changes
 * its meaning. Its 2 is not that of the other commands: `plan` follows the habit of tools of its kind.
 */
export const provisionExit = {
  fine: 0,
  failed: 1,
  changesPending: 2,
  notReady: 3,
  unfinished: 4,
  unverified: 5,
  misused: 64,
} as const;

export const provisionExitHelp = [
  "Exit codes:",
  "  0   fine; plan: nothing to change",
  "  1   the cluster file or the secrets are invalid, or a host cannot be reached",
  "  2   plan: something would be changed",
  "  3   preflight, apply: something would fail; remove: something is in the way; nothing was changed",
  "  4   apply, remove: ended before its end; the next one goes on from there",
  "  5   verify: the cluster is not as it should be",
  "  64  the command line is wrong; remove: it was not confirmed",
].join("\n");
