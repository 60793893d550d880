using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime.Batching.Proof;
using GraphPartition.Runtime.Tests.Support;
using Xunit.Abstractions;

namespace GraphPartition.Runtime.Tests.Property;

/// <summary>
/// Random graphs of operators that keep rows apart or let them meet, as their axes fall: where the proof holds, a batch gives what each
/// of its requests gives alone.
/// </summary>
public sealed class BatchProofProperties(ITestOutputHelper log)
{
    private const int Kinds = 20;

    [Fact]
    public void Proven_facts_are_true()
    {
        int proven = 0, refused = 0, right = 0;
        Prop.ForAll(RandomModel.Codes(8), codes =>
        {
            Model model = Of(codes);
            if (BatchProof.FindFault(model.Graph, "n") is not null)
            {
                refused++;
                if (Apart.Fault(model) is not null) right++;
                return true;
            }
            proven++;
            return Apart.Fault(model) is null;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
        log.WriteLine($"{proven} proven; {refused} refused, {right} of them with rows that really meet");
        Assert.True(proven > 20 && right > 20, $"{proven} proven, {right} refused with right");
    }

    private static Model Of(int[] codes)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "rows" };
        List<Value> values = [builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 4, 3)))];
        for (int i = 0; i < codes.Length; i++)
            if (Next(builder, values, codes[i], i) is { Shape: not null } value) values.Add(value);
        Value last = values.Last(v => v.Shape is { Rank: > 0 } shape && shape[0].Symbol == "n");
        Value result = builder.Op("Identity", "z", [last]);
        Graph whole = builder.Build(result);
        return new Model(Needed(whole)) { Opsets = OpsetVersions.Standard(20), FormatVersion = 9 };
    }

    private static Value? Next(GraphBuilder b, List<Value> values, int code, int i)
    {
        Value x = values[^1], other = values[code / 7 % values.Count];
        int rank = x.Shape!.Rank, pick = code / Kinds;
        long axis = rank == 0 ? 0 : pick % rank;
        long[] turned = [.. Enumerable.Range(0, rank).Select(k => (long)((k + 1 + pick) % rank))];
        string name = $"v{i}";
        if (rank == 0) return null;
        return (code % Kinds) switch
        {
            0 => b.Op("Tanh", name, [x]),
            1 => x.Shape.Equals(other.Shape) ? b.Op("Sub", name, [x, other]) : b.Op("Neg", name, [x]),
            2 => b.Op("Softmax", name, [x], AttributeMap.Of(("axis", axis - (pick % 2 == 0 ? rank : 0)))),
            3 => b.Op("Sub", name, [x, b.Op("ReduceMean", name + "m", [x, Ints(axis)])]),
            4 => b.Op("ReduceMax", name, [x, Ints(axis)], AttributeMap.Of(("keepdims", (long)(pick % 2)))),
            5 => b.Op("CumSum", name, [x, b.Constant(name + "a", TensorData.Scalar(ElementType.Int64, axis))]),
            6 or 7 => b.Op("Transpose", name, [x], AttributeMap.Of(("perm", turned))),
            8 => b.Op("Reshape", name, [x, Ints(0, -1)]),
            9 => b.Op("Reshape", name, [x, Ints(-1, pick % 2 == 0 ? 3 : 4)]),
            10 => b.Op("Reshape", name, [x, Ints(pick % 2 == 0 ? 4 : 3, -1)]),
            11 => b.Op("Flatten", name, [x], AttributeMap.Of(("axis", (long)(pick % (rank + 1))))),
            12 => b.Op("Concat", name, [x, b.Op("Abs", name + "c", [x])], AttributeMap.Of(("axis", axis))),
            13 => b.Op("Slice", name, [x, Ints(pick % 3 == 0 ? 0 : 1), Ints(pick % 2 == 0 ? long.MaxValue : 2), Ints2("s", axis)]),
            14 => b.Op("Gather", name, [x, b.Constant(name + "i", TensorData.Int64s(0, 0))], AttributeMap.Of(("axis", axis))),
            15 => b.Op("Unsqueeze", name, [x, Ints(pick % (rank + 1))]),
            16 => rank > 1 ? b.Op("MatMul", name, [x, b.Op("Transpose", name + "t", [x], AttributeMap.Of(("perm", Swapped(rank))))]) : null,
            17 => b.Op("Add", name, [x, b.Op("ConstantOfShape", name + "o", [b.Op("Shape", name + "h", [x])])]),
            18 => b.Op("Reshape", name, [x, b.Op("Concat", name + "k", [SizeOf(axis), Ints(-1)], AttributeMap.Of(("axis", 0L)))]),
            _ => b.Op("LayerNormalization", name, [x, b.Constant(name + "w", TensorData.Floats([0.75f], 1))],
                AttributeMap.Of(("axis", axis))),
        };

        Value Ints(params ReadOnlySpan<long> numbers) => b.Constant($"{name}n{numbers.Length}{numbers[0]}", TensorData.Int64s(numbers));
        Value SizeOf(long at) => b.Op("Shape", name + "h", [x], AttributeMap.Of(("start", at), ("end", at + 1)));
        Value Ints2(string suffix, params ReadOnlySpan<long> numbers) => b.Constant(name + suffix, TensorData.Int64s(numbers));
    }

    private static long[] Swapped(int rank) => [.. Enumerable.Range(0, rank - 2).Select(k => (long)k), rank - 1, rank - 2];

    /// <summary>The graph without nodes that its result does not need.</summary>
    private static Graph Needed(Graph graph)
    {
        HashSet<Value> needed = [.. graph.Outputs];
        List<Node> nodes = [];
        foreach (Node node in graph.Nodes.Reverse())
        {
            if (!node.Outputs.Any(o => o is not null && needed.Contains(o))) continue;
            needed.UnionWith(node.Inputs.OfType<Value>());
            nodes.Add(node);
        }
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = graph.Name };
        foreach (Value input in graph.Inputs) builder.Input(input);
        foreach (Value constant in graph.Constants.Where(needed.Contains)) builder.Constant(constant);
        foreach (Node node in nodes.AsEnumerable().Reverse()) builder.Append(node);
        return builder.Build(graph.Outputs.AsSpan());
    }
}
