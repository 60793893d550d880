using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Scheduling;

/// <summary>
/// Lets steps on a CPU exchange tensors in ONNX Runtime's blocked layout (operators of its domain <c>com.microsoft.nchwc</c>, whose
/// channels are in blocks). Otherwise the session of each step would reorder its inputs and outputs: a fifth of the time in a ResNet50 of
/// 58 steps. ONNX Runtime optimizes the whole model with all values between steps as outputs, which prevents fusion across steps. Then its
/// graph is cut where the model was cut.
/// </summary>
internal static class BlockedLayout
{
    private const string Domain = "com.microsoft.nchwc";
    private const int LargestBlock = 16; // 8 or 16 channels: what a vector of the processor holds, or two
    private const long MostWeightBytes = 1 << 30; // ONNX Runtime saves its graph as one protobuf, which holds 2 GiB

    /// <summary>The model as ONNX Runtime has optimized it, in the same steps.</summary>
    /// <param name="compiled">A compiled model whose groups run on their own on the host.</param>
    /// <param name="options">How it runs.</param>
    /// <returns>Null if it gains nothing, or if ONNX Runtime refuses the model; executing the model then reports the reason.</returns>
    public static CompiledModel? Of(CompiledModel compiled, ModelSessionOptions options)
    {
        Graph graph = compiled.Model.Graph;
        if (!compiled.Cut.Bodies.IsEmpty || !graph.Nodes.Any(IsBlockable)
            || graph.Constants.Sum(c => c.Data!.ByteCount) > MostWeightBytes) return null;
        ImmutableArray<ExecutionStep> steps = ExecutionPlan.Of(compiled, runsAlone: _ => true).Steps;
        ImmutableArray<Value> between = [.. steps.SelectMany(s => s.Segment.Outputs)];
        if (steps.Length < 2 || Optimized(compiled.Model, between, options) is not { } optimized) return null;
        return optimized.Graph.Operators.Any(op => op.Domain == Domain) ? Cut(compiled, optimized, steps, between) : null;
    }

    /// <summary>Cuts the optimized model where the compiled one is cut.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="optimized">The optimized one, whose results are the values between steps.</param>
    /// <param name="steps">The steps of the compiled model.</param>
    /// <param name="between">The values between them, in their order.</param>
    private static CompiledModel? Cut(
        CompiledModel compiled, Model optimized, ImmutableArray<ExecutionStep> steps, ImmutableArray<Value> between)
    {
        (Graph old, Graph whole) = (compiled.Model.Graph, optimized.Graph);
        Dictionary<Value, Value> now = old.Inputs.Zip(whole.Inputs)
            .Concat(between.Zip(whole.Outputs)).ToDictionary(v => v.First, v => v.Second);
        Value[] results = [.. old.Outputs.Select(v => v.IsConstant ? v : now[v])];

        // A node belongs to the first step that needs it, so what it reads comes from that step or from one before it.
        var stepOf = new int?[whole.Nodes.Length];
        for (int s = 0; s < steps.Length; s++) Mark(whole, steps[s].Segment.Outputs.Select(v => now[v]), stepOf, s);
        var isNeeded = new int?[whole.Nodes.Length]; // a node that only reorders a value between steps is not needed
        Mark(whole, results, isNeeded, 1);
        int[] kept = [.. Enumerable.Range(0, whole.Nodes.Length).Where(n => isNeeded[n] is not null)];

        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = old.Name };
        foreach ((Value input, Value before) in whole.Inputs.Zip(old.Inputs)) builder.Input(input, old.Defaults.GetValueOrDefault(before));
        foreach (Value constant in whole.Constants.Union(results.Where(v => v.IsConstant))) builder.Constant(constant);
        Substitution typed = Typed(whole);
        foreach (int node in kept) typed.Append(builder, whole.Nodes[node]);
        Graph graph = builder.Build(results);
        var cut = CompiledModels.Cut.Of(graph, [.. kept.Select(n => stepOf[n]!.Value)], [.. steps.Select(s => s.Group is not null)],
            (_, segment) => steps[stepOf[kept[segment.Nodes[0]]]!.Value].Group! with { Segment = segment }, []);
        // no session can be made of such a segment
        if (cut.Segments.SelectMany(s => s.Inputs).Any(v => v.Type == IrType.Unknown)) return null;
        return compiled with { Model = optimized with { Graph = graph }, Cut = cut };
    }

    private static bool IsBlockable(Node node) => node.Op.Is("Conv") && node.Outputs[0]?.ElementType == ElementType.Float32;

    /// <summary>The graph that ONNX Runtime would execute if these values were the results; null if it refuses the model.</summary>
    private static Model? Optimized(Model model, ImmutableArray<Value> results, ModelSessionOptions options)
    {
        Graph graph = model.Graph;
        SegmentModel whole = SegmentModel.ForSession(
            model, new(0, false, [.. Enumerable.Range(0, graph.Nodes.Length)], graph.Inputs, graph.Constants, results));
        string file = Path.Combine(Path.GetTempPath(), $"graphpartition-{Guid.NewGuid():N}.onnx");
        try
        {
            new OrtSessionFactory(options).Open(whole.Bytes, whole.Directory, isOnlyOne: true,
                session => session.OptimizedModelFilePath = file, KnownOrtFaults.LevelFor(whole.Graph)).Dispose();
            // Read into memory: weights in a file get no alignment there, and this one goes. Those of the model's own files stay in them.
            return OnnxReader.Read(File.ReadAllBytes(file), new() { Directory = whole.Directory }) with { Path = model.Path };
        }
        catch (Exception e) when (e is OnnxRuntimeException or ModelException)
        {
            return null; // it is refused, or saved in a way that cannot be read
        }
        finally
        {
            if (File.Exists(file)) File.Delete(file);
        }
    }

    /// <summary>Marks the nodes that values come from, unless they are marked already. A constant comes from no node.</summary>
    private static void Mark(Graph graph, IEnumerable<Value> values, int?[] marks, int mark)
    {
        var open = new Stack<int>(values.Where(v => !v.IsConstant).Select(graph.Uses.ProducerOf));
        while (open.TryPop(out int node))
        {
            if (node < 0 || marks[node] is not null) continue;
            marks[node] = mark;
            foreach (int producer in HostPlacement.ProducersOf(graph, node)) open.Push(producer);
        }
    }

    /// <summary>
    /// ONNX Runtime saves no types of blocked values. Their shape is that of the plain value with the channels rounded up to whole
    /// blocks, whose size is not in the file.
    /// </summary>
    private static Substitution Typed(Graph graph)
    {
        var typed = new Dictionary<Value, Value>();
        foreach (Node node in graph.Nodes)
        {
            if (node.Op.Domain != Domain || node.Op.Type != "ReorderOutput") continue;
            (Value blocked, Value plain) = (node.Inputs[0]!, node.Outputs[0]!);
            bool isSame = node.Attributes.Int("channels_last", 0) == 0
                && plain.Shape is { Rank: > 1 } shape && shape[1] is { IsKnown: true } channels && channels.Size % LargestBlock == 0;
            if (isSame || !typed.ContainsKey(blocked))
                typed[blocked] = new Value(blocked.Name, isSame ? plain.Type : IrType.Tensor(ElementType.Float32));
        }
        return new(typed);
    }
}
