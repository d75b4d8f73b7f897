/**
 * What Patroni's Python environment consists of, as pip takes it.
 *
 * The release that vip-agent is tested with comes with everything it needs pinned, the same list as
 * in setup/patroni-4.1.5.txt, so that two hosts, or two days, get the same. Of another release only
 * what is asked for by name is pinned, and pip finds the rest.
 */
import type { PatroniWish } from "../cluster/cluster.ts";
import { digestOf } from "../resources/digest.ts";

const testedVersion = "4.1.5";

const driver = "3.3.9";

const tested: readonly string[] = [
  "certifi==2026.10.18",
  "charset-normalizer==3.5.2",
  "click==8.5.1",
  "idna==3.20",
  `patroni==${testedVersion}`,
  "prettytable==3.18.0",
  "psutil==7.2.2",
  `psycopg==${driver}`,
  `psycopg-binary==${driver}`,
  "py-consul==1.8.0",
  "python-dateutil==4.0.0",
  "PyYAML==6.0.3",
  "requests==2.34.2",
  "typing_extensions==4.16.0",
  "tzdata==2026.6",
  "urllib3==2.8.0",
  "wcwidth==0.9.4",
  "ydiff==1.4.2",
];

/** Enough to tell them apart. */
const digestLength = 12;

/**
 * The name of its folder. The same version may want other requirements one day, and what runs out of a
 * folder must not find others in it: so they have a part in the name.
 */
export function environmentName(wish: PatroniWish): string {
  const digest = digestOf(requirementsOf(wish).join("\n"));
  return `${wish.version}-${digest.slice(0, digestLength)}`;
}

export function requirementsOf({ version }: PatroniWish): readonly string[] {
  if (version === testedVersion) return tested;
  return [`patroni[consul]==${version}`, `psycopg[binary]==${driver}`];
}
