/**
 * Programs that judge what is rendered: the real Consul, Patroni's own Python, systemd, PostgreSQL.
 *
 * A test that lacks its judge says which one and is skipped; on CI that is an error.
 */
import { globSync } from "node:fs";
import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { attempt } from "../../../lab/command.ts";
import { findConsul } from "../../../lab/consul-node.ts";

const finders = {
  consul: findConsul,
  /** The Python of an environment that has Patroni. */
  patroni: async () => `${await patroniFolder()}/bin/python`,
  "systemd-analyze": () => programAt("/usr/bin/systemd-analyze"),
  postgres: postgresProgram,
};

export type Judge = keyof typeof finders;

export async function pathOf(judge: Judge): Promise<string> {
  return await finders[judge]();
}

/** What to give to the `skip` option of a test: false, or what is missing. */
export async function skipWithoutJudge(judge: Judge): Promise<string | false> {
  try {
    await pathOf(judge);
    return false;
  } catch (error) {
    const missing = `missing: ${judge}: ${String(error)}`;
    if (process.env["CI"] === "true") throw new Error(missing, { cause: error });
    return missing;
  }
}

async function patroniFolder(): Promise<string> {
  const script = fileURLToPath(new URL("../../../setup/patroni.sh", import.meta.url));
  const { exitCode, stdout } = await attempt(["sh", script, "4.1.5"]);
  if (exitCode !== 0) throw new Error("npm run setup brings Patroni");
  return stdout.trim();
}

async function postgresProgram(): Promise<string> {
  const found = globSync("/usr/lib/postgresql/*/bin/postgres");
  const last = found.toSorted().at(-1);
  if (last === undefined) throw new Error("npm run setup brings PostgreSQL");
  return last;
}

async function programAt(path: string): Promise<string> {
  await access(path);
  return path;
}
