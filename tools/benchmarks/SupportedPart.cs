using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>
/// A compiled network without its fallback operators. Their results become inputs with the values of one run, so all shapes are
/// known. What they read becomes a result, so no node in front of them becomes dead.
/// </summary>
internal sealed class SupportedPart : IDisposable
{
    private SupportedPart(CompiledModel compiled, Dictionary<string, OrtValue> feeds)
    {
        Compiled = compiled;
        Feeds = feeds;
    }

    /// <summary>The network without them.</summary>
    public CompiledModel Compiled { get; }

    /// <summary>Its inputs, those of the network included.</summary>
    public Dictionary<string, OrtValue> Feeds { get; }

    /// <summary>Cuts the fallback operators out of a model.</summary>
    public static SupportedPart Of(CompiledModel compiled, IReadOnlyDictionary<string, OrtValue> feeds)
    {
        Model model = compiled.Model;
        Graph graph = model.Graph;
        HashSet<Node> fallback = [.. compiled.Cut.Segments.Where(s => !s.IsEngine).SelectMany(s => s.Nodes).Select(n => graph.Nodes[n])];
        HashSet<Value> cut = [.. fallback.SelectMany(n => n.Outputs).OfType<Value>()];
        Value[] needed = [.. graph.Nodes.Where(n => !fallback.Contains(n)).SelectMany(n => n.Inputs).OfType<Value>().Where(cut.Contains)
            .Distinct()];
        Dictionary<string, OrtValue> fed = feeds.ToDictionary(f => f.Key, f => OrtValues.Copy(f.Value));
        foreach ((string name, OrtValue value) in Capture(model, needed, feeds)) fed.Add(name, value);

        Dictionary<Value, Value> known = needed.ToDictionary(v => v, v => new Value(v.Name, IrType.Tensor(
            ((TensorType)v.Type).Element, Shape.Of(fed[v.Name].GetTensorTypeAndShape().Shape))));
        var substitution = new Substitution(known);
        GraphBuilder builder = Start(graph);
        foreach (Value v in known.Values) builder.Input(v);
        HashSet<Value> made = [];
        foreach (Node node in graph.Nodes.Where(n => !fallback.Contains(n)))
        {
            substitution.Append(builder, node);
            made.UnionWith(node.Outputs.OfType<Value>());
        }
        Value[] results = [.. graph.Outputs.Concat(fallback.SelectMany(n => n.Inputs).OfType<Value>()).Where(made.Contains).Distinct()];
        Model rest = model with { Graph = builder.Build(results) };
        // Written and read again: so the shapes behind the new inputs are inferred too.
        rest = OnnxReader.Read(OnnxWriter.ToBytes(rest), new() { Rules = OperatorTable.Default });
        var options = new CompileOptions
        {
            SupportPolicy = SupportPolicy.Parse("none", OperatorTable.Default, TensorRtTarget.Default),
            Passes = Pipeline.None,
            Evaluator = new OrtConstantEvaluator()
        };
        return new(new ModelCompiler(OperatorTable.Default, options).Plan(rest).ToCompiledModel(), fed);
    }

    public void Dispose()
    {
        foreach (OrtValue value in Feeds.Values) value.Dispose();
    }

    /// <summary>The values that a run on the CPU computes.</summary>
    private static IEnumerable<(string Name, OrtValue Value)> Capture(
        Model model, Value[] values, IReadOnlyDictionary<string, OrtValue> feeds)
    {
        GraphBuilder builder = Start(model.Graph);
        foreach (Node node in model.Graph.Nodes) builder.Append(node);
        using PlainSession session = PlainSession.Load(model with { Graph = builder.Build(values) }, new());
        using RunResult results = session.Run(feeds);
        return [.. results.Values.Zip(values, (result, value) => (value.Name, OrtValues.Copy(result)))];
    }

    private static GraphBuilder Start(Graph graph)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = graph.Name };
        foreach (Value v in graph.Inputs) builder.Input(v, graph.Defaults.GetValueOrDefault(v));
        foreach (Value v in graph.Constants) builder.Constant(v);
        return builder;
    }
}
