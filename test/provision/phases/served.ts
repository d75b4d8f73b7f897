/**
 * Hosts whose Consul and Patroni are played: each port that is forwarded to leads to a small server
 * here, which says what the test has it say.
 */
import { type Server, createServer } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";

import { done, failed } from "../../../src/outcome.ts";
import type { Cluster } from "../../../src/provision/cluster/cluster.ts";
import { Ports } from "../../../src/provision/phases/ports.ts";
import { makeFolder } from "../../support/folder.ts";
import { type Answers, executorsOf } from "../verify/worlds.ts";

/** What the host answers to a path; undefined: it breaks off without a word. */
export type Page = (host: string, path: string) => string | undefined;

/** Closed with the test. */
export async function servedPorts(
  context: TestContext,
  cluster: Cluster,
  page: Page,
  ask?: (host: string) => Answers["ask"],
): Promise<Ports> {
  const folder = makeFolder(context);
  const servers: Server[] = [];
  for (const { name } of cluster.hosts) {
    const server = createServer((request, response) => {
      const body = page(name, request.url ?? "");
      if (body === undefined) response.destroy();
      else response.writeHead(200).end(body);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(join(folder, name), resolve));
  }
  const executors = executorsOf(cluster, (host) => {
    const asked = ask?.(host);
    return {
      forward: () => done(join(folder, host)),
      ask: asked ?? (() => failed("failed", "not in this test")),
    };
  });
  const ports = new Ports(cluster, executors);
  context.after(() => {
    ports.close();
    for (const server of servers) server.close();
  });
  return ports;
}
