#!/bin/sh
# Writes the index that makes a folder of Debian packages an apt repository.
#
#     sh setup/apt-index.sh FOLDER
#
# Hosts name it as `deb [trusted=yes] file:FOLDER ./`. The usual tool for this is in a package that
# nothing else here needs.
set -eu
cd "$1"
for package in ./*.deb; do
    dpkg-deb --field "$package"
    echo "Filename: $package"
    echo "Size: $(stat -c %s "$package")"
    echo "SHA256: $(sha256sum "$package" | cut -d ' ' -f 1)"
    echo
done >Packages
