/**
 * Whether the VIP is free, or where it shall be.
 *
 * Who answers for it on the wire is known by a MAC. If that is one of our own hosts, and an agent runs
 * there, it is as it should be; which host it is, verify looks at.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, orFine, warning } from "./finding.ts";
import { type Sighted, unitOf } from "./sighted.ts";

export function vipFindings({ vip }: Cluster, all: readonly Sighted[]): readonly Finding[] {
  const databases = all.filter(({ host }) => isDatabase(host));
  if (databases.length === 0) return [];
  const present = all.flatMap((sighted) => presentFindings(vip.address, sighted));
  const answered = answerFindings(vip.address, databases, all);
  const isAsked = databases.some(
    ({ survey }) => (survey.wire?.vip.kind ?? "unasked") !== "unasked",
  );
  const good = fine(undefined, "vip", `${vip.address} is free, or an agent's`);
  const unasked = warning({
    code: "vip-unchecked",
    finding: `whether somebody answers for ${vip.address} could not be asked on the wire`,
    remedy: `install iputils-arping on a database host, or ping ${vip.address} from one`,
  });
  return orFine([...present, ...answered], isAsked ? good : unasked);
}

function presentFindings(address: string, { host, survey }: Sighted): readonly Finding[] {
  const bearer = survey.network.interfaces?.find((one) => {
    return one.addresses.some((held) => held.address === address);
  });
  if (bearer === undefined || (isDatabase(host) && unitOf(survey, "vip-agent").isActive)) return [];
  return [
    error({
      host,
      code: "vip-present",
      finding: `the VIP ${address} is on its ${bearer.name}, and no vip-agent runs there`,
      remedy:
        "stop what has put it there (vip-manager, keepalived, a callback script, the network's own " +
        `configuration), then ip address del ${address} dev ${bearer.name}; or choose another VIP`,
    }),
  ];
}

function answerFindings(
  address: string,
  databases: readonly Sighted[],
  all: readonly Sighted[],
): readonly Finding[] {
  const own = new Set(
    all.flatMap(({ survey }) => (survey.network.interfaces ?? []).map(({ mac }) => mac)),
  );
  const strangers = databases.flatMap(({ host, survey }) => {
    const answer = survey.wire?.vip;
    return answer?.kind === "answered" && !own.has(answer.mac) ? [{ host, mac: answer.mac }] : [];
  });
  const [first] = strangers;
  if (first === undefined) return [];
  const seen = strangers.map(({ host }) => host.name).join(", ");
  return [
    error({
      host: first.host,
      code: "vip-answered",
      finding: `another host answers for the VIP ${address}: ${first.mac} (as seen by ${seen})`,
      remedy: "find the host with this MAC and take the address from it, or choose another VIP",
    }),
  ];
}
