/**
 * `--local`: one of the hosts is this machine, by its address.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { hostOfThisMachine } from "../../../src/cli/provision/local-host.ts";
import { initText } from "../../../src/provision/cluster/init.ts";
import { makeFolder } from "../../support/folder.ts";
import { vipAgent } from "../spawn.ts";

const folder = makeFolder();

const hosts = [
  { name: "test-db1", address: "192.168.1.141" },
  { name: "test-db2", address: "192.168.1.142" },
];

function interfacesWith(address: string) {
  const rest = { netmask: "255.255.255.0", mac: "", internal: false, cidr: null } as const;
  const loopback = { ...rest, family: "IPv4", address: "127.0.0.1", internal: true } as const;
  return { lo: [loopback], eth0: [{ ...rest, family: "IPv4", address } as const] };
}

test("The host of this machine is the one whose address it has.", () => {
  assert.equal(hostOfThisMachine(hosts, interfacesWith("192.168.1.142")), "test-db2");
  assert.equal(hostOfThisMachine(hosts, interfacesWith("192.168.1.14")), undefined);
  assert.equal(hostOfThisMachine(hosts, {}), undefined);
});

for (const verb of ["preflight", "plan", "apply", "status"]) {
  test(`Where this machine is none of the hosts, ${verb} --local asks none of them.`, () => {
    const file = join(folder, "cluster.yml");
    writeFileSync(file, initText("six-hosts").replaceAll("192.168.1.", "192.0.2."));
    const { code, stdout, stderr } = vipAgent(["provision", verb, file, "--local"], {});
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /no host of \S+ has an address of this machine\n {4}to do: leave --local out/,
    );
  });
}
