/**
 * The script that looks at a host and changes nothing.
 *
 * All questions come as its arguments, each with their number, so that one round trip is enough and
 * no name is too odd. Each answer is a line: the number of the question, a word, a value; what may
 * hold anything is in base64. Only `sh`, coreutils and what a question is about are needed.
 */
import { diskLook } from "./scripts/disk-look.ts";
import { stampFolder } from "./scripts/units.ts";

/**
 * Of a text that is asked for, and of a file that is digested: those are /etc/hosts, fstab, and what
 * we write. A program of a hundred megabytes would cost each host seconds in every run, for nothing.
 */
const maxTextBytes = 1_000_000;
/** Who asks wants to know whether there is anything but what it knows. */
const maxListLines = 1_000;
const maxOutputBytes = 65_536;
const programTimeoutS = 10;

export const endWord = "end";

const answers = `number=0
say() { printf '%s %s %s\\n' "$number" "$1" "$2"; }
say64() { printf '%s %s ' "$number" "$1"; base64 -w 0; echo; }
none() { say none yes; }
has() { command -v "$1" >/dev/null 2>&1; }
`;

const host = `say clock "$(date +%s%N)"
say machine "$(uname -m)"
say processors "$(getconf _NPROCESSORS_ONLN)"
while read -r word value _; do
    [ "$word" != MemTotal: ] || say memory "$value"
done </proc/meminfo
for release in /etc/os-release /usr/lib/os-release; do
    if [ -r "$release" ]; then say64 os <"$release"; break; fi
done
manager=unknown
if has dnf && has rpm; then manager=dnf; fi
if has apt-get && has dpkg-query; then manager=apt; fi
say manager "$manager"
`;

const files = `answer_path() {
    if [ -L "$1" ]; then type=link
    elif [ ! -e "$1" ]; then say type absent; return
    elif [ -f "$1" ]; then type=file
    elif [ -d "$1" ]; then type=directory
    else type=other; fi
    say type "$type"
    stat --printf "$number mode %04a\\n$number owner %U\\n$number group %G\\n" -- "$1"
    case $type in
    link) readlink -n -- "$1" | say64 target ;;
    file)
        if [ "$(stat -c %s -- "$1")" -gt ${maxTextBytes} ]; then say sha256 large
        else say sha256 "$(sha256sum <"$1" | cut -d ' ' -f 1)"; fi
        ;;
    directory) if [ -z "$(ls -A -- "$1" | head -c 1)" ]; then say empty yes; else say empty no; fi ;;
    esac
}
answer_text() {
    if [ -f "$1" ]; then head -c ${maxTextBytes} -- "$1" | say64 text; else none; fi
}
answer_list() {
    if [ -d "$1" ] && [ ! -L "$1" ]; then ls -A -- "$1" | head -n ${maxListLines} | say64 list; else none; fi
}
answer_program() {
    if has "$1"; then
        timeout ${programTimeoutS} "$@" </dev/null 2>&1 | head -c ${maxOutputBytes} | say64 output
    else
        none
    fi
}
`;

const accounts = `answer_user() {
    entry=$(getent passwd "$1") || { none; return; }
    printf '%s' "$entry" | cut -d : -f 6 | tr -d '\\n' | say64 home
    id -Gn -- "$1" | tr -d '\\n' | say64 groups
}
answer_package() {
    version=
    case $manager in
    apt)
        version=$(dpkg-query -W -f='\${db:Status-Status} \${Version}\\n' -- "$1" 2>/dev/null |
            sed -n 's/^installed //p' | head -n 1)
        ;;
    dnf)
        version=$(rpm -q --qf '%{VERSION}-%{RELEASE}\\n' -- "$1" 2>/dev/null) || version=
        version=$(printf '%s' "$version" | head -n 1)
        ;;
    esac
    say version "$version"
}
answer_unit() {
    say unit yes
    systemctl show --property=LoadState,UnitFileState,ActiveState -- "$1" 2>/dev/null |
        while IFS= read -r line; do say state "$line"; done
    for stamp in started reloaded; do
        file=${stampFolder}/$1.$stamp
        [ ! -f "$file" ] || say64 "$stamp" <"$file"
    done
}
`;

const disks = `answer_disk() {
    [ -b "$1" ] || { none; return; }
    device=$(readlink -f -- "$1")
    printf '%s' "$device" | say64 device
    serial_of "$device" | say64 serial
    say size "$(blockdev --getsize64 "$device")"
    uses_of "$device" | while IFS= read -r line; do printf '%s' "$line" | say64 use; done
}
answer_volume() {
    say volume yes
    has lvs || return 0
    vgs --noheadings -o pv_name -- "$1" 2>/dev/null | while read -r disk; do
        readlink -n -f -- "$disk" | say64 disk
    done
    lvs --noheadings -o lv_name -- "$1/$2" >/dev/null 2>&1 || return 0
    say there yes
    device=/dev/$1/$2
    say size "$(blockdev --getsize64 "$device")"
    blkid -p -o value -s TYPE -- "$device" 2>/dev/null | tr -d '\\n' | say64 filesystem
    blkid -p -o value -s UUID -- "$device" 2>/dev/null | tr -d '\\n' | say64 uuid
    if has findmnt; then
        findmnt -n -o TARGET --source "$device" 2>/dev/null | head -n 1 | tr -d '\\n' | say64 mount
    fi
}
`;

/** Each question: its kind, the number of its words, its words. */
const questions = `while [ $# -gt 0 ]; do
    number=$((number + 1))
    kind=$1 count=$2
    shift 2
    index=1 words=
    while [ "$index" -le "$count" ]; do
        words="$words \\"\\\${$index}\\""
        index=$((index + 1))
    done
    eval "answer_$kind $words"
    shift "$count"
done
echo ${endWord}
`;

export const probeScript = `set -u
export LVM_SUPPRESS_FD_WARNINGS=1
exec </dev/null
${answers}${diskLook}${host}${files}${accounts}${disks}${questions}`;
