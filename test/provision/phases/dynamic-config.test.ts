/**
 * What has to be sent to Patroni so that its configuration is as wanted: what differs, and no more.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { changeBetween } from "../../../src/provision/phases/dynamic-config.ts";

const wanted = {
  ttl: 30,
  failsafe_mode: true,
  postgresql: { use_slots: true, parameters: { max_connections: 100, shared_buffers: "512MB" } },
};

test("nothing is sent where all is as wanted, whatever else an operator has set", () => {
  const found = {
    ...wanted,
    pause: true,
    postgresql: {
      ...wanted.postgresql,
      pg_hba: ["mine"],
      parameters: { ...wanted.postgresql.parameters, work_mem: "8MB" },
    },
  };
  assert.equal(changeBetween(found, wanted), undefined);
});

test("a number and the same number as text are the same", () => {
  const parameters = { max_connections: "100", shared_buffers: "512MB" };
  const found = { ...wanted, postgresql: { use_slots: true, parameters } };
  assert.equal(changeBetween(found, wanted), undefined);
});

test("only what differs is sent, in its place", () => {
  const parameters = { max_connections: 90, shared_buffers: "512MB" };
  const found = { ttl: 20, failsafe_mode: true, postgresql: { use_slots: true, parameters } };
  assert.deepEqual(changeBetween(found, wanted), {
    ttl: 30,
    postgresql: { parameters: { max_connections: 100 } },
  });
});

test("everything is sent where nothing is found, and what is false where it is absent", () => {
  assert.deepEqual(changeBetween({}, wanted), wanted);
  assert.deepEqual(changeBetween(undefined, wanted), wanted);
  assert.deepEqual(changeBetween({ pause: null }, { pause: false }), { pause: false });
});
