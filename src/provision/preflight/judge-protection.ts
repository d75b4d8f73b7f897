/**
 * What on the host may refuse, change or hold up what provisioning does.
 */
import { isDatabase } from "../cluster/hosts.ts";
import { lockFolder } from "../executor/lock.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, orFine, warning } from "./finding.ts";
import type { Knowledge, Sighted } from "./sighted.ts";

export function protectionFindings(
  { host, survey }: Sighted,
  { lockOwner }: Knowledge,
): readonly Finding[] {
  const { selinux, digitalSignature, umask, lock } = survey.protection;
  const { upgraders } = survey.programs;
  const findings: Finding[] = [];
  if (selinux === "enforcing") {
    findings.push(
      warning({
        host,
        code: "selinux-enforcing",
        finding:
          "SELinux is enforcing; folders of PostgreSQL that are not the system's have no label",
        remedy:
          "label data and WAL roots as postgresql_db_t (semanage fcontext, restorecon), or see in " +
          "the audit log what is denied",
      }),
    );
  }
  if (digitalSignature !== undefined) {
    findings.push(
      error({
        host,
        code: "digital-signature",
        finding: `programs without a signature may not run here (${digitalSignature})`,
        remedy:
          "sign Consul, vip-agent and the wheels of Patroni with a key of your own, or set " +
          "DIGSIG_ELF_MODE=0 and restart the host",
      }),
    );
  }
  if (upgraders.length > 0 && isDatabase(host)) {
    findings.push(
      warning({
        host,
        code: "unattended-upgrades",
        finding: `${upgraders.join(", ")} installs upgrades by itself, and restarts what it upgrades`,
        remedy: "except PostgreSQL and vip-agent from it, or hold their packages (apt-mark hold)",
      }),
    );
  }
  if (umask !== undefined && isClosed(umask)) {
    findings.push(
      warning({
        host,
        code: "umask",
        finding: `the umask of root is ${umask}: others may not read what packages make by their scripts`,
        remedy: "set it to 022 for the login",
      }),
    );
  }
  if (lock !== undefined && lock.owner !== lockOwner) {
    const { owner, machine, ageS } = lock;
    const age = ageS === undefined ? "" : `, for ${Math.round(ageS / 60)} min`;
    const place = machine === "" ? "" : ` on ${machine}`;
    findings.push(
      error({
        host,
        code: "locked",
        finding: `locked by ${owner || "an unknown run"}${place}${age}`,
        remedy: `wait for that run; if it is over, remove ${lockFolder} there`,
      }),
    );
  }
  return orFine(findings, fine(host, "protection", "nothing refuses programs or changes packages"));
}

/** Whether others lose the right to read or to enter. */
function isClosed(umask: string): boolean {
  const digits = /^[0-7]{1,4}$/.test(umask) ? Number.parseInt(umask, 8) : 0;
  return (digits & 0o005) !== 0;
}
