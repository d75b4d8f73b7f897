/**
 * Scripts for volumes, where data could be lost.
 *
 * Each looks for itself, right before it acts, and believes no plan. Nothing here has an option that
 * overrides a refusal: LVM and mkfs ask where they meet something, and get no for an answer.
 */
import type { Operation } from "../../resources/operation.ts";
import type { Step } from "../step.ts";
import { diskLook } from "./disk-look.ts";
import { beginning, keeping, settling, workBeside } from "./parts.ts";

type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

const deadlineMs = 120_000;
const filesystemDeadlineMs = 600_000;

/**
 * $1 group, $2 name, $3 disk, $4 its serial. The group takes the disk as a physical volume in one
 * step, so that a run that is cut off leaves no disk that belongs to nobody.
 */
const makeVolume = `${beginning}${diskLook}
group=$1 name=$2 disk=$3 serial=$4
export LVM_SUPPRESS_FD_WARNINGS=1
command -v vgcreate >/dev/null || fail "there is no LVM (package lvm2)"
if lvs -- "$group/$name" >/dev/null 2>&1; then exit 0; fi
[ -b "$disk" ] || fail "$disk is no block device"
device=$(readlink -f -- "$disk")
found=$(serial_of "$device")
[ "$found" = "$serial" ] ||
    fail "$device has the serial '$found', and the plan was made for '$serial': nothing was done to it"
disks=
if vgs -- "$group" >/dev/null 2>&1; then
    disks=$(vgs --noheadings -o pv_name -- "$group" | while read -r one; do readlink -f -- "$one"; done)
fi
if ! printf '%s\\n' "$disks" | grep -qxF -- "$device"; then
    reasons=$(uses_of "$device")
    [ -z "$reasons" ] || fail "$device is not empty, nothing was done to it: $reasons"
    if [ -n "$disks" ]; then
        vgextend -- "$group" "$device" </dev/null
    else
        vgcreate -- "$group" "$device" </dev/null
    fi
fi
lvcreate --wipesignatures n --extents 100%PVS --name "$name" -- "$group" "$device" </dev/null
if command -v udevadm >/dev/null; then udevadm settle --timeout=20 || :; fi
`;

/** $1 group, $2 name. One that bears its own name as a label was made by an earlier run. */
const makeFilesystem = `${beginning}
device=/dev/$1/$2
label=$(printf '%.16s' "$2")
[ -b "$device" ] || fail "$device is no block device"
found=0
blkid -p -- "$device" >/dev/null 2>&1 || found=$?
case $found in
2) ;;
0)
    type=$(blkid -p -o value -s TYPE -- "$device" || :)
    if [ "$type" = ext4 ] && [ "$(blkid -p -o value -s LABEL -- "$device" || :)" = "$label" ]; then
        exit 0
    fi
    fail "$device bears something (\${type:-a partition table}), nothing was done to it"
    ;;
*) fail "blkid cannot judge $device, nothing was done to it" ;;
esac
[ -z "$(wipefs --no-act --parsable -- "$device" | sed '/^#/d')" ] ||
    fail "wipefs finds something on $device, nothing was done to it"
mkfs.ext4 -q -L "$label" -- "$device" </dev/null
`;

/**
 * $1 group, $2 name, $3 mount point. A host whose disk is gone boots without it, and what needs the
 * mount point does not start; where nothing is mounted, nobody but root can write.
 */
const mountVolume = `${beginning}${keeping}${settling}
device=/dev/$1/$2 point=$3
type=$(blkid -p -o value -s TYPE -- "$device") || fail "$device has no file system"
uuid=$(blkid -p -o value -s UUID -- "$device") || fail "the file system on $device has no UUID"
if mountpoint -q -- "$point"; then
    there=$(findmnt -nro SOURCE --mountpoint "$point")
    [ "$(readlink -f -- "$there")" = "$(readlink -f -- "$device")" ] ||
        fail "something else is mounted on $point: $there"
fi
if [ ! -d "$point" ]; then
    mkdir -p -- "$(dirname -- "$point")"
    mkdir -m 0700 -- "$point"
fi
if ! mountpoint -q -- "$point" && [ -n "$(ls -A -- "$point")" ]; then
    fail "$point is not empty, and a mount would hide what is in it: nothing was done to it"
fi
written=$(printf '%s' "$point" | sed -e 's/\\\\/\\\\134/g' -e 's/ /\\\\040/g' -e 's/\\t/\\\\011/g')
pass=0
[ "$type" != ext4 ] || pass=2
line="UUID=$uuid $written $type defaults,noatime,nofail 0 $pass"
path=$(readlink -f -- /etc/fstab)
there=$(awk -v uuid="UUID=$uuid" '!/^[ \\t]*#/ && $1 == uuid { print $2 }' "$path")
if [ -z "$there" ]; then
    taken=$(POINT=$written awk '!/^[ \\t]*#/ && $2 == ENVIRON["POINT"]' "$path")
    [ -z "$taken" ] || fail "$path has another line for $point: $taken"
    ${workBeside.replaceAll("\n", "\n    ").trimEnd()}
    printf '%s\\n' "$line" >"$work/line"
    findmnt --verify --tab-file "$work/line" >"$work/words" 2>&1 ||
        { cat "$work/words" >&2; fail "findmnt does not accept the line for fstab: $line"; }
    cp -a -- "$path" "$work/fstab"
    [ -z "$(tail -c 1 "$path")" ] || echo >>"$work/fstab"
    printf '%s\\n' "$line" >>"$work/fstab"
    keep "$path"
    settle "$work/fstab" "$path"
elif [ "$there" != "$written" ]; then
    fail "$path mounts $device on $there, not on $point"
fi
systemctl daemon-reload 2>/dev/null || :
mountpoint -q -- "$point" || mount -- "$point"
`;

export function volumeStep({ group, name, disk, serial }: Of<"make-volume">): Step {
  return { script: makeVolume, args: [group, name, disk, serial], deadlineMs };
}

export function filesystemStep({ group, name }: Of<"make-filesystem">): Step {
  return { script: makeFilesystem, args: [group, name], deadlineMs: filesystemDeadlineMs };
}

export function mountStep({ group, name, mountPoint }: Of<"mount">): Step {
  return { script: mountVolume, args: [group, name, mountPoint], deadlineMs };
}
