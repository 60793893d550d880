#!/usr/bin/env python3
"""torch.fx's CapabilityBasedPartitioner and gpc on the same random graphs, in one run.

    python3 fx_comparison.py GPC [NODES ...]         (default: 1000 3000)

GPC is the tool, published so that the machine needs no .NET:

    dotnet publish -c Release -r linux-x64 --self-contained tools/gpc -o gpc-linux

Prints a Markdown table: engines of both, their times, and the ratio. Ends with 1 where the numbers of engines differ. The graphs are
those of `GraphGenerators.RandomDag(n, 0.2, 50, seed=1)` (testmodels/Graphs/README.md has the recipe): torch.fx gets them as a
GraphModule, gpc as an ONNX file that this script writes. torch.fx's time is `propose_partitions`; gpc's is `milliseconds.partition`
of `gpc plan --json` (tagging, partitioning, the boundary optimum, the check and the certificate).
"""
import json
import os
import subprocess
import sys
import tempfile
import time

MASK = 2**64 - 1


class SplitMix:
    def __init__(self, seed):
        self.state = seed

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        return z ^ z >> 31

    def next(self, limit):
        return self.bits() * limit >> 64

    def chance(self, p):
        return (self.bits() >> 11) / 2**53 < p


def random_dag(nodes, share_unsupported=0.2, window=50, seed=1):
    """For each node its predecessors, and whether it is supported."""
    random = SplitMix(seed)
    reads = [[] for _ in range(nodes)]
    for node in range(1, nodes):
        for _ in range(1 + random.next(2)):
            tail = node - 1 - random.next(min(window, node))
            if tail not in reads[node]:
                reads[node].append(tail)
    supported = []
    for _ in range(nodes):
        supported.append(not random.chance(share_unsupported))
        random.next(64)  # the size of its tensor
    return reads, supported


# ---- ONNX, written by hand: the protobuf wire format needs no library -----------------------------------------------------------

def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor_info(name):
    shape = field(1, field(1, 4))
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def write_onnx(reads, path):
    graph = b""
    used = set(tail for r in reads for tail in r)
    for node, tails in enumerate(reads):
        inputs = [f"v{t}" for t in tails] or ["x"]
        body = b"".join(field(1, i) for i in inputs) + field(2, f"v{node}") + field(3, f"n{node}") + field(4, "Sum")
        graph += field(1, body)
    graph += field(2, "random") + field(11, tensor_info("x"))
    graph += b"".join(field(12, tensor_info(f"v{n}")) for n in range(len(reads)) if n not in used)
    with open(path, "wb") as file:
        file.write(field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 18)))


# ---- the two sides ---------------------------------------------------------------------------------------------------------------

def run_gpc(gpc, reads, supported, folder):
    model, support = os.path.join(folder, "graph.onnx"), os.path.join(folder, "support.txt")
    write_onnx(reads, model)
    with open(support, "w") as file:
        file.writelines(f"node n{n}\n" for n, s in enumerate(supported) if s)
    best = None
    for _ in range(3):
        out = subprocess.run([gpc, "plan", model, "--support", support, "--passes", "none", "--json"], check=True, capture_output=True, text=True)
        plan = json.loads(out.stdout)
        assert plan["nodes"] == len(reads) and plan["supported"] == sum(supported) and plan["isMinimum"]
        if best is None or plan["milliseconds"]["partition"] < best["milliseconds"]["partition"]:
            best = plan
    return len(best["engines"]), best["milliseconds"]["partition"] / 1e3


def run_fx(reads, supported):
    import torch
    from torch.fx.passes.infra.partitioner import CapabilityBasedPartitioner
    from torch.fx.passes.operator_support import OperatorSupportBase

    def total(*values):
        return sum(values)

    graph = torch.fx.Graph()
    x = graph.placeholder("x")
    nodes = []
    for node, tails in enumerate(reads):
        args = tuple(nodes[t] for t in tails) or (x,)
        nodes.append(graph.create_node("call_function", total, args, name=f"n{node}"))
    used = set(tail for r in reads for tail in r)
    graph.output(tuple(nodes[n] for n in range(len(reads)) if n not in used))
    module = torch.fx.GraphModule({}, graph)
    take = {f"n{n}" for n, s in enumerate(supported) if s}

    class Supported(OperatorSupportBase):
        def is_node_supported(self, submodules, node):
            return node.name in take

    partitioner = CapabilityBasedPartitioner(module, Supported(), allows_single_node_partition=True)
    start = time.perf_counter()
    partitions = partitioner.propose_partitions()
    return len(partitions), time.perf_counter() - start, torch.__version__


def main():
    gpc, sizes = sys.argv[1], [int(a) for a in sys.argv[2:]] or [1000, 3000]
    print("| nodes | torch | FX engines | FX s | gpc engines | gpc s | FX / gpc |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    same = True
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            reads, supported = random_dag(size)
            ours, our_time = run_gpc(gpc, reads, supported, folder)
            theirs, their_time, version = run_fx(reads, supported)
            same &= ours == theirs
            print(f"| {size} | {version} | {theirs} | {their_time:.3f} | {ours} | {our_time:.4f} | {their_time / our_time:.0f} |", flush=True)
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
