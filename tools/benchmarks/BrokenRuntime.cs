using System.Collections.Immutable;
using System.CommandLine;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Operators;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>
/// A runtime with one planted fault: it computes some nodes wrongly, or crashes on them. Its exit code is 1 where an output differs from
/// ONNX Runtime's, 0 where none does; a crash ends it by a signal. <c>gpc reduce</c> is measured with it.
/// </summary>
internal static class BrokenRuntime
{
    /// <summary>The first argument of the program.</summary>
    public const string Verb = "broken-runtime";

    private const double LeastDecibels = 50;

    /// <summary>
    /// The faults: an attribute that is ignored or taken wrongly, inputs in the wrong order, a part that is lost, a crash.
    /// </summary>
    private static readonly Dictionary<string, Func<Graph, Node, Node, Change?>> Faults = new()
    {
        ["softmax-axis"] = (_, _, n) => n.Op.Is("Softmax") ? new(n.Inputs, n.Attributes.With("axis", 0)) : null,
        ["norm-epsilon"] = (_, _, n) => n.Op.Is("LayerNormalization") ? new(n.Inputs, n.Attributes.With("epsilon", 0.1f)) : null,
        ["sigmoid-offset"] = (_, _, n) => n.Op.Is("HardSigmoid") ? new(n.Inputs, n.Attributes.With("beta", 0.9f)) : null,
        ["bias-before-relu"] = (_, next, n) => n.Op.Is("Conv") && next.Op.Is("Relu") && n.Input(2) is not null ? new(n.Inputs[..2], n.Attributes) : null,
        ["where-order"] = (_, _, n) => n.Op.Is("Where") ? new([n.Inputs[0], n.Inputs[2], n.Inputs[1]], n.Attributes) : null,
        ["concat-order"] = (graph, _, n) => n.Op.Is("Concat") && n.Inputs.Any(v => v is not null && Before(graph, v)?.Op.Is("Resize") == true)
            ? new([.. n.Inputs.Reverse()], n.Attributes) : null,
        ["crash-erf"] = (_, next, n) => n.Op.Is("Erf") && next.Op.Is("Add") ? Crash() : null,
        ["crash-gru"] = (_, _, n) => n.Op.Is("GRU") ? Crash() : null,
    };

    public static Command Create()
    {
        var command = new Command(Verb, "Runs a model with a planted fault and compares it with ONNX Runtime.") { Hidden = true };
        var fault = new Argument<string>("FAULT");
        var path = new Argument<string>("MODEL");
        command.Add(fault);
        command.Add(path);
        command.SetAction(parsed =>
        {
            Model model = ModelFile.Read(parsed.GetRequiredValue(path), OperatorTable.Default);
            Model broken = model with { Graph = Broken(model.Graph, Faults[parsed.GetRequiredValue(fault)]) };
            IReadOnlyDictionary<string, TensorData> inputs = new InputGenerator(new Dictionary<string, long>()).For(model.Graph);
            Dictionary<string, OrtValue> values = inputs.ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value));
            var runner = new OrtSampleRunner([values]);
            return Outputs(model).Zip(Outputs(broken)).All(p => p.First is null || p.Second is null
                || SignalQuality.Between(p.First, p.Second) is { Decibels: >= LeastDecibels }) ? 0 : 1;

            ImmutableArray<TensorData?> Outputs(Model of)
            {
                using ISampleSession session = runner.Load(OpsetExport.Lowest(of));
                return session.Run(0, [.. Enumerable.Range(0, of.Graph.Outputs.Length)], new Dictionary<string, TensorData>());
            }
        });
        return command;
    }

    private static Graph Broken(Graph graph, Func<Graph, Node, Node, Change?> fault)
    {
        GraphBuilder builder = GraphBuilder.For(graph, DeclaredTypes.Instance);
        foreach (Value v in graph.Constants) builder.Constant(v);
        foreach (Node node in graph.Nodes)
        {
            int[] readers = node.Outputs is [{ } only, ..] ? graph.Uses.UsersOf(only).ToArray() : [];
            if (fault(graph, readers.Length > 0 ? graph.Nodes[readers[0]] : node, node) is { } change)
                builder.Define(node.Op, change.Inputs.AsSpan(), node.Outputs.AsSpan(), change.Attributes, node.Name, node.Version);
            else builder.Append(node);
        }
        return builder.Build(graph.Outputs.AsSpan());
    }

    private static Node? Before(Graph graph, Value value) =>
        graph.Uses.ProducerOf(value) is >= 0 and var producer ? graph.Nodes[producer] : null;

    private static Change Crash()
    {
        Environment.FailFast("planted");
        return null!;
    }

    private sealed record Change(ImmutableArray<Value?> Inputs, AttributeMap Attributes);
}
