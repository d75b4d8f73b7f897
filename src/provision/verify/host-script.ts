/**
 * What a host is asked: its units, its addresses, PostgreSQL by its socket, and the agent. One script,
 * read-only, sent on stdin like that of preflight, and its answer.
 *
 * PostgreSQL answers in one line of JSON, so that no name in it can be mistaken for anything else.
 */
import * as v from "valibot";

import { quote } from "../executor/shell.ts";
import type { Host } from "../cluster/cluster.ts";
import { isDatabase, servicesOf } from "../cluster/hosts.ts";
import { type World, layoutFor } from "../phases/world.ts";
import { interfacesIn } from "../preflight/parse-network.ts";
import { type Lines, linesOf, rowsOf, wordOf, wordsIn } from "../preflight/survey-lines.ts";
import { dataFolder } from "../render/paths.ts";
import type { AgentSight, HostSight, PostgresqlSight, UnitSight } from "./sights.ts";

const sql = `
SELECT jsonb_build_object(
  'isInRecovery', pg_catalog.pg_is_in_recovery(),
  'hasChecksums', pg_catalog.current_setting('data_checksums') = 'on',
  'pendingRestart', (SELECT coalesce(jsonb_agg(name), '[]') FROM pg_catalog.pg_settings
    WHERE pending_restart),
  'databases', (SELECT jsonb_agg(datname) FROM pg_catalog.pg_database),
  'roles', (SELECT jsonb_agg(rolname) FROM pg_catalog.pg_roles),
  'rules', (SELECT coalesce(jsonb_agg(jsonb_build_object('line', line_number, 'type', type,
    'database', database, 'user', user_name, 'address', address, 'netmask', netmask,
    'method', auth_method, 'error', error)), '[]') FROM pg_catalog.pg_hba_file_rules)
);
`;

const functions = String.raw`
line() {
    printf '%s\t%s\n' "$1" "$2"
}

units() {
    systemctl show -p Id -p ActiveState -p UnitFileState -p After -p RequiresMountsFor "$@" |
        while IFS= read -r property; do
            line unit "$property"
        done
}

postgresql() {
    line wal "$(readlink -f "$1/pg_wal")"
    [ -L "$1/pg_wal" ] && line wal-link yes
    shift
    if answer=$("$@" 2>&1 <<END
${sql}
END
    ); then
        line postgresql "$answer"
    else
        line postgresql-trouble "$(printf '%s\n' "$answer" | sed -n 1p | tr '\t' ' ')"
    fi
}

agent() {
    vip-agent status --json | while IFS= read -r status; do
        line agent "$status"
    done
}
`;

/** For `sh -s`. */
export function hostScript(world: World, host: Host): string {
  const calls = [
    ["units", ...servicesOf(host).map((name) => `${name}.service`)],
    ...(isDatabase(host)
      ? [["postgresql", dataFolder(world.cluster), ...psql(world, host)], ["agent"]]
      : []),
  ];
  return `${functions}
verify() {
    export LC_ALL=C
    line interfaces "$(ip -json -details address show | tr -d '\\n\\t')"
${calls.map((words) => `    ${words.map(quote).join(" ")}\n`).join("")}    line end
}

verify 2>/dev/null </dev/null
exit 0
`;
}

function psql(world: World, host: Host): readonly string[] {
  const layout = layoutFor(world, host);
  const { port } = world.cluster.postgresql;
  const program = ["timeout", "10", "runuser", "-u", layout.user, "--", `${layout.binFolder}/psql`];
  const options = [
    "--no-psqlrc",
    "--no-align",
    "--tuples-only",
    "--quiet",
    "--set=ON_ERROR_STOP=1",
  ];
  const place = [`--host=${layout.socketFolder}`, `--port=${port}`, "--dbname=postgres"];
  return [...program, ...options, ...place, "--file=-"];
}

const postgresqlSchema = v.object({
  isInRecovery: v.boolean(),
  hasChecksums: v.boolean(),
  pendingRestart: v.array(v.string()),
  databases: v.array(v.string()),
  roles: v.array(v.string()),
  rules: v.array(
    v.object({
      line: v.nullable(v.number()),
      type: v.nullable(v.string()),
      database: v.nullable(v.array(v.string())),
      user: v.nullable(v.array(v.string())),
      address: v.nullable(v.string()),
      netmask: v.nullable(v.string()),
      method: v.nullable(v.string()),
      error: v.nullable(v.string()),
    }),
  ),
});

const agentSchema = v.object({ vips: v.array(v.object({ attention: v.array(v.string()) })) });

/** Undefined: the answer is not whole. */
export function parseHost(text: string): HostSight | undefined {
  const lines = linesOf(text);
  if (lines === undefined) return undefined;
  const trouble = wordOf(lines, "postgresql-trouble") ?? "psql gave no answer";
  return {
    units: unitsIn(lines),
    interfaces: interfacesIn(wordOf(lines, "interfaces")),
    walTarget: lines.has("wal-link") ? wordOf(lines, "wal") : undefined,
    postgresql: postgresqlIn(lines),
    postgresqlTrouble: trouble,
    agent: agentIn(lines),
  };
}

function postgresqlIn(lines: Lines): PostgresqlSight | undefined {
  const text = wordOf(lines, "postgresql");
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), postgresqlSchema), text);
  return parsed.success ? parsed.output : undefined;
}

/** One line for each agent of the host. */
function agentIn(lines: Lines): AgentSight | undefined {
  const statuses = rowsOf(lines, "agent").flatMap(([text]) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), agentSchema), text);
    return parsed.success ? [parsed.output] : [];
  });
  if (statuses.length === 0) return undefined;
  const vips = statuses.flatMap((status) => status.vips);
  return { attention: vips.flatMap(({ attention }) => attention) };
}

/** systemctl puts an empty line between units. */
function unitsIn(lines: Lines): ReadonlyMap<string, UnitSight> {
  const units = new Map<string, UnitSight>();
  let unit = new Map<string, string>();
  for (const [property = ""] of [...rowsOf(lines, "unit"), []]) {
    const split = property.indexOf("=");
    if (split > 0) unit.set(property.slice(0, split), property.slice(split + 1));
    if (property !== "") continue;
    const id = unit.get("Id");
    if (id !== undefined) units.set(id, unitSight(unit));
    unit = new Map();
  }
  return units;
}

function unitSight(unit: ReadonlyMap<string, string>): UnitSight {
  return {
    active: unit.get("ActiveState") ?? "",
    file: unit.get("UnitFileState") ?? "",
    after: wordsIn(unit.get("After")),
    mounts: wordsIn(unit.get("RequiresMountsFor")),
  };
}
