/**
 * Which host answers for a VIP: this one, another, both or none.
 *
 * What this host has is read from its kernel; the others are asked on the wire, as an agent does that
 * looks for a conflict. An answer is a MAC. Whose it is, the members' own addresses tell: each is
 * asked in the same way until one answers with the same MAC.
 */
import type { VipSettings } from "../../agent/config/settings.ts";
import type { Outcome } from "../../outcome.ts";
import { parseAddress } from "../../vip/address.ts";
import { type ConflictProbe, canProbe } from "../../vip/conflict.ts";
import type { Member } from "./members.ts";

export type Answering = {
  readonly isHere: boolean;
  /** The MAC of another host that answers; null when none does, or none could be asked. */
  readonly mac: string | null;
  /** The member at whose address the same MAC answers. */
  readonly member: string | null;
  /** Why the wire could not be asked. */
  readonly problem: string | null;
};

export type WireEyes = {
  /** Whether this host has the address on any of its interfaces. */
  readonly isHere: (addressText: string) => boolean;
  /** The way to ask, or why there is none. */
  readonly probe: Outcome<ConflictProbe>;
};

/** A neighbour answers within a millisecond; who says nothing takes the whole second. */
const probeDeadlineMs = 1_000;

export async function whoAnswers(
  vip: VipSettings,
  members: readonly Member[],
  { isHere, probe }: WireEyes,
): Promise<Answering> {
  const nobody = { isHere: isHere(vip.address.text), mac: null, member: null };
  if (!canProbe(vip)) return { ...nobody, problem: "IPv6 is not asked for on the wire" };
  if (!probe.ok) return { ...nobody, problem: probe.detail };
  const asked = await probe.value(vip, probeDeadlineMs);
  if (!asked.ok) {
    const hint = "asking takes root, or an arping with the capability cap_net_raw";
    return { ...nobody, problem: `${asked.detail}; ${hint}` };
  }
  const mac = asked.value ?? null;
  const member = mac === null ? null : await memberWith(mac, vip, { members, probe: probe.value });
  return { ...nobody, mac, member, problem: null };
}

type Search = { readonly members: readonly Member[]; readonly probe: ConflictProbe };

async function memberWith(
  mac: string,
  vip: VipSettings,
  { members, probe }: Search,
): Promise<string | null> {
  const found = await Promise.all(
    members.map(async ({ name, host }) => {
      const address = parseAddress(host ?? "");
      if (address === undefined || !canProbe({ ...vip, address })) return undefined;
      const answer = await probe({ ...vip, address }, probeDeadlineMs);
      return answer.ok && answer.value === mac ? name : undefined;
    }),
  );
  return found.find((name) => name !== undefined) ?? null;
}
