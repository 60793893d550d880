using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>
/// Random chains of convolutions on CUDA against the CPU, with shapes that change and come back. ONNX Runtime keeps state between
/// runs of a convolution, and its options decide which kernels keep it. So a single run is not a test.
/// </summary>
internal static class ConvolutionCheck
{
    private const int Models = 24, Layers = 6;
    private static readonly long[] Batches = [1, 1, 1, 2, 2, 1, 3, 2, 1];
    private static readonly Tolerance Tolerance = new(1e-3, 1e-4);

    /// <summary>The first difference; null: there is none.</summary>
    /// <param name="options">The device and its options.</param>
    public static string? Run(ModelSessionOptions options)
    {
        for (int seed = 0; seed < Models; seed++)
        {
            var random = new Random(seed);
            bool fedBias = seed % 4 == 3;
            Model model = Chain(random, fedBias);
            CompiledModel compiled = ZooModel.Compile(model);
            using ModelSession cpu = ModelSession.Create(compiled), device = ModelSession.Create(compiled, options);
            foreach (long batch in Batches)
            {
                Console.Error.WriteLine($"model {seed}, batch {batch}"); // what was running, where the process ends
                var feeds = model.Graph.Inputs.ToDictionary(v => v.Name, v => Random(random, (TensorType)v.Type, batch));
                using RunResult expected = cpu.Run(feeds), actual = device.Run(feeds);
                foreach (OrtValue fed in feeds.Values) fed.Dispose();
                if (ValueDifference.Between(OrtValues.ToData(expected.Values[0]), OrtValues.ToData(actual.Values[0]),
                    Tolerance).Fault is { } fault)
                    return $"model {seed}{(fedBias ? ", a bias is fed" : "")}, batch {batch}: {fault}";
            }
        }
        return null;
    }

    private static Model Chain(Random random, bool fedBias)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "convolutions" };
        long channels = Pick(random, 3, 8, 16);
        long size = Pick(random, 28, 33, 56);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape(["n", channels, size, size])));
        for (int layer = 0; layer < Layers; layer++)
        {
            long kernel = Pick(random, 1, 3, 5, 7), dilation = kernel == 1 ? 1 : Pick(random, 1, 1, 2), same = kernel / 2 * dilation;
            bool depthwise = random.NextDouble() < 0.2;
            long made = depthwise ? channels : Pick(random, 8, 12, 16, 33, 64);
            long[] pads = [same, same, same, same];
            if (random.NextDouble() < 0.3) pads = [same + random.Next(3), same + random.Next(3), same, same];
            Value weight = builder.Constant($"w{layer}",
                Numbers(random, 1 / Math.Sqrt(kernel * kernel * (depthwise ? 1 : channels)), made, depthwise ? 1
                    : channels, kernel, kernel));
            Value? bias = random.NextDouble() < 0.2 ? null
                : fedBias && layer % 2 == 0 ? builder.Input($"b{layer}", IrType.Tensor(ElementType.Float32, Shape.Of((int)made)))
                : builder.Constant($"b{layer}", Numbers(random, 1, made));
            long stride = layer < 2 ? Pick(random, 1, 1, 2) : 1;
            Value y = builder.Op("Conv", $"c{layer}", bias is null ? [x, weight] : [x, weight, bias], AttributeMap.Of(
                ("kernel_shape", (long[])[kernel, kernel]), ("pads", pads), ("dilations", (long[])[dilation, dilation]),
                ("strides", (long[])[stride, stride]), ("group", depthwise ? channels : 1)));
            if (made == channels && stride == 1 && pads is [_, _, var bottom, var right] && pads[0] == bottom && pads[1] == right)
                y = builder.Op("Add", $"s{layer}", [y, x]);
            string activation = Pick(random, "Relu", "Relu", "Sigmoid", "LeakyRelu", "Tanh", "");
            x = activation.Length == 0 ? y : builder.Op(activation, $"a{layer}", [y]);
            channels = made;
        }
        return new Model(builder.Build(x)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
    }

    private static OrtValue Random(Random random, TensorType type, long batch) =>
        OrtValues.ToOrt(Numbers(random, 1, [.. type.Shape!.Select(d => d.IsKnown ? d.Size : batch)]));

    private static TensorData Numbers(Random random, double scale, params long[] dims) =>
        TensorData.Floats(
            [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)(scale * (2 * random.NextDouble() - 1)))],
            dims);

    private static T Pick<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];
}
