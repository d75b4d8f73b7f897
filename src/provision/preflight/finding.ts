/**
 * How a judgement is put down: in one sentence each, by the host that it is about.
 */
import type { Host } from "../cluster/cluster.ts";
import type { Finding } from "../phases/events.ts";

export type Trouble = {
  /** None: the cluster as a whole. */
  readonly host?: Host;
  readonly code: string;
  readonly finding: string;
  readonly remedy: string;
};

export function error(trouble: Trouble): Finding {
  return { severity: "error", ...placed(trouble) };
}

export function warning(trouble: Trouble): Finding {
  return { severity: "warning", ...placed(trouble) };
}

export function fine(host: Host | undefined, code: string, finding: string): Finding {
  return { severity: "fine", ...(host && { host: host.name }), code, finding };
}

/** The fine finding counts where there is nothing to complain about. */
export function orFine(troubles: readonly Finding[], good: Finding): readonly Finding[] {
  return troubles.length === 0 ? [good] : troubles;
}

function placed({ host, code, finding, remedy }: Trouble): Omit<Finding, "severity"> {
  return { ...(host && { host: host.name }), code, finding, remedy };
}
