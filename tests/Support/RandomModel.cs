using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestSupport;

/// <summary>
/// Executable graphs out of lists of integers, one for each node, so that FsCheck shrinks them by dropping and lessening
/// numbers. Every value is a float tensor of [2,3]; operators keep magnitudes small.
/// </summary>
public static class RandomModel
{
    private static readonly string[] Unary = ["Relu", "Neg", "Abs", "Tanh", "Sigmoid", "Identity"];
    private static readonly ImmutableSortedDictionary<string, int> Opsets17 =
        OpsetVersions.Standard(17);

    private static readonly string[] Binary = ["Add", "Sub", "Mul", "Max", "Min"];

    /// <summary>The graph of a list of codes; an empty list returns the input itself.</summary>
    public static Model FromCodes(IReadOnlyList<int> codes, IOperatorRules? rules = null)
    {
        var builder = new GraphBuilder(rules ?? SameAsFirst.Instance) { Name = "random" };
        IrType type = IrType.Tensor(ElementType.Float32, Shape.Of(2, 3));
        var values = new List<Value> { builder.Input("x", type), builder.Input("y", type) };
        var used = new HashSet<Value>();
        for (int i = 0; i < codes.Count; i++) AddNode(builder, values, used, codes[i], i, type);
        Value[] results = [.. values.Skip(2).Where(v => !used.Contains(v))];
        return new Model(builder.Build(results.Length == 0 ? [values[0]] : results))
        {
            Opsets = Opsets17,
            FormatVersion = 8,
        };
    }

    /// <summary>Checks a property of random models and fails with the smallest list of codes that breaks it.</summary>
    public static void Check(int nodes, int tests, Func<Model, bool> property) =>
        Prop.ForAll(Codes(nodes), codes => property(FromCodes(codes))).Check(Config.QuickThrowOnFailure.WithMaxTest(tests));

    /// <summary>Lists of up to <paramref name="nodes"/> codes.</summary>
    public static Arbitrary<int[]> Codes(int nodes)
    {
        Gen<int[]> lists = Gen.Choose(0, nodes).SelectMany(count => Gen.ArrayOf(Gen.Choose(0, int.MaxValue - 1), count));
        Func<int[], IEnumerable<int[]>> shrink = ArbMap.Default.ArbFor<int[]>().Shrinker;
        return Arb.From(lists, codes => shrink(codes).Where(smaller => smaller.All(code => code >= 0)));
    }

    private static void AddNode(GraphBuilder builder, List<Value> values, HashSet<Value> used, int code, int index, IrType type)
    {
        int kind = code % 14;
        code /= 14;
        Value a = Pick(ref code), b = Pick(ref code);
        string name = $"v{index}";
        switch (kind)
        {
            case < 6:
                values.Add(builder.Op(Unary[kind], name, [Use(a)]));
                break;
            case < 11:
                values.Add(builder.Op(Binary[kind - 6], name, [Use(a), Use(b)]));
                break;
            case 11: // a weight of its own
                Value w = builder.Constant($"w{index}", TensorData.Floats([.. Enumerable.Range(0, 6)
                    .Select(i => (code % 7 - 3 + i) / 8f)], 2, 3));
                values.Add(builder.Op("Mul", name, [Use(a), w]));
                break;
            case 12: // two outputs
                Value half = builder.Constant($"h{index}", TensorData.Int64s(1, 1));
                Node split = builder.Add("Split", [Use(a), half],
                    [new($"{name}_0", IrType.Tensor(ElementType.Float32, Shape.Of(1, 3))),
                        new($"{name}_1", IrType.Tensor(ElementType.Float32, Shape.Of(1, 3)))],
                    AttributeMap.Of(("axis", 0L)), name);
                values.Add(builder.Op("Concat", $"{name}_c", [split.Outputs[1], split.Outputs[0]], AttributeMap.Of(("axis", 0L))));
                break;
            default: // a body that captures two values
                Value zero = builder.Constant($"z{index}", TensorData.Scalar(ElementType.Float32, 0f));
                Value sum = builder.Add("ReduceSum", [Use(b)], [new($"{name}_s", IrType.Tensor(ElementType.Float32, Shape.Scalar))],
                    AttributeMap.Of(("keepdims", 0L)), $"{name}_s").Outputs[0]!;
                Value condition = builder.Add("Greater", [sum, zero],
                    [new($"{name}_g", IrType.Tensor(ElementType.Bool, Shape.Scalar))]).Outputs[0]!;
                AttributeMap bodies = AttributeMap.Of(("then_branch", Body("Add", "t")), ("else_branch", Body("Sub", "e")));
                values.Add(builder.Add("If", [condition], [new(name, type)], bodies, name).Outputs[0]!);
                break;
        }

        Graph Body(string op, string suffix)
        {
            var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = name + suffix };
            return body.Build(body.Op(op, name + suffix, [Use(a), Use(b)]));
        }

        Value Pick(ref int rest)
        {
            Value picked = values[^(1 + rest % Math.Min(values.Count, 8))];
            rest /= 8;
            return picked;
        }

        Value Use(Value v)
        {
            used.Add(v);
            return v;
        }
    }

    /// <summary>Every output has the type of the first input.</summary>
    private sealed class SameAsFirst : IOperatorRules
    {
        public static SameAsFirst Instance { get; } = new();

        public void Infer(NodeInference node)
        {
            if (node.OutputCount == 1 && node.Op.Type is not ("If" or "ReduceSum" or "Greater" or "Concat"))
                node.Set(0, node.Input(0)!.Type);
            if (node.Op.Is("Concat")) node.Set(0, IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        }
    }
}
