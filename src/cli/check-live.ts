/**
 * Whether this host and the Consul agents it names are fit for the configuration.
 *
 * Each finding is one thing that was looked at, good or bad, so that what has been checked can be
 * seen as well as what is wrong. Nothing is changed; Patroni is woken once. How the world is looked
 * at is handed in (see check-eyes.ts), so that every kind of broken host can be tried without having
 * one.
 */
import type { PatroniFile } from "../agent/config/patroni-file.ts";
import type { Settings, VipSettings } from "../agent/config/settings.ts";
import { hostPrefixLength, isSameSubnet } from "../vip/address.ts";
import { type InterfaceState, findAddress, ownAddresses } from "../vip/observe.ts";
import type { Tool, ToolName, Tools } from "../vip/tools.ts";
import { callbackFindings } from "./check-callbacks.ts";
import { consulFindings } from "./check-consul.ts";
import { patroniFindings } from "./check-patroni.ts";
import type { Eyes, Finding } from "./finding.ts";

export async function checkLive(
  settings: Settings,
  eyes: Eyes,
  patroniFile?: PatroniFile,
): Promise<readonly Finding[]> {
  const interfaces = Object.groupBy(settings.vips, (vip) => vip.interface);
  const findings: Finding[] = [...toolFindings(settings, eyes.tools)];
  for (const [name, vips = []] of Object.entries(interfaces)) {
    findings.push(
      ...(await interfaceFindings({ name, vips, lifetimeS: settings.lifetimeS }, eyes)),
    );
  }
  return [
    ...findings,
    ...(await consulFindings(settings, eyes)),
    ...(await patroniFindings(settings, eyes)),
    ...(await callbackFindings(settings, patroniFile, eyes)),
  ];
}

function toolFindings(settings: Settings, tools: Tools): readonly Finding[] {
  const isWanted: Record<ToolName, boolean> = {
    ip: true,
    arping: settings.announce && settings.vips.some((vip) => vip.address.family === "ipv4"),
    ndptool: settings.announce && settings.vips.some((vip) => vip.address.family === "ipv6"),
    nft: settings.guard,
    ss: settings.reset,
  };
  const names = ["ip", "arping", "ndptool", "nft", "ss"] as const;
  return names.filter((name) => isWanted[name]).map((name) => toolFinding(name, tools[name]));
}

function toolFinding(name: ToolName, tool: Tool): Finding {
  if (tool.ok) return { severity: "good", subject: name, found: `${tool.path}, ${tool.version}` };
  return {
    severity: name === "ip" ? "error" : "warning",
    subject: name,
    found: `${tool.problem}; without it ${tool.consequence}`,
    remedy: `install the package ${tool.package} (Debian's name for it)`,
  };
}

type Carrier = {
  readonly name: string;
  readonly vips: readonly VipSettings[];
  readonly lifetimeS: number;
};

async function interfaceFindings(carrier: Carrier, eyes: Eyes): Promise<readonly Finding[]> {
  const subject = `interface ${carrier.name}`;
  const outcome = await eyes.observe(carrier.name);
  if (!outcome.ok) return [{ severity: "error", subject, found: outcome.detail }];
  const state = outcome.value;
  if (state.kind === "absent") {
    return [
      { severity: "error", subject, found: "does not exist", remedy: "compare with `ip link`" },
    ];
  }
  return [
    linkFinding(subject, state),
    ...carrier.vips.flatMap((vip) =>
      vipFindings({ vip, state, lifetimeS: carrier.lifetimeS }, eyes),
    ),
  ];
}

function linkFinding(
  subject: string,
  state: Extract<InterfaceState, { kind: "present" }>,
): Finding {
  if (!state.isUp) {
    return {
      severity: "error",
      subject,
      found: "is down",
      remedy: "set it up with `ip link set up`",
    };
  }
  if (!state.hasCarrier) return { severity: "warning", subject, found: "is up, without a carrier" };
  return { severity: "good", subject, found: "is up" };
}

type Bearing = {
  readonly vip: VipSettings;
  readonly state: InterfaceState;
  readonly lifetimeS: number;
};

function vipFindings(bearing: Bearing, eyes: Eyes): readonly Finding[] {
  const { vip, state } = bearing;
  const subject = `VIP ${vip.address.text}`;
  const elsewhere = eyes.holdersOf(vip.address.text).filter((name) => name !== vip.interface);
  const findings: Finding[] = elsewhere.map((name) => ({
    severity: "error",
    subject,
    found: `is an address of this host's interface ${name}`,
    remedy: "remove it there, or choose another VIP",
  }));
  const held = heldFinding(bearing, subject, eyes);
  findings.push(held);
  // Of the host's own address there is nothing more to say.
  if (held.severity === "error") return [...findings, ...promotionFindings(vip, eyes)];
  const subnets = ownAddresses(state, vip.address.family, vip.address);
  const isReachable = subnets.some(({ address, prefixLength }) =>
    isSameSubnet(address, vip.address, prefixLength),
  );
  if (!isReachable) {
    findings.push({
      severity: "warning",
      subject,
      found: `lies in no subnet of ${vip.interface}, so that neighbours there do not ask for it`,
      remedy: "compare ip and interface with the addresses of `ip addr`",
    });
  }
  return [...findings, ...promotionFindings(vip, eyes)];
}

/** An address without an end is not the agent's, unless the dead-man switch is off. */
function heldFinding({ vip, state, lifetimeS }: Bearing, subject: string, eyes: Eyes): Finding {
  const [held] = findAddress(state, vip.address);
  if (held === undefined) return { severity: "good", subject, found: "is not on this host" };
  if (held.expiresInS !== "endless") {
    return { severity: "good", subject, found: `is here, for another ${held.expiresInS} s` };
  }
  const found = `is an address of ${vip.interface} without an end`;
  if (lifetimeS === 0)
    return { severity: "warning", subject, found: `${found}; lifetime 0 may be why` };
  if (eyes.hasVipManager()) {
    return {
      severity: "warning",
      subject,
      found: `${found}: the vip-manager that runs here has put it there`,
      remedy: "stop vip-manager, then start the agent: it adopts the VIP",
    };
  }
  return {
    severity: "error",
    subject,
    found: `${found}: the host's own, or put there by another program`,
    remedy:
      "choose another VIP; or stop the program that has put it there, then run `vip-agent release`",
  };
}

function promotionFindings(vip: VipSettings, eyes: Eyes): readonly Finding[] {
  const isHostPrefix = vip.prefixLength === hostPrefixLength[vip.address.family];
  if (vip.address.family === "ipv6" || isHostPrefix) return [];
  const isPromoting = eyes.isPromotingSecondaries(vip.interface);
  const subject = `promote_secondaries of ${vip.interface}`;
  if (isPromoting === true) return [{ severity: "good", subject, found: "is 1" }];
  return [
    {
      severity: "warning",
      subject,
      found:
        `is ${isPromoting === false ? "0" : "unknown"}; with netmask ${vip.prefixLength}, ` +
        "removing the subnet's first address removes all its others, the host's own too",
      remedy: `leave netmask out, or set net.ipv4.conf.${vip.interface}.promote_secondaries = 1`,
    },
  ];
}
