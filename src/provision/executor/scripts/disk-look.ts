/**
 * How a disk is looked at, in the probe and again right before it is taken: by the same words, so that
 * both mean the same.
 *
 * Whatever cannot be found out counts against the disk. The look must not end early where the script
 * around it ends at the first failure: then a disk would pass for empty.
 */

/** serial_of DEVICE; uses_of DEVICE: a line for each reason why it cannot be taken. */
export const diskLook = `serial_of() {
    number=$(lsblk -dnro SERIAL -- "$1" 2>/dev/null | tr -d ' \\n')
    [ -n "$number" ] || number=$(cat "/sys/class/block/\${1##*/}/serial" 2>/dev/null | tr -d ' \\n')
    [ -n "$number" ] || number=$(lsblk -dnro WWN -- "$1" 2>/dev/null | tr -d ' \\n')
    printf '%s' "$number"
}
signatures_of() {
    for program in wipefs blkid lsblk; do
        command -v "$program" >/dev/null || { echo "cannot be judged: there is no $program"; return; }
    done
    if found=$(wipefs --no-act --parsable -- "$1" 2>/dev/null); then
        printf '%s\\n' "$found" | sed -e '/^#/d' -e '/^$/d' -e 's/.*,//' -e 's/$/ signature/'
    else
        echo "cannot be judged by wipefs"
    fi
    blkid -p -o value -s TYPE -s PTTYPE -- "$1" >/dev/null 2>&1
    case $? in
    0) blkid -p -o value -s TYPE -s PTTYPE -- "$1" | sed 's/$/ signature/' ;;
    2) ;;
    *) echo "cannot be judged by blkid" ;;
    esac
}
look_at() {
    set +e
    case $(lsblk -dnro TYPE -- "$1" 2>/dev/null) in
    part) echo "is a partition" ;;
    lvm) echo "is a logical volume" ;;
    rom) echo "is no disk" ;;
    '') echo "cannot be judged by lsblk" ;;
    esac
    [ "$(lsblk -dnro RO -- "$1" 2>/dev/null)" != 1 ] || echo "is read-only"
    lsblk -nro NAME,TYPE -- "$1" 2>/dev/null | tail -n +2 |
        while read -r name type; do echo "has $name ($type) on it"; done
    lsblk -nro MOUNTPOINT -- "$1" 2>/dev/null | sed -e '/^$/d' -e 's/^/mounted on /'
    signatures_of "$1"
    if [ "$(head -c 1048576 -- "$1" 2>/dev/null | wc -c)" -ne 1048576 ]; then
        echo "cannot be read"
    elif [ "$(head -c 1048576 -- "$1" 2>/dev/null | tr -d '\\0' | wc -c)" -ne 0 ]; then
        echo "has data in its first MiB"
    fi
    echo "looked at to the end"
}
uses_of() {
    uses=$(look_at "$1" | sort -u)
    case $uses in
    *"looked at to the end"*) printf '%s\\n' "$uses" | sed '/^looked at to the end$/d' ;;
    *) echo "cannot be judged" ;;
    esac
}
`;
