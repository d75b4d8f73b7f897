/**
 * What this host's Patroni says, and whether it lets itself be woken.
 *
 * None of it is needed to follow the key, so what is missing is a warning; where the agent goes by
 * Patroni alone it is an error.
 */
import type { Settings } from "../agent/config/settings.ts";
import { scopeOfKey } from "../agent/sources/callbacks.ts";
import { endpointName } from "../clients/endpoint.ts";
import type { PatroniAnswer, PatroniCode } from "../clients/patroni.ts";
import type { Outcome } from "../outcome.ts";
import type { Eyes, Finding } from "./finding.ts";

export async function patroniFindings(settings: Settings, eyes: Eyes): Promise<readonly Finding[]> {
  if (settings.patroni === undefined) return [];
  const subject = `Patroni ${endpointName({ kind: "tcp", ...settings.patroni })}`;
  const answer = await eyes.askPatroni(settings.patroni);
  if (!answer.ok) return [silentFinding(subject, settings, answer)];
  const findings = [...identityFindings(subject, settings, answer.value)];
  if (settings.wake) findings.push(wakeFinding(subject, await eyes.wakePatroni(settings.patroni)));
  return findings;
}

type Silence = Extract<Outcome<unknown, PatroniCode>, { ok: false }>;

function silentFinding(subject: string, { source, gate }: Settings, { detail }: Silence): Finding {
  return {
    severity: source === "patroni" || gate === "writable" ? "error" : "warning",
    subject,
    found: `gives no answer: ${detail}`,
    remedy: "compare with restapi.listen and connect_address of patroni.yml; see whether it runs",
  };
}

function identityFindings(subject: string, settings: Settings, answer: PatroniAnswer): Finding[] {
  const { role, postgres, name, scope, isPaused } = answer;
  const state = `${name ?? "a member"} of ${scope ?? "some cluster"}: ${role}, ${postgres}`;
  const found = `is ${state}${isPaused ? ", paused" : ""}`;
  const findings: Finding[] = [{ severity: "good", subject, found }];
  const [vip] = settings.vips;
  const wanted = vip && scopeOfKey(vip.key);
  if (wanted !== undefined && scope !== undefined && scope !== wanted) {
    findings.push({
      severity: "error",
      subject,
      found: `is of the scope ${scope}, and the leader key is that of ${wanted}`,
      remedy: "name the Patroni of this cluster, or correct trigger-key",
    });
  }
  const isNameCompared = settings.source === "consul";
  if (isNameCompared && vip !== undefined && name !== undefined && name !== vip.member) {
    findings.push({
      severity: "error",
      subject,
      found: `is the member ${name}, and the VIP is for ${vip.member}`,
      remedy: "name the Patroni of this host, or correct trigger-value",
    });
  }
  return findings;
}

function wakeFinding(subject: string, outcome: Outcome<void, PatroniCode>): Finding {
  if (outcome.ok) return { severity: "good", subject, found: "lets itself be woken" };
  const isForbidden = outcome.code === "forbidden";
  return {
    severity: "warning",
    subject,
    found: `cannot be woken: ${outcome.detail}; a lost key or postmaster waits for its next loop`,
    ...(isForbidden
      ? {
          remedy:
            "set patroni-username and patroni-password-file to its restapi.authentication, " +
            "or wake: false",
        }
      : {}),
  };
}
