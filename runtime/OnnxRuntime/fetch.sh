#!/bin/sh
# fetch.sh LOCK_DIR TARGET_DIR: the packages of LOCK_DIR's lock file, reduced to what the build needs, as TARGET_DIR:
#   src/**/*.cs  the managed API      native/*.so  the libraries to lie beside it      the licence texts
# TARGET_DIR appears by one rename, so where it exists it is whole. Builds that fetch at once wait for the first.
# Exit status: 0 done, 127 no npm, other: npm's or the failing command's.
set -eu
lock_dir=$1 target=$2
cache=$(dirname "$target")

command -v npm >/dev/null || exit 127
mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9
[ ! -d "$target" ] || exit 0

rm -rf "$cache"/.fetch-* # left by a killed build: whoever works here holds the lock
work=$(mktemp -d "$cache/.fetch-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

# The packages' install scripts stay off: onnxruntime-node's would download from elsewhere, past the lock file's hashes.
cp "$lock_dir/package.json" "$lock_dir/package-lock.json" "$work"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retry-maxtimeout=20000)

api=$work/node_modules/com.github.asus4.onnxruntime
gpu=$work/node_modules/com.github.asus4.onnxruntime.linux-x64-gpu
core=$work/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1
out=$work/out
mkdir -p "$out/native"
mv "$api/Runtime" "$out/src"
mv "$api/LICENSE" "$api/ThirdPartyNotices.txt" "$out"
if [ -d "$gpu" ]; then
    mv "$core" "$out/native/libonnxruntime.so"
    for provider in shared cuda tensorrt; do
        mv "$gpu/Plugins/Linux/x64/libonnxruntime_providers_$provider.so" "$out/native"
    done
else
    mv "$api/Plugins/Linux/x64/libonnxruntime.so" "$out/native"
fi
# Read by the compiler and by `dotnet format`: nobody's style rules apply to these files.
printf 'root = true\n\n[*]\ngenerated_code = true\n' >"$out/.editorconfig"

find "$out" -type f -exec sync {} + # on disk before the name is
mv -T "$out" "$target"
