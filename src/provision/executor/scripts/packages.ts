/**
 * Scripts for packages of the host's own package manager.
 *
 * Its output goes to a file and not to the connection: a package manager whose reader is gone dies in
 * the middle of its work. Where it was killed all the same, the next one first ends that work. It
 * asks nothing, changes no configuration of the operator's, restarts nothing by itself, and upgrades
 * nothing but what it was told to install.
 */
import type { Operation } from "../../resources/operation.ts";
import type { Material } from "../artefacts.ts";
import type { Step } from "../step.ts";
import { beginning, receivingChecked, workInState } from "./parts.ts";

type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

/** Mirrors may be slow, and others may be installing. */
const deadlineMs = 900_000;

/** quietly COMMAND...: its last lines are shown where it fails. Needs $work. */
export const managers = `export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l
quietly() {
    "$@" >"$work/log" 2>&1 </dev/null || { tail -n 25 "$work/log" >&2; return 1; }
}
run_apt() {
    quietly apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef \\
        -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@"
}
apt_mend() {
    tries=0
    while [ -n "$(ls /var/lib/dpkg/updates)" ]; do
        tries=$((tries + 1))
        [ "$tries" -le 60 ] || fail "dpkg was interrupted, and dpkg --configure -a does not mend it"
        if quietly dpkg --force-confdef --force-confold --configure -a 2>/dev/null; then break; fi
        sleep 2
    done
}
apt_update() {
    tries=0
    until quietly apt-get -q update 2>"$work/update"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 20 ] || ! grep -q /lists/lock "$work/update"; then
            cat "$work/update" >&2
            return 1
        fi
        sleep 3
    done
}
run_dnf() {
    quietly dnf -q -y --setopt=install_weak_deps=False "$@"
}
manager() {
    if command -v apt-get >/dev/null && command -v dpkg >/dev/null; then echo apt
    elif command -v dnf >/dev/null; then echo dnf
    else fail "there is neither apt-get nor dnf"; fi
}
`;

/** The names. apt's lists may be old, or not be there at all: then they are fetched first. */
const installPackages = `${beginning}${managers}${workInState}
case $(manager) in
apt)
    apt_mend
    if ! run_apt --no-install-recommends --no-upgrade install -- "$@" 2>"$work/first"; then
        apt_update || { cat "$work/first" >&2; fail "apt-get could not fetch its lists"; }
        run_apt --no-install-recommends --no-upgrade install -- "$@" ||
            fail "apt-get could not install $*"
    fi
    ;;
dnf) run_dnf install -- "$@" || fail "dnf could not install $*" ;;
*) exit 1 ;;
esac
`;

/** $1 name, $2 digest. What the package needs comes from the host's own repositories. */
const installPackageFile = `${beginning}${managers}${receivingChecked}${workInState}
name=$1
case $(manager) in
apt)
    file=$work/package.deb
    receive_checked "$file" "$2"
    found=$(dpkg-deb --field "$file" Package) || fail "what arrived is no package for dpkg"
    [ "$found" = "$name" ] || fail "what arrived is a package $found, not $name"
    apt_mend
    if ! run_apt --no-install-recommends --allow-downgrades install "$file" 2>"$work/first"; then
        apt_update || { cat "$work/first" >&2; fail "apt-get could not fetch its lists"; }
        run_apt --no-install-recommends --allow-downgrades install "$file" ||
            fail "apt-get could not install the package $name"
    fi
    ;;
dnf)
    file=$work/package.rpm
    receive_checked "$file" "$2"
    found=$(rpm -qp --qf '%{NAME}' "$file") || fail "what arrived is no package for rpm"
    [ "$found" = "$name" ] || fail "what arrived is a package $found, not $name"
    run_dnf --setopt=localpkg_gpgcheck=0 install "$file" || fail "dnf could not install the package $name"
    ;;
*) exit 1 ;;
esac
`;

export function packagesStep({ names }: Of<"install-packages">): Step {
  return { script: installPackages, args: names, deadlineMs };
}

export function packageFileStep({ name }: Of<"install-package-file">, material: Material): Step {
  const { file, sha256 } = material;
  return { script: installPackageFile, args: [name, sha256], stdin: { file }, deadlineMs };
}
