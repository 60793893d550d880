"""pytorch.py [SECONDS] [--no-compile] [--only NAME,NAME]

PyTorch's latency of the networks on this machine's GPU: batch 1, milliseconds, median.

Columns: eager float32 from and to host memory, eager float32 on the device, the same as a CUDA graph, torch.compile in float16 on
the device, and the same from and to host memory (mode reduce-overhead, which records a CUDA graph itself). Weights are random.
"""
import statistics
import sys
import time

import torch

torch.backends.cuda.matmul.allow_tf32 = True  # as ONNX Runtime's default, for a fair comparison
torch.backends.cudnn.allow_tf32 = True
torch.backends.cudnn.benchmark = True


def lenet():
    nn = torch.nn
    return nn.Sequential(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
                         nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def bert():
    """BERT-base as `testmodels/Networks/Bert.cs` has it, with its pooler; without a mask, which a CUDA graph cannot hold here."""
    from transformers import BertConfig, BertModel

    class Outputs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = BertModel(BertConfig())

        def forward(self, tokens):
            out = self.bert(tokens)
            return out.last_hidden_state, out.pooler_output

    return Outputs()


class WideAndDeep(torch.nn.Module):
    """The sizes of `testmodels/Networks/WideAndDeep.cs`."""

    def __init__(self, categories=26, values=10_000, numbers=13, cross_values=100_000, features=32):
        super().__init__()
        nn = torch.nn
        self.register_buffer("first_rows", torch.arange(categories) * values)
        self.embedding = nn.Embedding(categories * values, features)
        self.deep = nn.Sequential(nn.Linear(categories * features + numbers, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(),
                                  nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 1))
        self.wide = nn.Embedding(categories * values, 1)
        self.crossed = nn.Embedding(cross_values, 1)

    def forward(self, numbers, categories, crosses):
        rows = categories + self.first_rows
        deep = self.deep(torch.cat([self.embedding(rows).flatten(1), numbers], 1))
        return torch.sigmoid(deep + self.wide(rows).sum(1) + self.crossed(crosses).sum(1))


def networks(only):
    """Name, what makes the module, inputs; for each network that is asked for."""
    import torchvision.models as tv
    image = torch.randn(1, 3, 224, 224)
    tokens = torch.randint(0, 30000, (1, 128))
    for name, make, *inputs in [
        ("lenet", lenet, torch.randn(1, 1, 32, 32)),
        ("alexnet", tv.alexnet, image),
        ("resnet50", tv.resnet50, image),
        ("vgg16", tv.vgg16, image),
        ("vgg19", tv.vgg19, image),
        ("inception_v3", lambda: tv.inception_v3(init_weights=False), torch.randn(1, 3, 299, 299)),
        ("mobilenet_v2", tv.mobilenet_v2, image),
        ("mobilenet_v3", tv.mobilenet_v3_large, image),
        ("bert_base", bert, tokens),
        ("wide_deep", WideAndDeep, torch.randn(1, 13), torch.randint(0, 10_000, (1, 26)), torch.randint(0, 100_000, (1, 10))),
    ]:
        if not only or name in only:
            yield name, make, inputs


def median(call, seconds):
    for _ in range(10):
        call()
    torch.cuda.synchronize()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 20:
        start = time.perf_counter()
        call()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def graph_of(model, inputs):
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            model(*inputs)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        model(*inputs)
    return graph


def to_host(outputs, element=None):
    outputs = outputs if isinstance(outputs, tuple) else [outputs]
    return [(o if element is None else o.to(element)).cpu() for o in outputs]


def columns(make, inputs, seconds, compiles):
    """One measurement after the other; what fails says so in its place, and the others go on."""
    model = make().eval().cuda()
    on_device = [x.cuda() for x in inputs]
    yield lambda: median(lambda: to_host(model(*[x.cuda() for x in inputs])), seconds)
    yield lambda: median(lambda: model(*on_device), seconds)
    yield lambda: median(graph_of(model, on_device).replay, seconds)

    if not compiles:
        yield from [lambda: float("nan")] * 2
        return
    model.half()
    fast = torch.compile(model, mode="reduce-overhead")

    def narrow(x):
        return x.half() if x.is_floating_point() else x

    half = [narrow(x) for x in on_device]
    yield lambda: median(lambda: fast(*half), seconds)
    # Inputs arrive in FP32 and results leave in FP32, as in the models that gpc convert writes.
    yield lambda: median(lambda: to_host(fast(*[narrow(x.cuda()) for x in inputs]), torch.float32), seconds)


def text(measure):
    try:
        return f"{measure():.3f}"
    except Exception as e:  # the table has a place for it
        print(e, file=sys.stderr)
        return f"{type(e).__name__}: {str(e).splitlines()[0][:80] if str(e) else ''}".replace("|", "/")


def main():
    arguments = sys.argv[1:]
    compiles = "--no-compile" not in arguments
    only = arguments[arguments.index("--only") + 1].split(",") if "--only" in arguments else []
    seconds = float(arguments[0]) if arguments and not arguments[0].startswith("--") else 1.0
    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}, TF32 on")
    print("| model | eager, host to host | eager | CUDA graph | torch.compile fp16 | the same, host to host |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    with torch.inference_mode():
        for name, make, inputs in networks(only):
            try:
                cells = [text(measure) for measure in columns(make, inputs, seconds, compiles)]
            except ImportError as e:
                cells = [f"not there: {e}"] + [""] * 4
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":  # torch.compile starts processes that import this file
    main()
