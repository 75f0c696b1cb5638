#!/usr/bin/env bash
# Verifies the units as systemd reads them, in a throw-away root where the programs they name exist.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{etc/systemd/system,usr/sbin,usr/bin,usr/lib/systemd}
cp -r /usr/lib/systemd/system "$root/usr/lib/systemd/"
cp systemd/*.service systemd/*.socket "$root/etc/systemd/system/"
for program in usr/sbin/mailpreflightd usr/bin/mailpreflight; do
    printf '#!/bin/sh\n' >"$root/$program"
    chmod +x "$root/$program"
done
systemd-analyze verify --man=no --recursive-errors=yes --root="$root" \
    mailpreflightd.service mailpreflightd.socket mailpreflightd-view.socket
systemd-analyze security --offline=true --threshold=12 --no-pager systemd/mailpreflightd.service >"$root/security" ||
    { cat "$root/security"; exit 1; }
tail -n 1 "$root/security"
