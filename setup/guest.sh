#!/bin/sh
# Prints the folder with a virtual machine for the tests of disks; exits 1 when there is none yet.
#
#     sh setup/guest.sh            the folder
#     sh setup/guest.sh --build    makes it: a minute, 150 MB to fetch, 500 MB kept, once, as root
#
#     qemu/       QEMU's programs, to be laid over the bare Debian of machine-root.sh: they are
#                 unpacked and not installed, and run in there whatever the host has
#     root.img    that Debian with a kernel's modules, udev and LVM: a disk to boot from
#     vmlinuz, initrd.img
#
# A machine of nspawn shares the kernel of the world around, and that one may lack what LVM needs.
# MACHINE_SUITE is the Debian release, bookworm unless set; everything is from its mirror.
set -eu
here=$(dirname "$(readlink -f "$0")")

QEMU_PACKAGES=qemu-system-x86
GUEST_PACKAGES='udev kmod initramfs-tools lvm2 e2fsprogs linux-image-cloud-amd64'
# What finds the disk to boot from; udev brings the rest.
BOOT_MODULES='virtio_pci virtio_blk ext4'
ROOT_SIZE=8G

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# Some packages have folders in / that are links by now.
unpack_qemu() {
    # shellcheck disable=SC2086 # a list of words
    sh "$here/apt-fetch.sh" "$root" "$work/qemu-packages" $QEMU_PACKAGES
    for package in "$work"/qemu-packages/*.deb; do dpkg-deb --extract "$package" "$fresh/qemu"; done
    for name in bin sbin lib lib64; do
        [ -d "$fresh/qemu/$name" ] || continue
        mkdir -p "$fresh/qemu/usr/$name"
        cp -a "$fresh/qemu/$name/." "$fresh/qemu/usr/$name/"
        rm -r "${fresh:?}/qemu/$name"
    done
    rm -rf "$fresh/qemu/usr/share/doc" "$fresh/qemu/usr/share/man" "$fresh/qemu/usr/share/locale"
}

make_root() {
    # shellcheck disable=SC2086 # a list of words
    sh "$here/apt-fetch.sh" "$root" "$work/guest-packages" $GUEST_PACKAGES
    sh "$here/apt-index.sh" "$work/guest-packages"
    cp -a "$root" "$work/root"
    mkdir -p "$work/root/packages" "$work/root/etc/initramfs-tools/conf.d"
    mv "$work"/guest-packages/* "$work/root/packages"
    echo MODULES=list >"$work/root/etc/initramfs-tools/conf.d/lab"
    # shellcheck disable=SC2086 # a list of words
    printf '%s\n' $BOOT_MODULES >"$work/root/etc/initramfs-tools/modules"
    # Mounts of its own name space end with it.
    unshare --mount --pid --fork --kill-child sh -c "$(in_root)" sh "$work/root" "$GUEST_PACKAGES"
    rm -rf "$work/root/packages" "$work"/root/var/cache/apt/* "$work"/root/var/lib/apt/lists/*
    cp "$work"/root/boot/vmlinuz-* "$fresh/vmlinuz"
    mv "$work"/root/boot/initrd.img-* "$fresh/initrd.img"
    truncate -s "$ROOT_SIZE" "$fresh/root.img"
    mke2fs -q -t ext4 -L root -d "$work/root" "$fresh/root.img"
}

# $1 the root, $2 the packages. Nothing is started in there: no systemd runs.
in_root() {
    cat <<'END'
set -eu
mount -t proc proc "$1/proc"
mount -t devtmpfs dev "$1/dev" 2>/dev/null || mount --bind /dev "$1/dev"
cp "$1/etc/apt/sources.list" "$1/packages/kept"
echo 'deb [trusted=yes] file:/packages ./' >"$1/etc/apt/sources.list"
export DEBIAN_FRONTEND=noninteractive
chroot "$1" apt-get -q update
chroot "$1" apt-get -q install --yes --no-install-recommends -o Dpkg::Options::=--force-confold $2
mv "$1/packages/kept" "$1/etc/apt/sources.list"
END
}

build() {
    [ "$(id -u)" = 0 ] || fail "root makes the virtual machine of the tests; you are $(id -un)"
    work=$(mktemp -d)
    fresh=$folder.$$
    trap 'rm -rf "$fresh" "$work"' EXIT
    trap 'exit 130' INT TERM
    mkdir -p "$fresh/qemu"
    for part in unpack_qemu make_root; do
        # A function that is part of a condition would go on after a failure.
        (set -e; $part) >"$work/log" 2>&1 & wait $! ||
            fail "$(tail -n 10 "$work/log")" "the virtual machine of the tests could not be made"
    done
    # Another run may have been faster; then its folder is as good.
    mv -T "$fresh" "$folder" 2>/dev/null || [ -d "$folder" ]
}

suite=${MACHINE_SUITE:-bookworm}
root=$(MACHINE_SUITE=$suite sh "$here/machine-root.sh" --bare) ||
    fail "there is no bare Debian $suite: sh setup/machine-root.sh --bare --build makes one"
sum=$(echo "$QEMU_PACKAGES $GUEST_PACKAGES $BOOT_MODULES $ROOT_SIZE ${root##*/}" | cksum)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/vip-agent/guest-$suite-${sum%% *}

case ${1:-} in
--build) [ -d "$folder" ] || build ;;
'') ;;
*) fail "usage: sh setup/guest.sh [--build]" ;;
esac
[ -d "$folder" ] || exit 1
echo "$folder"
