/**
 * Certificates for one run, made by Consul's own tool: a CA, the server's and a client's of it, and
 * the certificate of a second CA that has signed nothing here.
 *
 * The server's certificate bears the name server.dc1.consul, as Consul's documentation has it, and
 * no address. So a client that names neither a CA nor that name must not get through.
 */

import { run } from "../../../lab/command.ts";
import { findConsul } from "../../../lab/consul.ts";

export const SERVER_NAME = "server.dc1.consul";

export type Certificates = {
  readonly caFile: string;
  readonly otherCaFile: string;
  readonly server: { readonly certFile: string; readonly keyFile: string };
  readonly client: { readonly certFile: string; readonly keyFile: string };
};

export async function makeCertificates(folder: string): Promise<Certificates> {
  const script = `
    set -e
    cd "$1"
    "$2" tls ca create
    "$2" tls ca create -domain other
    "$2" tls cert create -server
    "$2" tls cert create -client`;
  await run(["sh", "-c", script, "sh", folder, await findConsul()], { timeoutMs: 10_000 });
  return {
    caFile: `${folder}/consul-agent-ca.pem`,
    otherCaFile: `${folder}/other-agent-ca.pem`,
    server: pairAt(`${folder}/dc1-server-consul-0`),
    client: pairAt(`${folder}/dc1-client-consul-0`),
  };
}

function pairAt(path: string): { certFile: string; keyFile: string } {
  return { certFile: `${path}.pem`, keyFile: `${path}-key.pem` };
}
