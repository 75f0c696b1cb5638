# Shared by run, test and bench: where we are, what is installed, how it is built. Sourced, not run.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
JOBS=${JOBS:-$(nproc)}

say() {
    printf '== %s\n' "$*" >&2
}

wanted_packages() {
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$ROOT/scripts/packages.txt"
}

# Installs what is missing, as root or with sudo, and says what. On another system than Debian 12 or 13 it prints the
# list instead of guessing.
install_packages() {
    local id='' version='' missing=() package
    if [ -r /etc/os-release ]; then
        id=$(. /etc/os-release && echo "${ID:-}")
        version=$(. /etc/os-release && echo "${VERSION_ID:-}")
    fi
    if [ "$id" != debian ] || { [ "$version" != 12 ] && [ "$version" != 13 ]; }; then
        if [ -n "${MAILPREFLIGHT_HAVE_PACKAGES:-}" ]; then
            return
        fi
        echo "This is not Debian 12 or 13. Install what corresponds to these packages," >&2
        echo "then run again with MAILPREFLIGHT_HAVE_PACKAGES=1:" >&2
        wanted_packages >&2
        exit 1
    fi
    for package in $(wanted_packages); do
        # Other builds of Node.js bring npm along, and Debian's package of it would take them away.
        [ "$package" = npm ] && command -v npm >/dev/null && continue
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Run as root, or install sudo: these packages are missing: ${missing[*]}" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    # The system services of these would answer on every interface; the tests start their own.
    local service
    for service in apache2 davmail-server krb5-admin-server krb5-kdc nginx prometheus prometheus-alertmanager slapd; do
        if [[ " ${missing[*]} " == *" $service "* ]] && [ -d /run/systemd/system ]; then
            "${as_root[@]}" systemctl mask --quiet "$service.service"
        fi
    done
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# configure_and_build DIR TYPE [cmake options] -- [targets]
configure_and_build() {
    local directory=$1 type=$2
    shift 2
    local options=() targets=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    [ $# -gt 0 ] && shift
    targets=("$@")
    local launcher=()
    command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    # ccache understands precompiled headers only with this.
    # Another clone's objects serve too: paths below the tree are kept relative.
    export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$ROOT} CCACHE_NOHASHDIR=1
    export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros,include_file_mtime,include_file_ctime}
    cmake -S "$ROOT" -B "$directory" -G Ninja -DCMAKE_BUILD_TYPE="$type" "${launcher[@]}" "${options[@]}" >"$directory.configure.log" 2>&1 ||
        { cat "$directory.configure.log" >&2; exit 1; }
    ninja -C "$directory" -j "$JOBS" "${targets[@]}" >"$directory.build.log" 2>&1 ||
        { sed -n '/^FAILED/,$p' "$directory.build.log" | grep -v '^\[' | head -120 >&2; echo "build failed: $directory.build.log" >&2; exit 1; }
}
