/**
 * The part of the survey that tells what runs or lies on a host already: units, processes, Consul,
 * Patroni, databases. POSIX sh.
 *
 * Configurations are read for the few words that say whose they are. Of a gossip key only the digest
 * leaves the host: 32 random bytes cannot be guessed from it. What a removal has noted is read like
 * the configuration that it stands for.
 */
import { consulNoteFile, patroniNoteFile } from "../removal/notes.ts";

export const programFunctions = String.raw`
unit_facts() {
    systemctl show -p Id -p LoadState -p ActiveState "$@" | while IFS= read -r property; do
        say unit "$property"
    done
}

process_facts() {
    for folder in /proc/[0-9]*; do
        name=''
        read -r name <"$folder/comm"
        case $name in
        consul | patroni | postgres | postmaster | etcd | keepalived | vip-manager | repmgrd | \
            pacemakerd | corosync | stolon-keeper | pg_autoctl)
            say process "$name" "$(unit_of "$(basename "$folder")")"
            ;;
        esac
    done | sort -u
}

# The word that a key has in a file of JSON or HCL, however its lines are broken.
word_in() {
    tr ',{' '\n\n' <"$1" |
        sed -n "s/^[[:space:]]*\"\{0,1\}$2\"\{0,1\}[[:space:]]*[:=][[:space:]]*\"\([^\"]*\)\".*/\1/p" |
        sed -n 1p
}

digest_of() {
    [ -z "$1" ] || printf %s "$1" | sha256sum | cut -c 1-64
}

consul_facts() {
    for file in /etc/consul.d/*.json /etc/consul.d/*.hcl /etc/consul/*.json /etc/consul/*.hcl \
        ${consulNoteFile}; do
        [ -r "$file" ] || continue
        say consul-config "$file" "$(word_in "$file" datacenter)" "$(word_in "$file" node_name)" \
            "$(digest_of "$(word_in "$file" encrypt)")"
        folder=$(word_in "$file" data_dir)
        [ -z "$folder" ] || consul_data_fact "$folder"
    done
    consul_data_fact /var/lib/consul
    consul_data_fact /opt/consul
}

# serf keeps its keys in a list of JSON, the one in use first.
consul_data_fact() {
    [ -d "$1/serf" ] || [ -d "$1/raft" ] || return 0
    key=''
    [ -r "$1/serf/local.keyring" ] &&
        key=$(tr -d '\n' <"$1/serf/local.keyring" | sed -n 's/^[^"]*"\([^"]*\)".*/\1/p')
    say consul-data "$1" "$(digest_of "$key")"
}

patroni_word() {
    sed -n "s/^\"\{0,1\}$2\"\{0,1\}[[:space:]]*:[[:space:]]*//p" "$1" | sed -n 1p | tr -d "\"' \r"
}

patroni_facts() {
    for file in /etc/patroni/*.yml /etc/patroni/*.yaml /opt/patroni/*.yml ${patroniNoteFile}; do
        [ -r "$file" ] || continue
        scope=$(patroni_word "$file" scope)
        [ -z "$scope" ] || say patroni "$file" "$scope" "$(patroni_word "$file" namespace)" \
            "$(patroni_word "$file" name)" "$(patroni_word "$file" data)"
    done
}

# PGDATA of the cluster file, and where packages put a database by themselves.
database_facts() {
    for folder in "$1" /var/lib/postgresql/*/* /var/lib/pgsql/data /var/lib/pgsql/*/data \
        /var/lib/pgpro/*/data; do
        [ -r "$folder/PG_VERSION" ] && say database "$folder" "$(first_line "$folder/PG_VERSION")"
    done
    if [ -d "$1" ] && [ ! -e "$1/PG_VERSION" ]; then
        say leftover "$1" "$(ls -A "$1" | wc -l)"
    fi
}

vip_file_facts() {
    grep -r -l -F -- "$1" /etc/keepalived /etc/default/vip-manager.yml /etc/vip-manager \
        /etc/patroni/vip-manager.yml | while IFS= read -r file; do
        say vip-file "$file"
    done
}
`;
