/**
 * The part of the survey that tells what a host is: system, network, storage, protection. POSIX sh.
 *
 * Each function prints lines of a word and its fields, with tabs between them. What a host cannot
 * tell, it leaves out. Nothing here changes anything, and nothing may wait for long: a name server
 * that is silent must not make a host look dead.
 */
export const systemFunctions = String.raw`
tab=$(printf '\t')

say() {
    line=$1
    shift
    for field in "$@"; do
        line="$line$tab$field"
    done
    printf '%s\n' "$line"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

limited() {
    if has timeout; then
        timeout "$@"
    else
        shift
        "$@"
    fi
}

first_line() {
    [ -r "$1" ] && sed -n 1p "$1"
}

system_facts() {
    if [ -r /etc/os-release ]; then
        (
            ID='' ID_LIKE='' VERSION_ID='' PRETTY_NAME=''
            . /etc/os-release
            say os "$ID" "$ID_LIKE" "$VERSION_ID" "$PRETTY_NAME"
        )
    fi
    say architecture "$(uname -m)"
    say glibc "$(getconf GNU_LIBC_VERSION)"
    [ -d /run/systemd/system ] && say systemd-running
    say systemd "$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')"
    say container "$(systemd-detect-virt --container)"
    say memory "$(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo)"
    say processors "$(getconf _NPROCESSORS_ONLN)"
    say hostname "$(uname -n)"
    say machine-id "$(first_line /etc/machine-id)"
    say boot-id "$(first_line /proc/sys/kernel/random/boot_id)"
    say umask "$(umask)"
    if has python3; then
        say python "$(python3 -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')" \
            "$(python3 -c 'import ensurepip, venv; print("venv")')"
    fi
    has locale && say locales "$(locale -a | tr '\n' ' ')"
}

package_facts() {
    if has apt-get; then
        say package-manager apt
        ls /var/lib/apt/lists/*_Packages* >/dev/null && say package-lists
        limited 20 apt-cache policy "$@" |
            sed -n -e '/^[^ ]/p' -e '/Installed: /p' -e '/Candidate: /p' |
            while IFS= read -r row; do
                say policy "$row"
            done
    elif has dnf; then
        say package-manager dnf
        for package in "$@"; do
            say package "$package" "$(rpm -q --qf '%{VERSION}-%{RELEASE}\n' "$package" | grep -v ' ')"
        done
    else
        say package-manager unknown
    fi
}

network_facts() {
    has ip && say interfaces "$(ip -json -details address show | tr -d '\n\t')"
    if has ss; then
        say listeners
        ss -H -l -n -t -u -p | while read -r protocol _ _ _ address _ users; do
            process='' pid='' unit=''
            case $users in
            *pid=*)
                process=$(printf '%s\n' "$users" | sed 's/^[^"]*"\([^"]*\)".*/\1/')
                pid=$(printf '%s\n' "$users" | sed 's/^[^=]*pid=\([0-9]*\).*/\1/')
                unit=$(unit_of "$pid")
                ;;
            esac
            say listener "$protocol" "$address" "$process" "$unit"
        done
    fi
    if has sshd; then
        settings=$(sshd -T -C user=root,host=localhost,addr=127.0.0.1)
        say forwarding "$(printf '%s\n' "$settings" | sed -n 's/^allowtcpforwarding //p')" \
            "$(printf '%s\n' "$settings" | sed -n 's/^disableforwarding //p')"
    fi
}

# The unit that a process belongs to; nothing for one of a login.
unit_of() {
    sed -n 's#^.*/\([^/]*\.service\)\(/.*\)\{0,1\}$#\1#p' "/proc/$1/cgroup" | sed -n 1p
}

name_fact() {
    addresses='s/^\([0-9.]*\) *STREAM.*/\1/p'
    by_file=$(limited 2 getent -s files ahostsv4 "$1" | sed -n "$addresses" | tr '\n' ' ')
    by_all=$(limited 2 getent ahostsv4 "$1" | sed -n "$addresses" | tr '\n' ' ')
    say name "$1" "$by_file" "$by_all"
}

# Of the file system that a path lies on, or would lie on.
space_fact() {
    place=$1
    while [ ! -e "$place" ]; do
        place=$(dirname "$place")
    done
    say space "$1" \
        "$(df -P -k "$place" | awk 'NR == 2 { print $2, $4 }')" \
        "$(findmnt -n -r -o TARGET,OPTIONS -T "$place" | tail -n 1)"
}

protection_facts() {
    say tmp "$(stat -c %a /tmp)"
    say selinux "$(first_line /sys/fs/selinux/enforce)"
    for file in /sys/digsig/elf_mode /sys/digsig/enforce; do
        [ -r "$file" ] && say digital-signature "$file" "$(first_line "$file")"
    done
    file=/etc/digsig/digsig_initramfs.conf
    if [ -r "$file" ]; then
        say digital-signature "$file" \
            "$(sed -n 's/^DIGSIG_\(ELF_MODE\|ENFORCE\)=//p' "$file" | tail -n 1)"
    fi
    if has apt-config && [ -x /usr/bin/unattended-upgrade ]; then
        say upgrader unattended-upgrades \
            "$(apt-config dump APT::Periodic::Unattended-Upgrade | sed -n 's/.*"\(.*\)";/\1/p')"
    fi
}

# $1: the folder of the lock.
lock_fact() {
    [ -d "$1" ] && say lock "$(first_line "$1/owner")" "$(first_line "$1/machine")" \
        "$(first_line "$1/time")" "$(date +%s)"
}
`;
