/**
 * Which names may enter a line that `ip -batch` reads.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../../src/vip/address.ts";
import { bindCommand, releaseCommand } from "../../src/vip/bind.ts";
import { isInterfaceName } from "../../src/vip/interface-name.ts";

for (const name of ["eth0", "bond0.100", "br-lan", "enp0s31f6", "wg_vip@", "übertragung"]) {
  test(`"${name}" can be an interface`, () => assert(isInterfaceName(name)));
}

const impossible = ["", ".", "..", "a b", "a\tb", "a\nb", "a#b", 'a"b', "a'b", "a\\", "a/b", "a:1"];
for (const name of [...impossible, "\u0000", "\u0085", "x".repeat(128)]) {
  test(`${JSON.stringify(name).slice(0, 20)} cannot`, () => assert(!isInterfaceName(name)));
}

test("a command is never made of one that cannot", () => {
  const address = parseAddress("192.168.1.140");
  assert(address !== undefined);
  const vip = { address, prefixLength: 32, interface: "eth0\naddress flush dev eth1" };
  assert.throws(() => bindCommand(vip, 5), /cannot be the name/);
  assert.throws(() => releaseCommand(vip, 32), /cannot be the name/);
});
