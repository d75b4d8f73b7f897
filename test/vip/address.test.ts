/**
 * Addresses are values: spelling does not matter, and no address is a part of another.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type IpAddress,
  addressBits,
  isSameAddress,
  isSameSubnet,
  parseAddress,
} from "../../src/vip/address.ts";

function ip(text: string): IpAddress {
  const address = parseAddress(text);
  assert(address !== undefined, text);
  return address;
}

test("one address in two spellings is one address", () => {
  assert(isSameAddress(ip("2001:db8::140"), ip("2001:0DB8:0:0::0140")));
  assert.equal(ip("2001:0DB8:0:0::0140").text, "2001:db8::140");
});

test("an address whose text is a part of another's is another address", () => {
  assert(!isSameAddress(ip("27.0.0.1"), ip("127.0.0.1")));
  assert(!isSameAddress(ip("10.0.0.1"), ip("10.0.0.10")));
});

for (const text of [
  "",
  "10.0.0",
  "10.0.0.256",
  "10.0.0.1/24",
  "fe80::1%eth0",
  "db1",
  "::ffff:1:2:3:4:5:6:7",
]) {
  test(`"${text}" is no address`, () => {
    assert.equal(parseAddress(text), undefined);
  });
}

test("any spelling of any IPv6 address has the bits it was made of", () => {
  const hextet = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(hextet, { minLength: 8, maxLength: 8 }), (hextets) => {
      const text = hextets.map((part) => part.toString(16).padStart(4, "0")).join(":");
      const bits = hextets.reduce((sum, part) => (sum << 16n) | BigInt(part), 0n);
      assert.equal(addressBits(ip(text)), bits);
    }),
  );
});

test("an IPv6 address that ends in dotted form has its bits", () => {
  assert.equal(addressBits(ip("::ffff:192.168.1.140")), 0xffff_c0a8_018cn);
});

test("subnets are compared by their bits", () => {
  assert(isSameSubnet(ip("192.168.1.140"), ip("192.168.1.7"), 24));
  assert(!isSameSubnet(ip("192.168.1.140"), ip("192.168.2.140"), 24));
  assert(!isSameSubnet(ip("192.168.1.140"), ip("192.168.1.141"), 32));
  assert(isSameSubnet(ip("fd00:1::140"), ip("fd00:1::10"), 64));
  assert(!isSameSubnet(ip("192.168.1.140"), ip("fd00:1::10"), 0));
});
