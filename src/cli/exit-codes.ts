/**
 * What the exit code says. Scripts and unit files depend on it, so a number never changes its
 * meaning.
 */
export const exitCode = { fine: 0, failed: 1, misused: 2, warned: 3, elsewhere: 4 } as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export const exitCodeHelp = [
  "Exit codes:",
  "  0  fine",
  "  1  the configuration is invalid, or the command failed; status: no agent answers",
  "  2  the command line is wrong: unknown command or flag",
  "  3  check: valid, with warnings; status: something wants attention",
  "  4  status: the VIP is not held here, and that is as it should be",
].join("\n");
