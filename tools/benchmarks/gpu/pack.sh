#!/bin/sh
# pack.sh FOLDER [MODELS ...]: builds `benchmarks` with the .NET runtime, ONNX Runtime's CUDA provider and the scripts into FOLDER, to be
# copied to a machine with a GPU that needs nothing but CUDA 13 and cuDNN 9 there: FOLDER/run.sh RESULTS. Each of MODELS is a folder of
# models with expected outputs (NAME/model.onnx, NAME/test_data_set_0, at any depth) for gpu-conformance.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Artifacts of their own: the switch must not leave GPU libraries in the usual output folders.
dotnet publish -c Release -r linux-x64 --self-contained -p:OnnxRuntimeGpu=true --artifacts-path "$work" -o "$out" "$root/tools/benchmarks"
rm -f "$out/libonnxruntime_providers_tensorrt.so"
for models in "$@"; do
    mkdir -p "$out/models"
    cp -rL "$models" "$out/models"
done
cp "$here/run.sh" "$here/pytorch.py" "$out"
echo "GraphPartition $(git -C "$root" rev-parse --short HEAD), ONNX Runtime 1.31.0, .NET $(dotnet --version)" >"$out/VERSION"
