# SPDX-License-Identifier: Apache-2.0
# Sourced by run and test: installs what is missing of the named sections of tools/packages.
# Costs a tenth of a second when nothing is.

# Prints the packages of the sections that this machine lacks.
missing_packages() {
    local section= name command rest wanted=() installed
    while read -r name command rest; do
        case $name in
        '' | '#'*) ;;
        '['*) section=${name//[\[\]]/} ;;
        *)
            [[ " $* " == *" $section "* ]] || continue
            [ -n "$command" ] && command -v "$command" >/dev/null && continue
            wanted+=("$name")
            ;;
        esac
    done <tools/packages
    [ ${#wanted[@]} -gt 0 ] || return 0
    installed=" $(dpkg-query -W -f='${db:Status-Status}:${Package} ' "${wanted[@]}" 2>/dev/null || true) "
    for name in "${wanted[@]}"; do
        [[ $installed == *" installed:$name "* ]] || printf '%s ' "$name"
    done
}

# need_packages SECTION...
need_packages() {
    local missing as_root=() log
    if ! command -v dpkg-query >/dev/null; then
        return 0 # not Debian: the build says what it does not find
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "$0: these Debian packages are missing; as root: apt-get install $missing" >&2
            exit 69
        fi
        as_root=(sudo)
    fi
    echo "installing: $missing"
    log=$(mktemp)
    # A machine without systemd must not start what it installs (RUNLEVEL=1 says so to Debian).
    [ -d /run/systemd/system ] || as_root+=(env RUNLEVEL=1)
    # shellcheck disable=SC2086 # the list is made of words
    if ! { "${as_root[@]}" apt-get -q update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -q -y install --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        echo "$0: the packages could not be installed; all of apt-get's output is in $log" >&2
        exit 69
    fi
    rm -f "$log"
}
