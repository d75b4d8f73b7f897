/**
 * What a host says to a removal's look, on a real system.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { lookScript, parseLook } from "../../../src/provision/removal/look.ts";
import { consulNote, patroniNote } from "../../../src/provision/removal/notes.ts";
import { isConsulOurs, isPatroniOurs } from "../../../src/provision/preflight/sighted.ts";
import { runSandboxed, sandboxProblem } from "../preflight/sandboxed.ts";
import { threeHosts } from "../support/clusters.ts";

const { postgresql } = threeHosts();
const roots = { dataRoot: "/srv/pgdata", walRoot: "/srv/pgwal" };
const cluster = threeHosts({ postgresql: { ...postgresql, ...roots } });
const host = cluster.hosts[1] ?? assert.fail();
const skip = sandboxProblem();

/** Data with a process in them, a link on the way to the WAL, a tablespace, and the notes. */
const setup = `
mkdir -p /srv/pgdata/17/test/pg_tblspc /srv/wal/17/test /srv/fast /var/lib/vip-agent-provision
ln -s /srv/wal /srv/pgwal
ln -s /srv/fast /srv/pgdata/17/test/pg_tblspc/1
echo 17 >/srv/pgdata/17/test/PG_VERSION
cp "$(command -v sleep)" /srv/postgres
(cd /srv/pgdata/17/test && exec /srv/postgres 60) &
while [ "$(cat /proc/$!/comm)" != postgres ]; do sleep 0.05; done
cat >/var/lib/vip-agent-provision/left-patroni.yml <<'END'
${patroniNote(cluster, host)}END
cat >/var/lib/vip-agent-provision/left-consul.json <<'END'
${consulNote(cluster, host)}END
sh -s
kill $!
`;

/** Of this machine nothing is written. */
const own = `
mount -t tmpfs tmpfs /srv
for folder in /var/lib /etc; do
    mkdir -p "/srv/own$folder" "/srv/work$folder"
    mount -t overlay overlay -o "lowerdir=$folder,upperdir=/srv/own$folder,workdir=/srv/work$folder" "$folder"
done
`;

test("a PostgreSQL in PGDATA, links, mounts, tablespaces and notes are seen", { skip }, () => {
  const text = runSandboxed(own + setup, lookScript(cluster, host));
  const sight = parseLook(text) ?? assert.fail(text);
  assert.equal(sight.postgresql.length, 1);
  assert.deepEqual(sight.tablespaces, ["/srv/fast"]);
  const folders = sight.folders.filter(({ path }) => path.startsWith("/srv/"));
  assert.deepEqual(folders, [
    { path: "/srv/pgdata/17/test", realPath: "/srv/pgdata/17/test", mounts: [] },
    { path: "/srv/pgwal/17/test", realPath: "/srv/wal/17/test", mounts: [] },
  ]);
  const [database] = sight.survey.storage.databases;
  assert.deepEqual(database, { path: "/srv/pgdata/17/test", version: "17" });
  const sighted = { host, survey: sight.survey };
  assert.ok(isPatroniOurs(cluster, sighted), "the note of Patroni does not say whose it is");
  assert.ok(isConsulOurs(cluster, sighted), "the note of Consul does not say whose it is");
  const [other = assert.fail()] = cluster.hosts;
  assert.ok(!isPatroniOurs(cluster, { ...sighted, host: other }));
  assert.ok(!isConsulOurs(cluster, { ...sighted, host: other }));
});

test("an answer that was cut off is none", () => {
  assert.equal(parseLook("postgresql\t12\n"), undefined);
});
