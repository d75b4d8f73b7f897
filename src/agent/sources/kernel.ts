/**
 * The kernel as a source: whenever something about an interface changed, looks what it holds now.
 *
 * Many events may come at once (a link that goes down takes its addresses along); they are answered
 * by one look. A change that happens while the look is under way causes one more.
 */
import type { InterfaceSeen } from "../../policy/sightings.ts";
import type { BoundVip } from "../../vip/bind.ts";
import type { IpBatch } from "../../vip/ip-batch.ts";
import { type InterfaceState, findAddress } from "../../vip/observe.ts";
import type { Clock } from "../../clock.ts";

export type KernelSourceOptions = {
  readonly interface: string;
  readonly ip: Pick<IpBatch, "run">;
  readonly clock: Clock;
  /** Called with what one look says about each VIP on that interface. */
  readonly onLook: (seen: (vip: BoundVip) => InterfaceSeen) => void;
};

/**
 * Returns what to call at each hint that something changed. A look that fails says nothing: the
 * keeper looks too.
 */
export function kernelSource(options: KernelSourceOptions): () => void {
  const { interface: name, ip, clock, onLook } = options;
  let isLooking = false;
  let isOutdated = false;
  const look = async (): Promise<void> => {
    do {
      isOutdated = false;
      const askedAtMs = clock.nowMs();
      const answer = await ip.run([], name);
      if (answer.ok) onLook((vip) => interfaceSeen(answer.value.state, vip, askedAtMs));
    } while (isOutdated);
    isLooking = false;
  };
  return () => {
    isOutdated = true;
    if (isLooking) return;
    isLooking = true;
    void look();
  };
}

/** What an observation of the interface says about the VIP. */
export function interfaceSeen(
  state: InterfaceState,
  vip: BoundVip,
  askedAtMs: number,
): InterfaceSeen {
  if (state.kind === "absent") return { kind: "interface-seen", askedAtMs, interface: state };
  const held = findAddress(state, vip.address).map(({ prefixLength, expiresInS }) => {
    return { prefixLength, expiresInS };
  });
  // Without a carrier nobody can be reached, and when it is back the neighbours have to be told.
  const isUp = state.isUp && state.hasCarrier;
  const seen = { kind: "present", isUp, held } as const;
  return { kind: "interface-seen", askedAtMs, interface: seen };
}
