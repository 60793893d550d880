#!/bin/sh
# execution-provider.sh ONNXRUNTIME_FOLDER LIBRARY MODEL ...: runs models with the execution provider and without, in pairs, in one process
# each. ONNXRUNTIME_FOLDER has libonnxruntime.so and the headers in include/ (build/native/include of the NuGet package); LIBRARY is
# libgraphpartition_ep.so. Prints a table: the time to register the library, to create a session without and with the provider, the median
# times of a run, the nodes that copy tensors between the host and the GPU in a run (by ONNX Runtime's profile; empty without a GPU), and
# whether the results are equal. The program is that of the tests (Native/host.cpp).
#
# RUNS: how often each runs, 50 by default. OPTIONS: more options of the provider, for instance "cuda_graphs on". API: the version of ONNX
# Runtime's API, 31 by default. GP_EP_GPU=1: on a GPU, with ONNX Runtime's CUDA provider on both sides; the folder then has
# libonnxruntime_providers_cuda.so and _shared.so too.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runtime=$(realpath "$1")
library=$(realpath "$2")
shift 2
program=$(mktemp)
trap 'rm -f "$program"' EXIT
g++ -O1 -std=c++17 -I"$runtime/include" "$here/../../tests/GraphPartition.ExecutionProvider.Tests/Native/host.cpp" -o "$program" -ldl
export LD_LIBRARY_PATH="$runtime:${LD_LIBRARY_PATH:-}"
echo "| model | support | register ms | session ms | with the provider | run ms | with the provider | ratio | copies | results |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
for model in "$@"; do
    for support in all table random:7:0.5; do
        output=$("$program" "$runtime/libonnxruntime.so" "$library" "$model" "${API:-31}" "${RUNS:-50}" support "$support" threads 1 ${OPTIONS:-} 2>&1) || true
        echo "$output" | awk -v model="$(basename "$(dirname "$model")")/$(basename "$model")" -v support="$support" '
            /^registered / { register = $2 }
            /^session / { session[++n] = $2 }
            /^run / { alone = $2; with = $5 }
            /^copies / { copies = $2 }
            { last = $0 }
            END { printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", model, support, register, session[1], session[2], alone, with,
                (alone > 0 ? sprintf("%.3f", with / alone) : ""), copies, last }'
    done
done
