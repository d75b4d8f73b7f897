/**
 * Roles and databases of the cluster file, made on the leader.
 *
 * Only what is missing is made; what is there is never changed, least of all a password. The
 * statements go to psql's stdin, where no list of processes shows them.
 */
import { type Outcome, done, failed } from "../../outcome.ts";
import { bootstrapSql } from "../render/roles.ts";
import type { Host } from "../cluster/cluster.ts";
import type { Step } from "./phase.ts";
import type { Ports } from "./ports.ts";
import { type World, layoutFor } from "./world.ts";

const deadlineMs = 60_000;

const inventory =
  "select 'role', rolname from pg_roles union all select 'database', datname from pg_database";

/** `leader` is the host of the Patroni leader. */
export async function databaseSteps(
  world: World,
  ports: Ports,
  leader: Host,
): Promise<Outcome<readonly Step[], "refused">> {
  const answer = await psql(world, ports, leader, inventory);
  if (!answer.ok) return failed("refused", answer.detail);
  const there = new Set(answer.value.split("\n").map((line) => line.trim()));
  const { roles, databases } = world.cluster.postgresql;
  const missing = [
    ...roles.filter(({ name }) => !there.has(`role|${name}`)).map(({ name }) => `role ${name}`),
    ...databases
      .filter(({ name }) => !there.has(`database|${name}`))
      .map(({ name }) => `database ${name}`),
  ];
  if (missing.length === 0) return done([]);
  const perform = async (): Promise<Outcome<void>> => {
    const made = await psql(world, ports, leader, bootstrapSql(world.cluster, world.secrets).text);
    return made.ok ? done(undefined) : made;
  };
  return done([{ summary: `make ${missing.join(", ")} on ${leader.name}`, perform }]);
}

async function psql(
  world: World,
  ports: Ports,
  host: Host,
  sql: string,
): Promise<Outcome<string, "refused">> {
  const layout = layoutFor(world, host);
  const asSuperuser = ["runuser", "-u", layout.user, "--"];
  const quietly = ["--no-psqlrc", "--no-align", "--tuples-only", "--quiet"];
  const place = [`--host=${layout.socketFolder}`, `--port=${world.cluster.postgresql.port}`];
  const input = ["--dbname=postgres", "--set=ON_ERROR_STOP=1", "--file=-"];
  const argv = [...asSuperuser, `${layout.binFolder}/psql`, ...quietly, ...place, ...input];
  const answer = await ports.executor(host).ask(argv, { stdin: sql, deadlineMs });
  if (!answer.ok) return failed("refused", answer.detail);
  const { exitCode, stdout, stderr } = answer.value;
  if (exitCode === 0) return done(stdout);
  // What psql quotes of a statement could hold a password.
  const words = stderr.split("\n").filter((line) => line.includes("ERROR:"));
  return failed("refused", `psql on ${host.name} ended with ${exitCode}: ${words.join(" ")}`);
}
