using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Compares each engine with its nodes, which ONNX Runtime computes, on the values that reach the group in a run of the model. An engine
/// that misses the tolerance of its precision is built again in 32-bit floats. If that does not help, the first node with other numbers is
/// found by bisection, and the engine is left out.
/// </summary>
/// <param name="machine">Where engines are built and run.</param>
/// <param name="build">How the engines were built.</param>
/// <param name="run">How sessions run.</param>
internal sealed class EngineCheck(TensorRtMachine machine, EngineOptions build, ModelSessionOptions run)
{
    /// <summary>Checks all engines of this machine in the model's graph. Groups in bodies are not checked.</summary>
    /// <param name="compiled">The compiled model with its engines.</param>
    /// <param name="feeds">The inputs of the run.</param>
    /// <param name="cancellation">Stops builds.</param>
    /// <returns>The model with the engines that hold, and what was found for each group with an engine.</returns>
    public (CompiledModel Compiled, ImmutableArray<EngineFinding> Findings) Check(
        CompiledModel compiled, FeedSet feeds, CancellationToken cancellation)
    {
        PlacedGroup[] groups = [.. compiled.PlacedGroups];
        Dictionary<string, OrtValue> values = ValuesOf(compiled, groups, feeds, out IDisposable owned);
        using (owned)
        {
            var findings = ImmutableArray.CreateBuilder<EngineFinding>();
            Queue<TrtNode> checkedGroups = new(groups.Select(group =>
            {
                cancellation.ThrowIfCancellationRequested();
                if (group.Group.Engines.IsEmpty) return group.Group;
                (TrtNode node, EngineFinding finding) = group.Around is null ? CheckGroup(compiled, group, values, cancellation)
                    : (group.Group, new(group.Group.Id, "not checked", 0, 0, null, null));
                findings.Add(finding);
                return node;
            }));
            return (compiled.WithGroups(_ => checkedGroups.Dequeue()), findings.ToImmutable());
        }
    }

    private (TrtNode Group, EngineFinding Finding) CheckGroup(
        CompiledModel compiled, PlacedGroup placed, Dictionary<string, OrtValue> values, CancellationToken cancellation)
    {
        CompiledModel alone = compiled.Alone(placed);
        TensorDifference first = Difference(alone, values);
        EngineFinding Found(string outcome, string? message) =>
            new(placed.Group.Id, outcome, first.MaxAbsolute, first.MaxRelative, first.SignalToNoise, message);
        if (first.Fault is not { } fault) return (placed.Group, Found("agrees", null));
        BuildOptions exact = build.Build with
        {
            Precision = build.Build.Precision == Precision.AsTyped ? Precision.AsTyped : Precision.Fp32,
            Tf32 = false,
        };
        EngineCompiler compiler = new(machine, build with { Build = exact, IsRequired = false });
        if (exact != build.Build)
        {
            CompiledModel rebuilt = Rebuilt(compiler, alone, cancellation);
            if (!rebuilt.Cut.Groups[0].Engines.IsEmpty && Difference(rebuilt, values).Fault is null)
                return (placed.Group with { Engines = rebuilt.Cut.Groups[0].Engines },
                    Found("rebuilt", $"{fault}; it was built again in 32-bit floats without TF32, and agrees"));
        }
        Node culprit = FirstDifferent(compiler, alone, values, cancellation);
        return (placed.Group with { Engines = [] },
            Found("dropped", $"{fault}; the first node with other numbers is {culprit.Label}; the engine was left out"));
    }

    private static CompiledModel Rebuilt(EngineCompiler compiler, CompiledModel alone, CancellationToken cancellation) =>
        compiler.Add(alone.WithGroups(g => g with { Engines = [] }), cancellation).Compiled;

    private Node FirstDifferent(
        EngineCompiler compiler, CompiledModel alone, Dictionary<string, OrtValue> values, CancellationToken cancellation)
    {
        PlacedGroup whole = alone.PlacedGroups.Single();
        ImmutableArray<int> nodes = whole.Segment.Nodes;
        int at = FaultSearch.Find(nodes.Length, [], count =>
        {
            if (count == 0) return true;
            GraphSegment first = GraphSegment.Of(whole.Graph, nodes[..count], isEngine: true);
            CompiledModel prefix = Rebuilt(compiler, alone.Alone(whole with { Group = whole.Group with { Segment = first } }),
                cancellation);
            return !prefix.Cut.Groups[0].Engines.IsEmpty && Difference(prefix, values).Fault is null;
        });
        return whole.Node(nodes[at]);
    }

    /// <summary>The greatest difference between the engine of a model with one group and its nodes.</summary>
    private TensorDifference Difference(CompiledModel alone, Dictionary<string, OrtValue> values)
    {
        Dictionary<string, OrtValue> inputs = alone.Model.Graph.Inputs.ToDictionary(v => v.Name, v => values[v.Name]);
        using PlainSession plain = PlainSession.Load(alone.Model, run);
        using RunResult expected = plain.Run(inputs);
        using ModelSession session = ModelSession.Create(alone, run with { Engines = run.Engines with { Mode = EngineMode.Required } });
        using RunResult actual = session.Run(inputs);
        Dictionary<string, OutputTraits> traits = OutputTraits.Of(alone.Model.Graph, EngineRounding.Of(session.Plan));
        return alone.Model.Graph.Outputs.Select((output, i) =>
        {
            DataValue reference = OrtValues.ToData(expected.Values[i], output.Type);
            Tolerance? tolerance = reference is TensorValue { Data: var data } ? traits[output.Name].ToleranceOf(data) : null;
            TensorDifference difference = ValueDifference.Between(reference, OrtValues.ToData(actual.Values[i], output.Type), tolerance);
            return difference.Fault is { } fault ? difference with { Fault = $"'{output.Name}': {fault}" } : difference;
        }).MaxBy(d => (d.Fault is not null, d.MaxRelative))!;
    }

    /// <summary>The inputs of the model and the values that reach its groups, by name, from one run on ONNX Runtime.</summary>
    private Dictionary<string, OrtValue> ValuesOf(
        CompiledModel compiled, PlacedGroup[] groups, FeedSet feeds, out IDisposable owned)
    {
        HashSet<Value> given = [.. compiled.Model.Graph.Inputs];
        Value[] needed = [.. groups.Where(g => g.Around is null && !g.Group.Engines.IsEmpty).SelectMany(g => g.Segment.Inputs)
            .Where(v => !given.Contains(v)).Distinct()];
        Dictionary<string, OrtValue> values = new(feeds.Values);
        if (needed.Length == 0)
        {
            owned = new MemoryStream();
            return values;
        }
        using PlainSession session = PlainSession.Load(compiled.Model.WithOutputs(needed), run);
        RunResult results = session.Run(feeds.Values);
        owned = results;
        for (int i = 0; i < needed.Length; i++) values[needed[i].Name] = results.Values[i];
        return values;
    }
}
