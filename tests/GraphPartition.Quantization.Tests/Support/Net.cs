using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Quantization.Options;
using GraphPartition.Quantization.Targets;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Quantization.Tests.Support;

/// <summary>Builds small networks of f32[1,16,8,8] and quantizes them.</summary>
internal sealed class Net
{
    public const int Channels = 16, Side = 8;
    private int _count;

    public GraphBuilder Builder { get; } = new(OperatorTable.Default) { Name = "net" };

    public Value Input(string name = "x", params long[] dims) =>
        Builder.Input(name, IrType.Tensor(ElementType.Float32, Shape.Of(dims.Length == 0 ? [1, Channels, Side, Side] : dims)));

    public Value Op(string op, Value?[] inputs, params (string, AttributeValue)[] attributes) =>
        Builder.Op(op, $"{op.ToLowerInvariant()}{_count++}", inputs, AttributeMap.Of(attributes));

    public Value Conv(Value x, int into = Channels, int outOf = Channels, int kernel = 3, int groups = 1)
    {
        Value w = Weight(outOf, into / groups, kernel, kernel), b = Weight(outOf);
        long pad = kernel / 2;
        return Op("Conv", [x, w, b], ("group", (long)groups), ("pads", (AttributeValue)new IntsAttribute([pad, pad, pad, pad])));
    }

    public Value MatMul(Value x, int rows, int columns) => Op("MatMul", [x, Weight(rows, columns)]);

    /// <summary>Numbers that a seed draws, with one channel ten times larger.</summary>
    public Value Weight(params long[] dims)
    {
        var random = new Random(17 * ++_count);
        var numbers = new float[TensorData.CountOf([.. dims])];
        long fan = dims.Length > 1 ? numbers.Length / dims[0] : 4;
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = (float)((random.NextDouble() - 0.5) * 3 / Math.Sqrt(fan)) * (i < numbers.Length / dims[0] ? 3 : 1);
        return Builder.Constant($"w{_count}", TensorData.Floats(numbers, dims));
    }

    /// <summary>A graph whose output has another name.</summary>
    public Graph Renamed(Graph graph, string output)
    {
        foreach (Value input in graph.Inputs) Builder.Input(input);
        foreach (Value constant in graph.Constants) Builder.Constant(constant);
        foreach (Node node in graph.Nodes) Builder.Append(node);
        return Builder.Build(Builder.Op("Identity", output, [graph.Outputs[0]]));
    }

    public Model Build(params Value[] outputs) => new(Builder.Build(outputs))
    {
        Opsets = OpsetVersions.Standard(OperatorSchemas.CanonicalOpset),
        SourceOpset = 13,
        FormatVersion = 8,
    };

    /// <summary>Quantizes all layers of a model.</summary>
    public static QuantizedModel Quantize(
        Model model, QuantizationFormat? format = null, Func<QuantizationJob, QuantizationJob>? change = null, string target = "tensorrt-10.16")
    {
        using Samples samples = Samples.Of(model.Graph, 3);
        var options = new QuantizationOptions(format ?? QuantizationFormat.Int8) { SmallLayers = true };
        if (options.Format != QuantizationFormat.Int8) options = options with { Methods = [CalibrationMethod.Max] };
        var job = new QuantizationJob(model, model, OperatorTable.Default, options)
        {
            Runner = samples.Runner,
            Compiler = new TargetCompiler(OperatorTable.Default,
                new CompileOptions { Target = Target(target), Evaluator = new OrtConstantEvaluator() }),
        };
        return Quantizer.Run(change is null ? job : change(job));
    }

    public static TensorRtTarget Target(string name) =>
        TensorRtTarget.TryParse(name, out TensorRtTarget? target) ? target : throw new ArgumentException(name);

    /// <summary>With scales by the largest magnitude only.</summary>
    public static QuantizationJob ByMax(QuantizationJob job) =>
        job with { Options = job.Options with { Methods = [CalibrationMethod.Max] } };

    /// <summary>Networks out of lists of numbers, one for each node, so that FsCheck shrinks them.</summary>
    public static Arbitrary<int[]> Codes => ArbMap.Default.ArbFor<int[]>().MapFilter(
        codes => [.. codes.Take(10).Select(c => c & 0xFFFF)], codes => codes.Length > 0);

    public static Model FromCodes(IReadOnlyList<int> codes)
    {
        var net = new Net();
        List<Value> values = [net.Input()];
        foreach (int code in codes)
        {
            Value a = values[^1], b = values[code / 16 % values.Count];
            values.Add((code % 16) switch
            {
                < 4 => net.Conv(a),
                4 => net.Conv(a, groups: Channels),
                5 => net.Conv(a, kernel: 1),
                6 or 7 => net.Op("Relu", [a]),
                8 => net.Op("MaxPool", [a], ("kernel_shape", new IntsAttribute([3, 3])), ("pads", new IntsAttribute([1, 1, 1, 1]))),
                9 => net.Conv(net.Op("Concat", [a, b], ("axis", 1L)), 2 * Channels, Channels, 1),
                10 or 11 => net.Op("Add", [a, b]),
                12 => net.Op("Mul", [a, net.Op("Sigmoid", [a])]),
                13 => net.Op("Transpose", [net.MatMul(a, Side, Side)], ("perm", new IntsAttribute([0, 1, 3, 2]))),
                14 => net.Op("AveragePool", [a], ("kernel_shape", new IntsAttribute([3, 3])), ("pads", new IntsAttribute([1, 1, 1, 1]))),
                _ => net.Op("Tanh", [a]),
            });
        }
        return net.Build(net.Conv(values[^1]));
    }
}

/// <summary>Samples of a model in memory.</summary>
internal sealed class Samples : IDisposable
{
    private readonly List<Dictionary<string, OrtValue>> _values;

    public Samples(IEnumerable<IReadOnlyDictionary<string, DataValue>> samples)
    {
        _values = [.. samples.Select(s => s.ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value)))];
        Runner = new OrtSampleRunner(_values);
    }

    public OrtSampleRunner Runner { get; }

    public static Samples Of(Graph graph, int count) => new(Enumerable.Range(0, count).Select(s => graph.Inputs.ToDictionary(
        v => v.Name, v => (DataValue)new TensorValue(Numbers(v, s)))));

    public static Samples Of(Graph graph, params float[] fills) => new(fills.Select(f => graph.Inputs.ToDictionary(v => v.Name,
        v => (DataValue)new TensorValue(TensorData.Floats(
            Enumerable.Repeat(f, (int)TensorData.CountOf(Dims(v))).ToArray(), [.. Dims(v)])))));

    public void Dispose() => _values.ForEach(s => s.Values.ToList().ForEach(v => v.Dispose()));

    private static System.Collections.Immutable.ImmutableArray<long> Dims(Value v) => [.. v.Shape!.Select(d => d.Size)];

    private static TensorData Numbers(Value v, int seed)
    {
        var random = new Random(seed);
        var numbers = new float[TensorData.CountOf(Dims(v))];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = (float)(random.NextDouble() * 2 - 1) * (1 + seed);
        return TensorData.Floats(numbers, [.. Dims(v)]);
    }
}
