using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision.Debugging;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Compares two models on the same inputs. A model with 16-bit types runs as its emulation, because ONNX Runtime's CPU computes FP16 in
/// FP32.
/// </summary>
/// <param name="request">The models and how to compare them.</param>
internal sealed class ModelComparison(CompareRequest request)
{
    /// <summary>Runs both models on each sample.</summary>
    /// <returns>The comparisons on the worst sample of each tensor, in the order of the first model.</returns>
    /// <exception cref="ModelException">GP3012: the models have no tensor in common.</exception>
    public ImmutableArray<OutputQuality> Run()
    {
        CustomOperators custom = CustomOperatorLoader.Load(request.Expected.CustomOperators);
        OperatorTable operators = ModelReader.Operators(request.Expected.OperatorFiles, custom);
        Model a = Read(request.Expected, operators), b = Read(request.Actual, operators);
        var options = new ModelSessionOptions { CustomOperators = custom, Optimize = false };
        using RunInputs inputs = RunInputs.Of(request.Inputs, a, request.Expected.Path, options);
        ImmutableArray<(Value First, Value Second)> pairs =
            request.AllTensors ? TensorAlignment.Of(a.Graph, b.Graph) : Outputs(a.Graph, b.Graph);
        if (pairs.IsEmpty)
            throw GpcCodes.BadOption.Error(request.Actual.Path, request.AllTensors ? "no tensor has a counterpart in the other model"
                : "no output has the name of an output of the other model");
        using var right = new TensorRun(a, [.. pairs.Select(p => p.First)], operators, options);
        using var given = new TensorRun(b, [.. pairs.Select(p => p.Second)], operators, options);
        var worst = new OutputQuality?[pairs.Length];
        for (int sample = 0; sample < inputs.Samples.Count; sample++)
        {
            IReadOnlyDictionary<string, OrtValue> feeds = inputs.Samples[sample];
            NamedValue?[] xs = right.On(feeds), ys = given.On(feeds);
            if (request.DumpFolder is { } folder)
            {
                string own = inputs.Samples.Count == 1 ? folder : Path.Combine(folder, $"{sample}");
                Dump(Path.Combine(own, "expected"), feeds, a.Graph, xs);
                Dump(Path.Combine(own, "actual"), feeds, a.Graph, ys);
            }
            for (int i = 0; i < worst.Length; i++)
            {
                OutputQuality quality = OutputQuality.Of(pairs[i].First, pairs[i].Second, OpOf(a.Graph, pairs[i].First), DataOf(xs[i]),
                    DataOf(ys[i]), request.Absolute, request.Relative);
                if (worst[i] is not { } before || quality.IsWorseThan(before)) worst[i] = quality;
            }
        }
        return [.. worst.OfType<OutputQuality>()];
    }

    private static Model Read(ModelRequest request, OperatorTable operators)
    {
        Model read = ModelReader.Read(request.Path, operators);
        return CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
    }

    private static ImmutableArray<(Value First, Value Second)> Outputs(Graph a, Graph b) =>
        [.. a.Outputs.DistinctBy(v => v.Name).Select(x => (First: x, Second: b.Outputs.FirstOrDefault(y => y.Name == x.Name)!))
            .Where(p => p.Second is not null)];

    private static TensorData? DataOf(NamedValue? value) => value?.Value is TensorValue tensor ? tensor.Data : null;

    private static string? OpOf(Graph graph, Value value) =>
        graph.Uses.IdOf(value) >= 0 && graph.Uses.ProducerOf(value) is >= 0 and var n ? graph.Nodes[n].Op.ToString() : null;

    private static void Dump(
        string folder, IReadOnlyDictionary<string, OrtValue> feeds, Graph graph, NamedValue?[] tensors) => new TestDataSet(
        [.. graph.Inputs.Where(v => feeds.ContainsKey(v.Name)).Select(v => new NamedValue(v.Name, OrtValues.ToData(feeds[v.Name])))],
        [.. tensors.OfType<NamedValue>()]).Write(folder);
}
