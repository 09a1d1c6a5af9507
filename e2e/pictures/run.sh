#!/usr/bin/env bash
# Draws docs/pictures: runs the demo and an agent with a history of weeks, has a real Prometheus scrape both for MINUTES, and draws
# what the dashboards' queries answer. Needs Debian's prometheus (e2e/install.sh), curl and ports 39429, 39430 and 39490.
set -euo pipefail
minutes=${MINUTES:-12}
root=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$dir"
}
trap finish EXIT
cd "$root"
go build -o "$dir/claudewatch" ./cmd/claudewatch
(cd e2e && go build -o "$dir/pictures" ./pictures)
cat > "$dir/prometheus.yml" <<YAML
global: {scrape_interval: 5s}
scrape_configs:
  - job_name: claudewatch
    static_configs: [{targets: ["127.0.0.1:39429", "127.0.0.1:39430"]}]
YAML
cat > "$dir/claudewatch.yml" <<YAML
budgets:
  - {name: checkout, app: checkout, tokens: 400000, per: day}
  - {name: everybody, app: "*", tokens: 900000, per: day}
metrics: {users: [u-17, u-42]}
YAML
"$dir/pictures" -history "$dir/old.log"
"$dir/claudewatch" ingest --db "$dir/old.db" "$dir/old.log"
"$dir/claudewatch" demo --seed 7 --listen 127.0.0.1:39429 >"$dir/demo.out" 2>&1 & pids+=($!)
"$dir/claudewatch" serve --listen 127.0.0.1:39430 --db "$dir/old.db" --config "$dir/claudewatch.yml" >"$dir/old.out" 2>&1 & pids+=($!)
prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" --web.listen-address=127.0.0.1:39490 >"$dir/prometheus.out" 2>&1 & pids+=($!)
end=$((SECONDS + minutes * 60))
n=0
while [ $SECONDS -lt $end ]; do # what the demo does not have: listed users, a subscription, a time to first token, a model without a price
  n=$((n + 1))
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  later=$(date -u -d '+2 hours' +%Y-%m-%dT%H:%M:%SZ)
  soon=$(date -u -d '+24 seconds' +%Y-%m-%dT%H:%M:%SZ)
  user=u-17 app=checkout model=claude-sonnet-5 limit=2000000
  [ $((n % 3)) -eq 0 ] && user=u-42 app=search model=claude-haiku-4-5 limit=4000000
  [ $((n % 11)) -eq 0 ] && user=u-42 app=search model=our-own limit=50000
  curl -sS -o /dev/null -H 'Content-Type: application/json' http://127.0.0.1:39430/v1/calls -d '{"time":"'"$now"'","request_id":"req_'$n'",
    "provider":"anthropic","organization":"acme","workspace":"production","app":"'$app'","user":"'$user'","model":"'$model'","status":200,
    "duration_seconds":'$((1 + n % 7))',"time_to_first_token_seconds":0.'$((2 + n % 6))',"usage":{"input_tokens":'$((300 + n * 37 % 900))',"output_tokens":'$((40 + n % 90))',"cache_read_input_tokens":'$((n * 53 % 4000))'},
    "readings":[{"limiter":"input_tokens","limit":'$limit',"remaining":'$((limit / 100 * (60 + n * 7 % 40)))',"reset":"'"$soon"'"},{"limiter":"unified_5h","utilization":0.'$((40 + n * 40 / (minutes * 30 + 1)))',"reset":"'"$later"'"}]}' || true
  sleep 2
done
mkdir -p docs/pictures
"$dir/pictures" -prometheus http://127.0.0.1:39490 -o docs/pictures
