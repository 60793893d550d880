#!/usr/bin/env bash
# Tries engines on a machine with an NVIDIA GPU and TensorRT, and writes a log with all that is needed to repair what fails.
#
#   tools/trt-smoke.sh [LOG]            LOG: trt-smoke.log in the present folder unless given
#
# Where to look for TensorRT: TENSORRT_HOME (an unpacked release), or the loader's path. What is compiled and run: LeNet, ResNet-50,
# BERT with dynamic shapes and a mixed model, each compared with plain ONNX Runtime on the CPU. SMOKE_MODELS="lenet mixed" chooses.
# Then what happens after a build: engines are listed, verified, refitted, updated, checked against their nodes, and added.
# Where TensorRT-RTX is there and no GPU is, engines are built for other GPUs (--for) and verified, and nothing is run.
# Needs only a built gpc (GPC=path, default: the Release build). Exit code 0: all is well. It takes at most ten minutes with one GPU.
set -uo pipefail
cd "$(dirname "$0")/.."
log=${1:-trt-smoke.log}
gpc=${GPC:-tools/gpc/bin/Release/net10.0/gpc}
models=${SMOKE_MODELS:-lenet resnet50 bert mixed}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
: > "$log"

say() { echo "$*" | tee -a "$log"; }

# step NAME COMMAND...: runs a command into the log; its last lines are shown, and its exit code and time.
step() {
    local name=$1 start code
    shift
    start=$(date +%s%N)
    { echo; echo "=== $name"; echo "+ $*"; } >> "$log"
    "$@" > "$work/out" 2>&1
    code=$?
    cat "$work/out" >> "$log"
    say "$(printf '%-44s exit %d  %7d ms' "$name" "$code" "$((($(date +%s%N) - start) / 1000000))")"
    [ "$code" -eq 0 ] || { failures=$((failures + 1)); tail -n 12 "$work/out" | sed 's/^/    /'; }
    return "$code"
}

say "GraphPartition engine smoke test, $(date -u +%Y-%m-%dT%H:%M:%SZ), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
{
    uname -a
    echo "TENSORRT_HOME=${TENSORRT_HOME:-} LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-} CUDA_VISIBLE_DEVICES=${CUDA_VISIBLE_DEVICES:-}"
    nvidia-smi 2>&1 || echo "nvidia-smi is not there"
    ldconfig -p 2>/dev/null | grep -E 'nvinfer|nvonnxparser|libcuda\.so|tensorrt_rtx' || echo "the loader knows no TensorRT and no CUDA driver"
    [ -n "${TENSORRT_HOME:-}" ] && ls -l "$TENSORRT_HOME" "$TENSORRT_HOME/lib" 2>&1
    free -m 2>/dev/null; nproc
} >> "$log"

step "doctor" "$gpc" doctor
step "doctor --json" "$gpc" doctor --json
if grep -q "built here, not run" "$log"; then
    # Without a driver TensorRT-RTX builds for GPUs that are named.
    cp testmodels/mixed.onnx "$work/mixed.onnx"
    step "lenet: write" "$gpc" zoo write lenet -o "$work/lenet.onnx"
    for model in lenet mixed; do
        step "$model: compile for sm_89 and sm_120" "$gpc" compile "$work/$model.onnx" -o "$work/$model.rtx.onnx" --for sm_89,sm_120 \
            --engine-cache "$work/cache" || continue
        step "$model: engines" "$gpc" engine list "$work/$model.rtx.onnx"
        step "$model: verify engines" "$gpc" engine verify "$work/$model.rtx.onnx"
        step "$model: run the nodes" "$gpc" run "$work/$model.rtx.onnx"
    done
    if [ "$failures" -eq 0 ]; then say "all is well"; else say "$failures steps failed; please mail $log"; fi
    [ "$failures" -eq 0 ]
    exit
fi
if grep -q '"canBuild": false' "$log"; then
    say "engines cannot be built here: see the doctor's remedies in $log"
    exit 3
fi
step "doctor --deep" "$gpc" doctor --deep

