/**
 * A client of the database on the host `client`, outside of the cluster: psql, with the password that
 * provisioning has made for a role.
 */
import { writeFile } from "node:fs/promises";

import { waitUntil } from "../../../../lab/clock.ts";
import { run } from "../../../../lab/command.ts";
import { inHost } from "../../../../lab/network.ts";
import { findParts } from "../../../../lab/patroni/parts.ts";
import { secretsOf } from "./provision.ts";

const CONNECT_TIMEOUT_S = 2;
const QUERY_DEADLINE_MS = 10_000;

export class DatabaseClient {
  readonly #argv: readonly string[];

  private constructor(argv: readonly string[]) {
    this.#argv = argv;
  }

  /** As the role of the reference's application, in its database. */
  static async open(clusterFile: string, address: string, role = "app"): Promise<DatabaseClient> {
    const { binFolder } = await findParts();
    const password = (await secretsOf(clusterFile)).get(`role-passwords.${role}`);
    if (password === undefined) throw new Error(`there is no password of ${role}`);
    // Not in its environment, which others can see.
    const passwordFile = `${clusterFile}.pgpass`;
    await writeFile(passwordFile, `*:*:*:${role}:${password}\n`, { mode: 0o600 });
    const words = [`host=${address}`, `user=${role}`, `dbname=${role}`, "sslmode=prefer"];
    const connection = [...words, `connect_timeout=${CONNECT_TIMEOUT_S}`].join(" ");
    const psql = [`${binFolder}/psql`, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
    return new DatabaseClient([
      ...inHost("client"),
      "env",
      `PGPASSFILE=${passwordFile}`,
      ...psql,
      "--set=ON_ERROR_STOP=1",
      `--dbname=${connection}`,
    ]);
  }

  /** One statement; answers with what it printed. */
  async query(statement: string): Promise<string> {
    const printed = await run([...this.#argv, `--command=${statement}`], {
      timeoutMs: QUERY_DEADLINE_MS,
    });
    return printed.trim();
  }

  /** One statement, again and again until it is done. */
  async untilWritten(statement: string, timeoutMs: number): Promise<void> {
    const isWritten = async () => {
      return await this.query(statement).then(
        () => true,
        () => false,
      );
    };
    await waitUntil("a write", isWritten, { timeoutMs, everyMs: 100 });
  }
}
