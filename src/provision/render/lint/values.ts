/**
 * Values that Patroni takes, and that do not do what they were written for: a lock that may run out
 * while its holder is well, a password that everybody knows, an archive that fills the disk.
 */
import { isIPv4, isIPv6 } from "node:net";

import type { Complaint } from "../../../complaints.ts";
import type { PatroniDocument } from "./document.ts";

const dcs = ["bootstrap", "dcs"];
const authentication = ["postgresql", "authentication"];
const parameterPlaces = [
  ["postgresql", "parameters"],
  [...dcs, "postgresql", "parameters"],
];

export function valueComplaints(document: PatroniDocument): readonly Complaint[] {
  const rules = [
    timings,

    passwordFiles,
    passwords,
    walLevel,
    archiving,
    addresses,
    consul,
  ];
  return rules.flatMap((rule) => rule(document));
}

/** Patroni changes what does not fit, and says so in a log that nobody reads. */
function timings(document: PatroniDocument): readonly Complaint[] {
  const ttl = document.number([...dcs, "ttl"]) ?? 30;
  const loopWait = document.number([...dcs, "loop_wait"]) ?? 10;
  const retryTimeout = document.number([...dcs, "retry_timeout"]) ?? 10;
  if (loopWait + 2 * retryTimeout <= ttl) return [];
  return [
    {
      ...document.place([...dcs, "ttl"]),
      severity: "error",
      value: String(ttl),
      wrong: `is less than loop_wait ${loopWait} and twice retry_timeout ${retryTimeout}`,
      expected: `${loopWait + 2 * retryTimeout} or more`,
      remedy: "raise ttl, or lower the others",
    },
  ];
}

function passwordFiles(document: PatroniDocument): readonly Complaint[] {
  const path = ["postgresql", "pgpass"];
  const file = document.text(path);
  if (file === undefined || !/^\/(var\/)?tmp\//.test(file)) return [];
  return [
    {
      ...document.place(path),
      severity: "error",
      value: file,
      wrong: "is in a folder where everybody may write",
      expected: "a file in a folder of postgres alone",
    },
  ];
}

const wellKnown = new Set(["", "postgres", "patroni", "replicator", "rewind", "admin", "password"]);

function passwords(document: PatroniDocument): readonly Complaint[] {
  const users = [
    ["restapi", "authentication"],
    ...["superuser", "replication", "rewind"].map((name) => [...authentication, name]),
  ];
  const guessed = users.filter((path) => {
    const password = document.text([...path, "password"])?.toLowerCase();
    if (password === undefined) return false;
    return (
      wellKnown.has(password) || password === document.text([...path, "username"])?.toLowerCase()
    );
  });
  return [...guessed.map((path) => guessable(document, path)), ...twoPasswords(document)];
}

function guessable(document: PatroniDocument, path: readonly string[]): Complaint {
  return {
    ...document.place([...path, "password"]),
    severity: "error",
    wrong: "can be guessed",
    remedy: "make a random one, and change it in PostgreSQL first",
  };
}

function twoPasswords(document: PatroniDocument): readonly Complaint[] {
  const [superuser, rewind] = ["superuser", "rewind"].map((name) => ({
    user: document.text([...authentication, name, "username"]),
    password: document.value([...authentication, name, "password"]),
  }));
  if (superuser?.user === undefined || superuser.user !== rewind?.user) return [];
  if (superuser.password === rewind.password) return [];
  return [
    {
      ...document.place([...authentication, "rewind", "password"]),
      severity: "error",
      wrong: `is not the one of superuser, and both are the user ${superuser.user}`,
      remedy: "leave rewind out, or give it a user of its own",
    },
  ];
}

function walLevel(document: PatroniDocument): readonly Complaint[] {
  const found = parameterPlaces.filter((path) => {
    const level = document.text([...path, "wal_level"]);
    return level !== undefined && level !== "replica" && level !== "logical";
  });
  return found.map((path) => ({
    ...document.place([...path, "wal_level"]),
    severity: "error",
    wrong: "is no level of a PostgreSQL that replicates today",
    expected: "replica, or logical",
  }));
}

function archiving(document: PatroniDocument): readonly Complaint[] {
  const setting = (name: string) => {
    const values = parameterPlaces.map((path) => document.value([...path, name]));
    return values.find((value) => value !== undefined);
  };
  const mode = setting("archive_mode");
  const isOn = mode === true || mode === "on" || mode === "always";
  if (!isOn || setting("archive_command") || setting("archive_library")) return [];
  const path = parameterPlaces.find(
    (one) => document.value([...one, "archive_mode"]) !== undefined,
  );
  return [
    {
      ...document.place([...(path ?? []), "archive_mode"]),
      severity: "error",
      wrong: "is on, and there is no archive_command: WAL piles up until the disk is full",
      remedy: "give an archive_command, or turn it off",
    },
  ];
}

function addresses(document: PatroniDocument): readonly Complaint[] {
  const paths = [
    ["restapi", "connect_address"],
    ["postgresql", "connect_address"],
  ];
  return paths.flatMap((path): readonly Complaint[] => {
    const address = document.text(path);
    const host = address?.replace(/:\d+$/, "").replaceAll(/[[\]]/g, "");
    if (address === undefined || host === undefined || isIPv4(host) || isIPv6(host)) return [];
    return [
      {
        ...document.place(path),
        severity: "warning",
        value: address,
        wrong: "is a name: members find each other only while it resolves everywhere",
        expected: "the address of the host, by number",
      },
    ];
  });
}

function consul(document: PatroniDocument): readonly Complaint[] {
  const complaints: Complaint[] = [];
  const host = document.text(["consul", "host"]) ?? document.text(["consul", "url"]);
  const isHere = host === undefined || /^(https?:\/\/)?(127\.|\[::1\]|localhost)/.test(host);
  if (!isHere) {
    complaints.push({
      ...document.place(["consul", document.text(["consul", "host"]) ? "host" : "url"]),
      severity: "warning",
      value: host,
      wrong: "is another host's Consul: when that server goes, so does the lock",
      expected: "the agent of this host: 127.0.0.1:8500",
    });
  }
  const checks = document.value(["consul", "checks"]);
  if (Array.isArray(checks) && checks.length > 0) {
    complaints.push({
      ...document.place(["consul", "checks"]),
      severity: "error",
      wrong: "let a moment of bad gossip take the lock away, whatever the ttl",
      remedy: "leave checks out",
    });
  }
  return complaints;
}
