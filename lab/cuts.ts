/**
 * Cuts between two hosts: nothing passes from one to the other any more, in both directions, while
 * everybody else hears both.
 *
 * The switch drops the frames, by a table of its own on the bridge, so that the hosts' own packet
 * filters are not touched and ARP is lost too. Every single frame is looked at: what is established
 * when the cut comes is silenced like all else. No end is told anything, as with a broken cable.
 */
import { attempt, run } from "./command.ts";
import { portOf, type HostName } from "./network.ts";

const TABLE = "bridge lab_cuts";

const SET_UP = `
  add table ${TABLE}
  add set ${TABLE} pairs { type ifname . ifname; }
  add chain ${TABLE} forward { type filter hook forward priority 0; }
  flush chain ${TABLE} forward
  add rule ${TABLE} forward iifname . oifname @pairs drop
`;

export async function cut(one: HostName, other: HostName): Promise<void> {
  await nft(`${SET_UP}\nadd element ${TABLE} pairs { ${pairs(one, other)} }`);
}

/** Undoes one cut; that there is none is no fault. */
export async function mend(one: HostName, other: HostName): Promise<void> {
  const element = `${TABLE} pairs { ${pairs(one, other)} }`;
  await nft(`${SET_UP}\nadd element ${element}\ndelete element ${element}`);
}

/** Undoes all cuts. */
export async function mendAll(): Promise<void> {
  await attempt(["nft", "delete", "table", ...TABLE.split(" ")]);
}

function pairs(one: HostName, other: HostName): string {
  const [first, second] = [portOf(one), portOf(other)];
  return `"${first}" . "${second}", "${second}" . "${first}"`;
}

async function nft(commands: string): Promise<void> {
  await run(["nft", "-f", "-"], { input: commands });
}
