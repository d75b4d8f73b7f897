/**
 * What is wrong with a configuration, said so that the reader can mend it without opening a manual.
 *
 * A complaint names the setting, the place it was read from down to the line, the value as it was
 * written, what is wrong with it, what was expected, and what to do. All complaints are collected
 * and shown at once: who edits a file at night must not meet its mistakes one restart at a time. A
 * secret's value is never part of a complaint.
 */

/** Where a value came from. */
export type Where =
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "variable"; readonly variable: string }
  | { readonly kind: "file"; readonly file: string; readonly line?: number }
  | { readonly kind: "credential"; readonly file: string }
  | { readonly kind: "default" }
  | { readonly kind: "nowhere" };

export type Complaint = {
  /** An error keeps the agent from starting; a warning does not. */
  readonly severity: "error" | "warning";
  /** The setting, by its current name; for an unknown one, the name as written. */
  readonly key: string;
  readonly where: Where;
  /** As it was written; absent for a secret, and where there is no value. */
  readonly value?: string;
  /** What is wrong: a phrase that follows the setting's name. */
  readonly wrong: string;
  readonly expected?: string;
  readonly remedy?: string;
};

/** Of a complaint, and of whatever else is told with a severity. */
export function isError({ severity }: { readonly severity: string }): boolean {
  return severity === "error";
}

/** "/etc/vip-agent.yml:4", "--ip", "VIP_IP". */
export function whereText(where: Where): string {
  switch (where.kind) {
    case "flag":
      return where.flag;
    case "variable":
      return where.variable;
    case "file":
      return where.line === undefined ? where.file : `${where.file}:${where.line}`;
    case "credential":
      return `systemd credential ${where.file}`;
    case "default":
      return "default";
    case "nowhere":
      return "not set";
  }
}

/** A value that is too long to be read is shown by its beginning. */
const maxShownLength = 120;

/** One complaint in one line, for a log. */
export function complaintLine(complaint: Complaint): string {
  const { wrong, expected, remedy } = complaint;
  const parts = [`${subjectText(complaint)} ${wrong}`];
  if (expected !== undefined) parts.push(`expected: ${expected}`);
  if (remedy !== undefined) parts.push(`to do: ${remedy}`);
  return parts.join("; ");
}

/** All complaints as text, one readable block each, errors first. */
export function complaintsText(complaints: readonly Complaint[]): string {
  const errors = complaints.filter(isError);
  const warnings = complaints.filter((complaint) => !isError(complaint));
  return [...errors, ...warnings].map(complaintBlock).join("\n");
}

function complaintBlock(complaint: Complaint): string {
  const { severity, wrong, expected, remedy } = complaint;
  const lines = [`${severity}: ${subjectText(complaint)}`, `    wrong:    ${wrong}`];
  if (expected !== undefined) lines.push(`    expected: ${expected}`);
  if (remedy !== undefined) lines.push(`    to do:    ${remedy}`);
  return `${lines.join("\n")}\n`;
}

function subjectText({ key, value, where }: Complaint): string {
  const subject = value === undefined ? key : `${key} = ${shownValue(value)}`;
  return where.kind === "nowhere" ? subject : `${subject} (${whereText(where)})`;
}

/**
 * Quoted, without control characters that would forge lines of a terminal or a log, and never
 * endless.
 */
function shownValue(value: string): string {
  const quoted = JSON.stringify(value.slice(0, maxShownLength));
  return value.length > maxShownLength ? `${quoted}…` : quoted;
}

/** The same complaint once, even where several VIPs share the setting that it is about. */
export function distinctComplaints(complaints: readonly Complaint[]): readonly Complaint[] {
  return [
    ...new Map(complaints.map((complaint) => [JSON.stringify(complaint), complaint])).values(),
  ];
}
