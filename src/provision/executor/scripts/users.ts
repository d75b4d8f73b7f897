/**
 * Scripts for system users.
 */
import type { Operation } from "../../resources/operation.ts";
import type { Step } from "../step.ts";
import { beginning } from "./parts.ts";

type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

const deadlineMs = 30_000;

/** join USER GROUP...: groups that lack are somebody's mistake, and are not made. */
const joining = `join() {
    user=$1
    shift
    for group; do
        getent group "$group" >/dev/null || fail "there is no group $group for $user to join"
        usermod --append --groups "$group" -- "$user"
    done
}
`;

/** $1 name, $2 home; then groups. Nobody logs in as that user, and its home is a name only. */
const makeUser = `${beginning}${joining}
name=$1 home=$2
shift 2
getent group "$name" >/dev/null || groupadd --system -- "$name"
if ! getent passwd "$name" >/dev/null; then
    shell=/bin/false
    for path in /sbin/nologin /usr/sbin/nologin; do [ ! -x "$path" ] || shell=$path; done
    useradd --system --gid "$name" --home-dir "$home" --no-create-home --shell "$shell" -- "$name"
fi
join "$name" "$@"
`;

/** $1 name; then groups. */
const joinGroups = `${beginning}${joining}
getent passwd "$1" >/dev/null || fail "there is no user $1"
join "$@"
`;

export function userStep({ name, home, groups }: Of<"make-user">): Step {
  return { script: makeUser, args: [name, home, ...groups], deadlineMs };
}

export function groupsStep({ name, groups }: Of<"join-groups">): Step {
  return { script: joinGroups, args: [name, ...groups], deadlineMs };
}
