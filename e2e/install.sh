#!/usr/bin/env bash
# Installs the servers that the end-to-end tests run against: Debian's prometheus, which brings promtool, and
# prometheus-alertmanager, which brings amtool. Under CI a missing
# one is a failure; elsewhere the tests that need it say so and fail as well, with this script as the hint.
set -euo pipefail
missing=()
command -v prometheus >/dev/null && command -v promtool >/dev/null || missing+=(prometheus)
command -v prometheus-alertmanager >/dev/null && command -v amtool >/dev/null || missing+=(prometheus-alertmanager)
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
  echo "e2e: needs ${missing[*]} on the PATH, and there is no apt-get to install it" >&2
  exit 1
fi
sudo=""
[ "$(id -u)" -eq 0 ] || sudo=sudo
# The package starts a service where there is an init system; the tests start their own on a port of their own.
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
