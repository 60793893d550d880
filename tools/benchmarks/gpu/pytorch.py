"""PyTorch's latency of the networks on this machine's GPU: batch 1, milliseconds, median.

Columns: eager float32 from and to host memory, eager float32 on the device, the same as a CUDA graph, and torch.compile in
float16 (mode max-autotune-no-cudagraphs is not used: reduce-overhead records a CUDA graph itself). Weights are random.
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
    from transformers import BertConfig, BertModel

    class Hidden(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = BertModel(BertConfig(), add_pooling_layer=False)

        def forward(self, tokens):
            return self.bert(tokens).last_hidden_state

    return Hidden()


def networks():
    import torchvision.models as tv
    image = torch.randn(1, 3, 224, 224)
    yield "lenet", lenet(), torch.randn(1, 1, 32, 32)
    yield "alexnet", tv.alexnet(), image
    yield "resnet50", tv.resnet50(), image
    yield "vgg16", tv.vgg16(), image
    yield "vgg19", tv.vgg19(), image
    yield "inception_v3", tv.inception_v3(init_weights=False), torch.randn(1, 3, 299, 299)
    yield "mobilenet_v2", tv.mobilenet_v2(), image
    yield "mobilenet_v3", tv.mobilenet_v3_large(), image
    yield "bert_base", bert(), torch.randint(0, 30000, (1, 128))


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


def graph_of(model, x):
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            model(x)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        model(x)
    return graph


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    compiles = "--no-compile" not in sys.argv
    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}, TF32 on")
    print("| model | eager, host to host | eager | CUDA graph | torch.compile fp16 |\n| --- | --- | --- | --- | --- |", flush=True)
    for name, model, x in networks():
        model = model.eval().cuda()
        with torch.inference_mode():
            on_device = x.cuda()
            host = median(lambda: model(x.cuda()).cpu(), seconds)
            eager = median(lambda: model(on_device), seconds)
            recorded = median(graph_of(model, on_device).replay, seconds)
            compiled = float("nan")
            if compiles:
                half = model.half()
                half_x = on_device.half() if on_device.is_floating_point() else on_device
                fast = torch.compile(half, mode="reduce-overhead")
                compiled = median(lambda: fast(half_x), seconds)
        print(f"| {name} | {host:.3f} | {eager:.3f} | {recorded:.3f} | {compiled:.3f} |", flush=True)


main()
