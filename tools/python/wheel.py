"""Makes a Python wheel of the execution provider: python3 wheel.py LIBRARY VERSION FOLDER

LIBRARY is libgraphpartition_ep.so, as 'dotnet publish -c Release -r linux-x64 runtime/ExecutionProvider' makes it. A wheel is an archive
with a list of its files (PEP 427), so no tool is needed. The tag names the oldest glibc that has all that the library needs (PEP 600).
Equal inputs give equal bytes.
"""

import base64
import hashlib
import os
import re
import sys
import zipfile

NAME = "graphpartition_ep"
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def platform_of(library):
    versions = re.findall(rb"GLIBC_2\.(\d+)", library)
    if not versions:
        raise SystemExit("the library needs no glibc: it is not a library for Linux")
    return "manylinux_2_%d_x86_64" % max(map(int, versions))


def main(library_file, version, folder):
    with open(library_file, "rb") as file:
        library = file.read()
    if library[:4] != b"\x7fELF" or library[18:20] != b"\x3e\x00":
        raise SystemExit("%s is not a library for Linux on x64" % library_file)
    tag = "py3-none-" + platform_of(library)
    info = "%s-%s.dist-info" % (NAME, version)
    read = lambda *parts: open(os.path.join(*parts), "rb").read()
    metadata = (
        "Metadata-Version: 2.1\nName: graphpartition-ep\nVersion: %s\n"
        "Summary: The fewest TensorRT engines for any model: an execution provider for ONNX Runtime\n"
        "License: Apache-2.0\nRequires-Python: >=3.8\nDescription-Content-Type: text/markdown\n\n" % version
    ).encode() + read(ROOT, "docs", "execution-provider.md")
    files = [
        (NAME + "/__init__.py", read(HERE, NAME, "__init__.py")),
        (NAME + "/libgraphpartition_ep.so", library),
        (info + "/METADATA", metadata),
        (info + "/WHEEL", ("Wheel-Version: 1.0\nGenerator: graphpartition\nRoot-Is-Purelib: false\nTag: %s\n" % tag).encode()),
        (info + "/LICENSE", read(ROOT, "LICENSE")),
        (info + "/THIRD-PARTY-NOTICES", read(ROOT, "THIRD-PARTY-NOTICES")),
    ]
    record = "".join(
        "%s,sha256=%s,%d\n" % (path, base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode(), len(data))
        for path, data in files) + info + "/RECORD,,\n"
    wheel = os.path.join(folder, "%s-%s-%s.whl" % (NAME, version, tag))
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files + [(info + "/RECORD", record.encode())]:
            entry = zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if path.endswith(".so") else 0o644) << 16
            archive.writestr(entry, data)
    print(wheel)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
