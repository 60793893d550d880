using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision.Debugging;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Compares two models on the same inputs. A model with 16-bit types runs as its emulation, because ONNX Runtime's CPU computes FP16 in
/// FP32.
/// </summary>
/// <param name="request">The models and how to compare them.</param>
internal sealed class ModelComparison(CompareRequest request)
{
    /// <summary>Runs both models.</summary>
    /// <returns>The comparisons, in the order of the first model.</returns>
    /// <exception cref="ModelException">GP3012: the models have no tensor in common.</exception>
    public ImmutableArray<OutputQuality> Run()
    {
        CustomOperators custom = CustomOperatorLoader.Load(request.Expected.CustomOperators);
        OperatorTable operators = ModelReader.Operators(request.Expected.OperatorFiles, custom);
        Model a = Read(request.Expected, operators), b = Read(request.Actual, operators);
        var options = new ModelSessionOptions { CustomOperators = custom, Optimize = false };
        using FeedSet feeds = FeedSet.Of(request.Inputs, a, request.Expected.Path, options);
        ImmutableArray<(Value First, Value Second)> pairs =
            request.AllTensors ? TensorAlignment.Of(a.Graph, b.Graph) : Outputs(a.Graph, b.Graph);
        if (pairs.IsEmpty)
            throw GpcCodes.BadOption.Error(request.Actual.Path, request.AllTensors ? "no tensor has a counterpart in the other model"
                : "no output has the name of an output of the other model");
        NamedValue?[] xs = Tensors(a, [.. pairs.Select(p => p.First)], operators, feeds, options);
        NamedValue?[] ys = Tensors(b, [.. pairs.Select(p => p.Second)], operators, feeds, options);
        if (request.DumpFolder is { } folder)
        {
            Dump(Path.Combine(folder, "expected"), feeds, a.Graph, xs);
            Dump(Path.Combine(folder, "actual"), feeds, a.Graph, ys);
        }
        return [.. pairs.Select((p, i) => OutputQuality.Of(p.First, p.Second, OpOf(a.Graph, p.First), DataOf(xs[i]), DataOf(ys[i]),
            request.Absolute, request.Relative))];
    }

    private static Model Read(ModelRequest request, OperatorTable operators)
    {
        Model read = ModelReader.Read(request.Path, operators);
        return CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
    }

    private static ImmutableArray<(Value First, Value Second)> Outputs(Graph a, Graph b) =>
        [.. a.Outputs.DistinctBy(v => v.Name).Select(x => (First: x, Second: b.Outputs.FirstOrDefault(y => y.Name == x.Name)!))
            .Where(p => p.Second is not null)];

    /// <summary>
    /// The results of a model for some of its values. The emulation has the FP32 form of a 16-bit value under the same name; only of
    /// outputs it has both.
    /// </summary>
    private static NamedValue?[] Tensors(
        Model model, ImmutableArray<Value> values, OperatorTable operators, FeedSet feeds, ModelSessionOptions options)
    {
        Model emulated = Emulator.Emulate(model, operators);
        var named = new Dictionary<string, Value>();
        foreach (Value v in emulated.Graph.Outputs.Concat(emulated.Graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>()))
            named.TryAdd(v.Name, v);
        Value[] outputs = [.. values.Select(v => named.GetValueOrDefault(v.Name)).OfType<Value>().Distinct()];
        using PlainSession session = PlainSession.Load(OpsetExport.Lowest(emulated.WithOutputs(outputs)), options);
        using var results = session.Run(feeds.Values);
        Dictionary<string, DataValue> found = outputs.Zip(results).ToDictionary(r => r.First.Name, r => OrtValues.ToData(r.Second));
        return [.. values.Select(NamedValue? (v) => found.TryGetValue(v.Name, out DataValue? data) ? new NamedValue(v.Name, data) : null)];
    }

    private static TensorData? DataOf(NamedValue? value) => value?.Value is TensorValue tensor ? tensor.Data : null;

    private static string? OpOf(Graph graph, Value value) =>
        graph.Uses.IdOf(value) >= 0 && graph.Uses.ProducerOf(value) is >= 0 and var n ? graph.Nodes[n].Op.ToString() : null;

    private static void Dump(string folder, FeedSet feeds, Graph graph, NamedValue?[] tensors) => new TestDataSet(
        [.. graph.Inputs.Where(v => feeds.Values.ContainsKey(v.Name))
            .Select(v => new NamedValue(v.Name, OrtValues.ToData(feeds.Values[v.Name])))],
        [.. tensors.OfType<NamedValue>()]).Write(folder);
}
