/**
 * Whether Patroni's live configuration can be read, the key beside the leader key, and what it says.
 *
 * From it come the timings that the lease is made of, pause, failsafe mode and the standby cluster.
 * A token that allows the leader key alone is not noticed otherwise: the agent then goes by
 * Patroni's defaults, which is wrong as soon as somebody changes them.
 */
import type { Settings } from "../agent/config/settings.ts";
import { configKeyOf, parseConfig } from "../agent/sources/cluster-config.ts";
import type { ConsulEndpoint } from "../clients/endpoint.ts";
import { defaultTimings } from "../policy/lease.ts";
import type { Eyes, Finding } from "./finding.ts";

/** `endpoint` is one that has answered. */
export async function configFindings(
  settings: Settings,
  endpoint: ConsulEndpoint,
  eyes: Eyes,
): Promise<readonly Finding[]> {
  const keys = new Set(settings.vips.map(({ key }) => configKeyOf(key)));
  const found = [...keys].map(async (key): Promise<readonly Finding[]> => {
    if (key === undefined) return [];
    const subject = `Patroni's configuration ${key}`;
    const outcome = await eyes.readKey(endpoint, key);
    if (outcome.ok) return [answerFinding(subject, outcome.value.entry?.value, settings)];
    const isForbidden = outcome.code === "forbidden";
    const prefix = key.slice(0, key.lastIndexOf("/") + 1);
    return [
      {
        severity: "warning",
        subject,
        found: `${isForbidden ? "may not be read" : "cannot be read"} (${outcome.detail}); ${assumed}`,
        ...(isForbidden
          ? { remedy: `give the token the policy key_prefix "${prefix}" { policy = "read" }` }
          : {}),
      },
    ];
  });
  return (await Promise.all(found)).flat();
}

const assumed =
  `Patroni's defaults are assumed: ttl ${defaultTimings.ttlMs / 1_000}, ` +
  `loop_wait ${defaultTimings.loopWaitMs / 1_000}, ` +
  `retry_timeout ${defaultTimings.retryTimeoutMs / 1_000}`;

function answerFinding(
  subject: string,
  text: string | undefined,
  { standbyVip }: Settings,
): Finding {
  if (text === undefined) {
    return {
      severity: "warning",
      subject,
      found: `is not there, or the token may not see it; ${assumed}`,
      remedy: "compare trigger-key with Patroni's namespace and scope",
    };
  }
  const config = parseConfig(text);
  if (config === undefined) {
    return { severity: "warning", subject, found: `is no JSON of Patroni's; ${assumed}` };
  }
  const { timings, mode } = config;
  const seconds = [timings.ttlMs, timings.loopWaitMs, timings.retryTimeoutMs].map(
    (ms) => ms / 1_000,
  );
  const words = [
    `ttl ${seconds[0]}, loop_wait ${seconds[1]}, retry_timeout ${seconds[2]}`,
    ...(mode.isPaused ? ["paused"] : []),
    ...(mode.hasFailsafe ? ["failsafe mode"] : []),
    ...(mode.isStandby ? [`standby cluster, ${standbyVip ? "with" : "without"} the VIP`] : []),
  ];
  return { severity: "good", subject, found: `says ${words.join(", ")}` };
}
