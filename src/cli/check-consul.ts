/**
 * What each Consul endpoint says about the leader key: there or not, whose, and locked or not; and
 * what the first that answers says about the configuration beside it.
 *
 * A token without the right to read can look like a missing key, and a wrong key like a cluster
 * without a leader; so the value seen is shown, and what else may be behind an empty answer.
 */
import type { Settings, VipSettings } from "../agent/config/settings.ts";
import type { ConsulCode, KeyAnswer } from "../clients/consul.ts";
import { endpointName } from "../clients/endpoint.ts";
import { configFindings } from "./check-config.ts";
import type { Eyes, Finding } from "./finding.ts";

export async function consulFindings(settings: Settings, eyes: Eyes): Promise<readonly Finding[]> {
  const keys = [...new Map(settings.vips.map((vip) => [vip.key, vip])).values()];
  const asked = settings.consul.endpoints.map(async (endpoint) => {
    const subject = `Consul ${endpointName(endpoint)}`;
    const answers: { readonly isAnswer: boolean; readonly finding: Finding }[] = [];
    for (const vip of keys) {
      const outcome = await eyes.readKey(endpoint, vip.key);
      const finding = outcome.ok
        ? answerFinding({
            subject,
            vip,
            answer: outcome.value,
            requireSession: settings.requireSession,
          })
        : failureFinding(subject, vip.key, outcome);
      answers.push({ isAnswer: outcome.ok, finding });
    }
    return answers;
  });
  const byEndpoint = await Promise.all(asked);
  const answers = byEndpoint.flat();
  // One endpoint that fails is what the others are there for; when none answers, there is nothing
  // to go by.
  const isAnyAnswer = answers.some(({ isAnswer }) => isAnswer);
  const findings = answers.map(({ isAnswer, finding }): Finding => {
    return isAnswer || isAnyAnswer ? finding : { ...finding, severity: "error" };
  });
  const answering = settings.consul.endpoints.find((_, index) =>
    byEndpoint[index]?.some(({ isAnswer }) => isAnswer),
  );
  if (answering === undefined) return findings;
  return [...findings, ...(await configFindings(settings, answering, eyes))];
}

type Answered = {
  readonly subject: string;
  readonly vip: VipSettings;
  readonly answer: KeyAnswer;
  readonly requireSession: boolean;
};

function answerFinding({ subject, vip, answer, requireSession }: Answered): Finding {
  const { entry } = answer;
  if (entry === undefined) {
    return {
      severity: "warning",
      subject,
      found: `answers; there is no key ${vip.key}, or the token may not see it`,
      remedy:
        "compare trigger-key with Patroni's namespace and scope; see whether there is a leader",
    };
  }
  const isMe = entry.value === vip.member;
  const leader = isMe ? "this member" : `another member than ${JSON.stringify(vip.member)}`;
  const found = `${vip.key} is ${JSON.stringify(entry.value.slice(0, 120))}, ${leader}`;
  if (entry.session !== undefined)
    return { severity: "good", subject, found: `${found}, locked by a session` };
  return requireSession
    ? {
        severity: "warning",
        subject,
        found: `${found}, but no session locks it, so that it counts for nothing`,
        remedy:
          "look whether Patroni runs; if something else writes the key, set require-session: false",
      }
    : { severity: "good", subject, found: `${found}, locked by no session` };
}

const failureWords: Readonly<Record<ConsulCode, string>> = {
  refused: "refuses the connection",
  timeout: "does not answer in time",
  forbidden: "answers 403: the token may not read the key",
  throttled: "answers 429: too many requests",
  unavailable: "answers that it is unavailable; it may have no leader",
  tls: "cannot be spoken to by TLS",
  "not-consul": "answers, but not as Consul does",
  failed: "cannot be asked",
  aborted: "was not asked to the end",
};

function failureFinding(
  subject: string,
  key: string,
  failure: { readonly code: ConsulCode; readonly detail: string },
): Finding {
  // Patroni's timings stand beside the leader key.
  const prefix = key.slice(0, key.lastIndexOf("/") + 1) || key;
  const remedy =
    failure.code === "forbidden"
      ? { remedy: `give the token the policy key_prefix "${prefix}" { policy = "read" }` }
      : {};
  return {
    severity: "warning",
    subject,
    found: `${failureWords[failure.code]} (${failure.detail})`,
    ...remedy,
  };
}
