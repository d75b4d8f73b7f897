/**
 * Whether a patroni.yml is one of this cluster: the same keys in Consul as the agent watches, the
 * folder that the disk was made for, and clients that reach it by the VIP.
 */
import type { Complaint } from "../../../complaints.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { dataFolder } from "../paths.ts";
import type { PatroniDocument } from "./document.ts";

export function agreementComplaints(
  document: PatroniDocument,
  cluster: Cluster,
): readonly Complaint[] {
  return [...differing(document, cluster), ...vipComplaints(document, cluster)];
}

function differing(document: PatroniDocument, cluster: Cluster): readonly Complaint[] {
  const watched = "is not the cluster file's: the agent watches other keys";
  const rules = [
    { path: ["scope"], expected: cluster.scope, wrong: watched },
    { path: ["namespace"], expected: cluster.namespace, wrong: watched },
    {
      path: ["postgresql", "data_dir"],
      expected: dataFolder(cluster),
      wrong: "is not below the data root of the cluster file",
    },
  ];
  return rules.flatMap(({ path, expected, wrong }): readonly Complaint[] => {
    // Patroni's own namespace, where there is none.
    const value = document.text(path) ?? (path[0] === "namespace" ? "service" : "");
    const isSame =
      path[0] === "namespace" ? withoutSlashes(value) === expected : value === expected;
    return isSame ? [] : [{ ...document.place(path), severity: "error", value, wrong, expected }];
  });
}

function withoutSlashes(namespace: string): string {
  return namespace.split("/").filter(Boolean).join("/");
}

function vipComplaints(document: PatroniDocument, { vip }: Cluster): readonly Complaint[] {
  const complaints: Complaint[] = [];
  const listen = document.text(["postgresql", "listen"]) ?? "";
  const heard = listen
    .replace(/:\d+$/, "")
    .split(",")
    .map((address) => address.trim());
  if (!heard.some((address) => ["0.0.0.0", "*", vip.address].includes(address))) {
    complaints.push({
      ...document.place(["postgresql", "listen"]),
      severity: "error",
      value: listen,
      wrong: "leaves the VIP out: clients that come by it are refused",
      expected: "0.0.0.0, since the VIP comes and goes; pg_hba says who gets in",
    });
  }
  for (const path of [
    ["restapi", "connect_address"],
    ["postgresql", "connect_address"],
  ]) {
    if (document.text(path)?.replace(/:\d+$/, "") !== vip.address) continue;
    complaints.push({
      ...document.place(path),
      severity: "error",
      value: vip.address,
      wrong: "is the VIP, which is the leader's: replicas would follow themselves",
      expected: "the host's own address",
    });
  }
  return complaints;
}
