#!/bin/sh
# Fetches Debian packages, with what they depend on, that a root file system lacks.
#
#     sh setup/apt-fetch.sh ROOT FOLDER PACKAGE...
#
# The host's apt does it, from the mirror and with the keys of that root, on a state of its own:
# nothing of the host's lists or packages counts or changes.
set -eu
root=$1 folder=$2
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Its user for fetching could not write here.
private_apt() {
    apt-get -q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State="$work" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" \
        -o APT::Sandbox::User=root "$@"
}

key=$root/usr/share/keyrings/debian-archive-keyring.gpg
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$folder"
cp "$root/var/lib/dpkg/status" "$work/status"
sed "s|^deb |deb [signed-by=$key] |" "$root/etc/apt/sources.list" >"$work/sources.list"
private_apt update
private_apt install --yes --no-install-recommends --download-only "$@"
mv "$work"/cache/archives/*.deb "$folder"
