using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Networks;

/// <summary>One network twice: as MindSpore's layers write it, and as ONNX by hand, with the same weights.</summary>
/// <param name="Name">The network that it is a small relative of.</param>
/// <param name="Inputs">What both are run on.</param>
/// <param name="Write">Writes MindIR; gets the inputs' names and gives those of the results.</param>
/// <param name="Build">Builds ONNX; gets the inputs and gives the results.</param>
internal sealed record TestNetwork(
    string Name, TensorData[] Inputs, Func<MindIrLayers, string[], string[]> Write, Func<OnnxLayers, Value[], Value[]> Build)
{
    /// <summary>Every network.</summary>
    public static IReadOnlyList<TestNetwork> All { get; } =
        [VisionNetworks.LeNet, VisionNetworks.AlexNet, VisionNetworks.Vgg, VisionNetworks.ResNet, VisionNetworks.MobileNetV2,
            VisionNetworks.MobileNetV3, VisionNetworks.Inception,
            VisionNetworks.Yolo, LanguageNetworks.Bert, LanguageNetworks.Gpt, LanguageNetworks.WideAndDeep];

    /// <summary>The file in a style.</summary>
    public byte[] ToMindIr(MindIrStyle style)
    {
        var builder = new MindIrBuilder(style);
        string[] inputs = [.. Inputs.Select((x, i) => builder.Input($"x{i}", x.Element, [.. x.Dims]))];
        return builder.Build(Write(new MindIrLayers(builder), inputs));
    }

    /// <summary>The network in ONNX.</summary>
    public Model ToOnnx()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value[] inputs = [.. Inputs.Select((x, i) => builder.Input($"x{i}", x.Type))];
        Graph graph = builder.Build(Build(new OnnxLayers(builder), inputs));
        return new Model(graph)
        {
            Opsets = System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(
            StringComparer.Ordinal, [KeyValuePair.Create("", 21)])
        };
    }

    /// <summary>A weight; the same for the same seed on both sides. Small, so that deep networks stay in range.</summary>
    public static TensorData W(int seed, params long[] dims) => Runner.Random(seed, dims).Map(v => v / 2);

    /// <summary>A weight that is positive: variances.</summary>
    public static TensorData Positive(int seed, params long[] dims) => Runner.Random(seed, dims).Map(v => 1 + v / 2);
}