common=(--engine-cache "$work/cache" --trt-log info)
for model in $models; do
    file=$work/$model.onnx
    shapes=()
    run=()
    case $model in
        lenet) step "$model: write" "$gpc" zoo write lenet -o "$file" ;;
        resnet50) step "$model: write" "$gpc" zoo write resnet50 -o "$file" ;;
        bert)
            step "$model: write" "$gpc" zoo write bert_small --batch batch --sequence 32 -o "$file"
            run=(--dim batch=2)
            ;;
        mixed) cp testmodels/mixed.onnx "$file" ;;
    esac
    [ -f "$file" ] || continue
    if [ "$model" = bert ]; then
        # Every input of the model has the open batch first; gpc prints its other sizes.
        inputs=$("$gpc" inspect "$file" --json | sed -n '/"inputs"/,/}/s/^ *"\([^"]*\)": "[^[]*\[\(.*\)\]".*/\1 \2/p')
        list() { echo "$inputs" | while read -r name dims; do echo -n "$name:$(echo "$dims" | sed "s/batch/$1/; s/,/x/g"),"; done | sed 's/,$//'; }
        shapes=(--min-shapes "$(list 1)" --opt-shapes "$(list 2)" --max-shapes "$(list 4)")
    fi
    step "$model: compile" "$gpc" compile "$file" -o "$work/$model.fp32.onnx" --tf32 off "${shapes[@]}" "${common[@]}" || continue
    step "$model: compile again (from the cache)" "$gpc" compile "$file" -o "$work/$model.again.onnx" --tf32 off "${shapes[@]}" "${common[@]}"
    step "$model: run engines" "$gpc" run "$work/$model.fp32.onnx" "${run[@]}" --trt-log warning
    step "$model: engines" "$gpc" inspect "$work/$model.fp32.onnx" --engines
    step "$model: latency, engines and fallback" "$gpc" bench "$work/$model.fp32.onnx" "${run[@]}" --seconds "${SMOKE_SECONDS:-3}"
    step "$model: latency, no engines" "$gpc" bench "$work/$model.fp32.onnx" "${run[@]}" --engines off --seconds "${SMOKE_SECONDS:-3}"
    # Half precision is a matter of 8.x and 10.x; 11 needs a model in half precision and reports GP4009 otherwise.
    if step "$model: compile fp16" "$gpc" compile "$file" -o "$work/$model.fp16.onnx" --precision fp16 "${shapes[@]}" "${common[@]}"; then
        step "$model: run fp16 engines" "$gpc" run "$work/$model.fp16.onnx" "${run[@]}" --rtol 2e-2 --atol 2e-2
    elif grep -q 'GP4009' "$work/out"; then
        say "    (this release has no fp16 switch: not a failure)"
        failures=$((failures - 1))
    fi
done

step "cache: list" "$gpc" cache list --engine-cache "$work/cache"
step "cache: verify" "$gpc" cache verify --engine-cache "$work/cache"
if ls "$work"/*.fp32.onnx > /dev/null 2>&1; then
    first=$(ls "$work"/*.fp32.onnx | head -n 1)
    step "verify engines" "$gpc" engine verify "$first"
    step "update engines" "$gpc" engine update "$first" -o "$work/updated.onnx" "${common[@]}"
    source_model=$work/$(basename "$first" .fp32.onnx).onnx
    step "compile with checked engines" "$gpc" compile "$source_model" -o "$work/checked.onnx" --check-engines "${common[@]}"
    step "compile without weights" "$gpc" compile "$source_model" -o "$work/stripped.onnx" --strip-weights "${common[@]}" \
        || { grep -q 'GP4009' "$work/out" && failures=$((failures - 1)); }
    [ ! -f "$work/stripped.onnx" ] || step "refit" "$gpc" engine refit "$source_model" --from "$work/stripped.onnx" -o "$work/refitted.onnx" "${common[@]}"
    step "compile in this process" "$gpc" compile "$source_model" -o "$work/inprocess.onnx" --in-process --engine-cache off
    step "add an engine to a compiled file" "$gpc" compile "$first" --add-engine --version-compatible -o "$work/added.onnx" "${common[@]}" \
        || { grep -qE 'GP4009|GP4010|bounds the sizes' "$work/out" && failures=$((failures - 1)); }
    step "export for ONNX Runtime's TensorRT provider" "$gpc" export "$first" --epcontext "$work/epcontext"
fi

{ echo; echo "=== warnings and errors of all steps, counted"; grep -E 'GP[0-9]{4} (error|warning)' "$log" | sed 's/^gpc: //' | sort | uniq -c | sort -rn | head -60; } >> "$log"
if [ "$failures" -eq 0 ]; then say "all is well"; else say "$failures steps failed; please mail $log"; fi
[ "$failures" -eq 0 ]
