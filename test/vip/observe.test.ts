/**
 * What `ip -json address show` prints, as recorded from iproute2 6.1, and what is read from it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../../src/vip/address.ts";
import { findAddress, ownAddresses, parseInterface } from "../../src/vip/observe.ts";

const recorded = JSON.stringify([
  {},
  {
    ifindex: 2,
    ifname: "eth0",
    flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
    mtu: 1500,
    operstate: "UP",
    address: "02:00:00:00:00:8d",
    addr_info: [
      {
        family: "inet",
        local: "192.168.1.141",
        prefixlen: 24,
        scope: "global",
        label: "eth0",
        valid_life_time: 4_294_967_295,
        preferred_life_time: 4_294_967_295,
      },
      {},
      {
        family: "inet",
        local: "192.168.1.140",
        prefixlen: 32,
        scope: "global",
        deprecated: true,
        dynamic: true,
        label: "eth0",
        valid_life_time: 5,
        preferred_life_time: 0,
      },
      { family: "inet6", local: "fe80::8dff:fe00:8d", prefixlen: 64, scope: "link" },
    ],
  },
]);

const vip = parseAddress("192.168.1.140");
assert(vip !== undefined);

test("an interface is read with its addresses and their lifetimes", () => {
  const state = parseInterface(recorded, "eth0");
  assert(state?.kind === "present");
  assert.equal(state.isUp, true);
  assert.equal(state.hasCarrier, true);
  assert.deepEqual(
    state.addresses.map(({ address, prefixLength, expiresInS }) => {
      return [address.text, prefixLength, expiresInS];
    }),
    [
      ["192.168.1.141", 24, "endless"],
      ["192.168.1.140", 32, 5],
      ["fe80::8dff:fe00:8d", 64, "endless"],
    ],
  );
});

test("the VIP is found with whatever prefix it has; the host's own addresses are the others", () => {
  const state = parseInterface(recorded, "eth0");
  assert(state !== undefined);
  assert.deepEqual(
    findAddress(state, vip).map(({ prefixLength }) => prefixLength),
    [32],
  );
  assert.deepEqual(
    ownAddresses(state, "ipv4", vip).map(({ address }) => address.text),
    ["192.168.1.141"],
  );
  assert.deepEqual(ownAddresses(state, "ipv6", vip), []);
});

test("an interface without a cable says so", () => {
  const state = parseInterface(recorded.replace('"LOWER_UP"', '"NO-CARRIER"'), "eth0");
  assert(state?.kind === "present");
  assert.equal(state.hasCarrier, false);
});

test("an interface that is down has no carrier, whatever it says", () => {
  const state = parseInterface(recorded.replace('"UP","LOWER_UP"', '"M-DOWN"'), "eth0");
  assert(state?.kind === "present");
  assert.deepEqual([state.isUp, state.hasCarrier], [false, false]);
});

test("an interface is found by its alternative name", () => {
  const named = recorded.replace('"addr_info"', '"altnames":["lan","enp1s0"],"addr_info"');
  const state = parseInterface(named, "enp1s0");
  assert(state !== undefined);
  assert.equal(findAddress(state, vip).length, 1);
});

test("an interface that ip did not print does not exist", () => {
  assert.deepEqual(parseInterface(recorded, "eth1"), { kind: "absent" });
});

for (const line of ["", "Device does not exist", '{"ifname":"eth0"}', '[{"ifname":7}]']) {
  test(`"${line}" is no observation`, () => {
    assert.equal(parseInterface(line, "eth0"), undefined);
  });
}
