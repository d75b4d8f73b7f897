/**
 * CHANGELOG.md, and what Debian and RPM want of it: the same lines in their own forms.
 *
 * What stands under "Unreleased" is what a package of the version in package.json brings, as long as
 * that version has no section of its own.
 */
export type Changes = {
  readonly version: string;
  /** The day of the release, as in 2026-11-21; none yet for what is not released. */
  readonly date: string | undefined;
  readonly lines: readonly string[];
};

export type History = {
  readonly changes: readonly Changes[];
  /** The time of what has no day yet. */
  readonly epochS: number;
  readonly maintainer: string;
};

/** Debian's readers expect lines of 80 characters at most. */
const WIDTH = 78;

export function parseChangelog(text: string, version: string): readonly Changes[] {
  const [, ...sections] = text.split(/^## /mu);
  return sections.flatMap((section) => {
    const [, name = "", date] = /^\[([^\]]+)\](?: - (\S+))?/u.exec(section) ?? [];
    const lines = bulletsOf(section);
    if (lines.length === 0) return [];
    return [{ version: name === "Unreleased" ? version : name, date, lines }];
  });
}

/** Each bullet as one line; the headings between them are left out. */
function bulletsOf(section: string): readonly string[] {
  const bullets = section.split(/^- /mu).slice(1);
  return bullets.map((bullet) => {
    const [own = ""] = bullet.split(/\n\n|\n#/u);
    return own.replaceAll(/\s+/gu, " ").trim();
  });
}

/** A version as both formats sort it: 1.0.0~rc.1 comes before 1.0.0. */
export function sortable(version: string): string {
  return version.replace("-", "~");
}

/** /usr/share/doc/vip-agent/changelog, as dpkg-parsechangelog reads it. */
export function debianChangelog(history: History): string {
  const blocks = history.changes.map((changes) => {
    const when = dateOf(changes, history).toUTCString().replace("GMT", "+0000");
    const bullets = changes.lines.map((line) => wrap(line, "  * ", "    ")).join("\n");
    const head = `vip-agent (${sortable(changes.version)}) unstable; urgency=medium`;
    return `${head}\n\n${bullets}\n\n -- ${history.maintainer}  ${when}\n`;
  });
  return blocks.join("\n");
}

/** The section %changelog of the spec; percent signs are doubled, or they would be macros. */
export function rpmChangelog(history: History): string {
  const blocks = history.changes.map((changes) => {
    const [weekday = "", day = "", month = "", year = ""] = dateOf(changes, history)
      .toUTCString()
      .split(/,? /u);
    const head = `* ${weekday} ${month} ${day} ${year} ${history.maintainer}`;
    const bullets = changes.lines.map((line) => wrap(line.replaceAll("%", "%%"), "- ", "  "));
    return `${head} - ${sortable(changes.version)}-1\n${bullets.join("\n")}\n`;
  });
  return blocks.join("\n");
}

function dateOf({ date }: Changes, { epochS }: History): Date {
  return new Date(date === undefined ? epochS * 1e3 : Date.parse(date));
}

function wrap(text: string, first: string, following: string): string {
  const rows: string[] = [];
  let row = first;
  for (const word of text.split(" ")) {
    const isFull = row.length + word.length > WIDTH && row.length > first.length;
    if (isFull) rows.push(row.trimEnd());
    row = isFull ? `${following}${word} ` : `${row}${word} `;
  }
  return [...rows, row.trimEnd()].join("\n");
}
