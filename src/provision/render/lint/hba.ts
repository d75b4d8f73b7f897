/**
 * Lines of pg_hba that let in whom nobody meant.
 */
import type { Complaint } from "../../../complaints.ts";
import type { PatroniDocument, Place } from "./document.ts";

const world = new Set(["0.0.0.0/0", "::/0", "all", "0.0.0.0", "::"]);

type Line = {
  readonly type: string;
  readonly address: string | undefined;
  readonly method: string;
};

export function hbaComplaints(document: PatroniDocument): readonly Complaint[] {
  const lines = [
    ...document.lines(["postgresql", "pg_hba"]),
    ...document.lines(["bootstrap", "pg_hba"]),
  ];
  return lines.flatMap((line) => {
    const parsed = parseLine(line.text);
    return parsed === undefined ? [] : lineComplaints(parsed, line);
  });
}

function lineComplaints(
  { type, address, method }: Line,
  { key, where, text }: Place & { readonly text: string },
): readonly Complaint[] {
  const at = { key, where, value: text, severity: "error" } as const;
  if (method === "reject") return [];
  const complaints: Complaint[] = [];
  if (address !== undefined && world.has(address)) {
    complaints.push({
      ...at,
      wrong: "lets in the whole world",
      expected: "the networks that clients come from",
    });
  }
  if (address === "samenet") {
    complaints.push({
      ...at,
      wrong: "lets in every network of the host, those of containers too",
      expected: "networks or addresses by number",
    });
  }
  if (method === "trust") {
    const whom =
      type === "local"
        ? "every user of the host is anybody, the superuser too"
        : "no password is asked for";
    complaints.push({ ...at, wrong: whom, expected: type === "local" ? "peer" : "scram-sha-256" });
  }
  if (method === "md5" || method === "password") {
    const why = method === "md5" ? "is given up by PostgreSQL" : "sends passwords in clear";
    complaints.push({ ...at, wrong: `the method ${method} ${why}`, expected: "scram-sha-256" });
  }
  return complaints;
}

/** A name may be in quotes, and several of them may be one word, with commas between. */
const wordPattern = /(?:"(?:[^"]|"")*"|[^\s",#])+(?:,\s*(?:"(?:[^"]|"")*"|[^\s",#])+)*/g;

/** Undefined for a comment, an include, and what PostgreSQL itself would refuse. */
function parseLine(text: string): Line | undefined {
  const [, statement = ""] = /^((?:"[^"]*"|[^"#])*)/.exec(text) ?? [];
  const [type = "", , , fourth, fifth, sixth] = statement.match(wordPattern) ?? [];
  if (fourth === undefined) return undefined;
  if (type === "local") return { type, address: undefined, method: fourth };
  if (!type.startsWith("host") || fifth === undefined) return undefined;
  // An address and its mask may be two words.
  const isMask = /^[\d.]+$|:/.test(fifth) && sixth !== undefined;
  if (!isMask) return { type, address: fourth, method: fifth };
  const isWorld = /^[0.:]+$/.test(fourth) && /^[0.:]+$/.test(fifth);
  return { type, address: isWorld ? "0.0.0.0/0" : fourth, method: sixth };
}
