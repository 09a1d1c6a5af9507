#!/usr/bin/env bash
# Installs Debian's mtail and rsyslog, which claudewatch is compared with. Their services are not needed: the benchmark starts its own.
set -euo pipefail
missing=()
command -v mtail >/dev/null || missing+=(mtail)
command -v rsyslogd >/dev/null || missing+=(rsyslog)
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
  echo "bench/peers: needs ${missing[*]} on the PATH, and there is no apt-get to install it" >&2
  exit 1
fi
sudo=""
[ "$(id -u)" -eq 0 ] || sudo=sudo
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
