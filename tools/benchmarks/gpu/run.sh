#!/bin/sh
# run.sh RESULTS [SECONDS]: the checks and measurements of a package that pack.sh made, on a machine with an NVIDIA GPU, CUDA 13
# and cuDNN 9 (on the loader's path, or as the Python packages that PyTorch brings). Writes RESULTS/*.md; what fails, and what is
# said besides, stands in RESULTS/log.txt.
set -u
here=$(cd "$(dirname "$0")" && pwd)
results=$1 seconds=${2:-2}
mkdir -p "$results"
site=$(python3 -c 'import nvidia; print(list(nvidia.__path__)[0])' 2>/dev/null)
export LD_LIBRARY_PATH="$here:$site/cu13/lib:$site/cudnn/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
{
    date -u +%F
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
    cat "$here/VERSION"
} >"$results/machine.txt"
for part in ${PARTS:-gpu gpu-fp16 gpu-mixed gpu-checks gpu-conformance boundary boundary-without pytorch}; do
    case $part in
        gpu) # a process for each model: memory of one does not weigh on the next
            header=
            for model in ${MODELS:-lenet alexnet resnet50 vgg16 vgg19 inception_v3 mobilenet_v2 mobilenet_v3 bert_base wide_deep \
                resnet50_det mobilenet_v2_nonzero wide_deep_unique mobilenet_v2_detector equilibrium}; do
                "$here/benchmarks" gpu --only "$model" --seconds "$seconds" $header || echo "| $model | exit status $? |"
                header=--no-header
            done ;;
        boundary) "$here/benchmarks" boundary --device cuda --seconds "$seconds" ;;
        boundary-without) echo "without recordings:"; "$here/benchmarks" boundary --device cuda --cuda-graphs false --seconds "$seconds" ;;
        gpu-conformance) [ ! -d "$here/models" ] || "$here/benchmarks" gpu-conformance "$here/models" ;;
        pytorch) python3 "$here/pytorch.py" "$seconds" ;;
        *) "$here/benchmarks" "$part" --seconds "$seconds" ;;
    esac >>"$results/${part%-without}.md" 2>>"$results/log.txt" || echo "$part: exit status $?" >>"$results/log.txt"
done
