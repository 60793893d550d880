#!/usr/bin/env bash
# Runs gpc on a folder of exported models (NAME/model.onnx with NAME/test_data_set_0) under every kind of partition.
# usage: tools/conformance.sh MODELS [SEEDS=10]; exits 1 if any run does not exit 0
set -u
models=$1; seeds=${2:-10}
gpc="$(dirname "$0")/gpc/bin/Release/net10.0/gpc"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
runs=0; failures=0

check() {
    runs=$((runs + 1))
    if ! "$gpc" "$@" >"$work/log" 2>&1; then
        failures=$((failures + 1)); echo "FAILED: gpc $*"; tail -3 "$work/log"
    fi
}

for model in "$models"/*/model.onnx; do
    data=$(dirname "$model")/test_data_set_0
    given=(); [ -f "$data/output_0.pb" ] && given=(--test-data "$data")
    [[ $model == */qat_qdq/* ]] && given+=(--rtol 1e-2 --atol 1e-2) # a rounding of quantization may flip
    for support in table all none; do check run "$model" "${given[@]}" --support $support; done
    for seed in $(seq 1 "$seeds"); do
        for p in 0.2 0.5 0.8; do check run "$model" "${given[@]}" --support "random:$seed:$p" --keep-groups; done
    done
    check compile "$model" -o "$work/compiled.onnx" && check run "$work/compiled.onnx" "${given[@]}" --keep-groups
    echo "$(date +%T) $(basename "$(dirname "$model")"): $runs runs so far, $failures failed"
done
echo "$runs runs, $failures failed"
[ "$failures" -eq 0 ]
