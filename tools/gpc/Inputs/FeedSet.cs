using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Inputs;

/// <summary>The inputs of a run by name, and the expected outputs (empty where nothing is expected). Owns the inputs.</summary>
internal sealed class FeedSet(Dictionary<string, OrtValue> values, IReadOnlyList<NamedValue> expected) : IDisposable
{
    /// <summary>The inputs.</summary>
    public IReadOnlyDictionary<string, OrtValue> Values { get; } = values;

    /// <summary>The expected outputs.</summary>
    public IReadOnlyList<NamedValue> Expected { get; } = expected;

    /// <summary>The inputs that were made up, with types and the ranges of whole numbers; empty if nothing was guessed.</summary>
    public IReadOnlyList<string> MadeUp { get; private init; } = [];

    /// <summary>The inputs of a request.</summary>
    /// <param name="request">Where the inputs come from.</param>
    /// <param name="source">The model in the canonical opset, before passes.</param>
    /// <param name="path">The file of the model.</param>
    /// <param name="options">How sessions are made.</param>
    /// <exception cref="ModelException">GP5008: the test data cannot be used; GP3012, GP3022: a given size or input does not fit; GP5030:
    /// no inputs could be made up.</exception>
    public static FeedSet Of(InputRequest request, Model source, string path, ModelSessionOptions options)
    {
        Graph graph = source.Graph;
        if (request.TestData is not { } directory) return Made(request, source, path, options);
        TestDataSet set = TestDataSet.Read(directory, graph);
        if (set.Inputs.IsEmpty && graph.Inputs.Any(v => !graph.Defaults.ContainsKey(v)))
            throw OnnxCodes.BadTestData.Error(directory, "there is no input_0.pb");
        return Of(set, graph);
    }

    /// <summary>The values of a test data set.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="graph">Its graph, which has the element types of empty sequences.</param>
    public static FeedSet Of(TestDataSet set, Graph graph)
    {
        ILookup<string, IrType> types = graph.Inputs.ToLookup(v => v.Name, v => v.Type);
        return new(set.Inputs.ToDictionary(i => i.Name, i => OrtValues.ToOrt(i.Value, types[i.Name].FirstOrDefault())), set.Outputs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (OrtValue value in Values.Values) value.Dispose();
    }

    private static FeedSet Made(InputRequest request, Model source, string path, ModelSessionOptions options)
    {
        Graph graph = source.Graph;
        CheckSizes(request.Sizes, graph);
        var given = new GivenInputs(request.Given, graph);
        var generator = new InputGenerator(request.Sizes) { Given = given.Values, Fills = given.Fills };
        if (request.Seed is { } seed) generator = new(request.Sizes) { Given = given.Values, Fills = given.Fills, Seed = seed };
        Value[] guessed = [.. graph.Inputs.Where(IsGuessed)];
        // Floats of a static shape always fit.
        using DryRun? dry = guessed.Length == 0 ? null : new DryRun(source, path, options);
        MadeUpInputs made = generator.Find(graph, inputs => dry?.Run(inputs));
        string[] described = [.. guessed.Where(v => made.Values.ContainsKey(v.Name)).Select(v => Described(v.Name, made.Values[v.Name]))];
        if (made.Failure is { } failure && !failure.LacksKernel)
            throw RuntimeCodes.NotMadeUp.Error(path, $"the last of {made.Runs} attempts made up {string.Join(", ", described)}; "
                + $"ONNX Runtime: {failure.Message.ReplaceLineEndings(" ").Trim()}");
        Dictionary<string, OrtValue> values = made.Values.ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value));
        foreach ((string name, DataValue value) in given.Values.Where(g => !values.ContainsKey(g.Key)))
            values.Add(name, OrtValues.ToOrt(value, graph.Inputs.First(v => v.Name == name).Type));
        return new(values, []) { MadeUp = described };

        bool IsGuessed(Value v) => !graph.Defaults.ContainsKey(v) && !given.Values.ContainsKey(v.Name)
            && !(v.Shape is { IsStatic: true } && (Numbers.IsFloat(v.ElementType) || given.Fills.ContainsKey(v.Name)));
    }

    private static void CheckSizes(IReadOnlyDictionary<string, long> sizes, Graph graph)
    {
        string[] known = [.. graph.Inputs.SelectMany(v => v.Shape?.Dims ?? []).Select(d => d.Symbol).OfType<string>()
            .SelectMany(s => s.Split('+', StringSplitOptions.TrimEntries).Append(s)).Distinct()];
        Diagnostic[] unknown = [.. sizes.Keys.Where(name => !known.Contains(name)).Select(name => GpcCodes.UnknownDimension.At(
            $"--dim {name}", known.Length == 0 ? "the inputs of the model have no named dimension"
                : $"no input of the model has such a dimension{NearNames.Hint(name, known)}"))];
        if (unknown.Length > 0) throw new ModelException(unknown);
    }

    private static string Described(string name, TensorData data)
    {
        if (Numbers.IsFloat(data.Element) || !Numbers.IsReal(data.Element) || data.ElementCount == 0 || data.Element.Bits() < 8)
            return $"{name} {data.Type}";
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        for (int i = 0; i < data.ElementCount; i++)
        {
            double x = Numbers.At(data.Element, data.Bytes.Span, i);
            (least, most) = (Math.Min(least, x), Math.Max(most, x));
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"{name} {data.Type} {(least == most ? $"= {least}" : $"of {least} to {most}")}");
    }
}
