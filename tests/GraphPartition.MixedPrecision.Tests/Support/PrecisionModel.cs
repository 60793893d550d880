using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.MixedPrecision.Tests.Support;

/// <summary>
/// Models out of lists of numbers, one for each node, so that FsCheck shrinks them. Every value is f32[3,3] with magnitudes below 2, and no
/// operator makes an error in its inputs larger: a sum is halved, a product of two values is a quarter. So errors only add up.
/// </summary>
internal static class PrecisionModel
{
    private static readonly string[] Unary = ["Relu", "Tanh", "Sigmoid", "Abs", "Sin", "Neg", "Identity", "Softplus"];
    private static readonly string[] Binary = ["Add", "Max", "Sub", "Mul"];
    private static readonly float[] Special = [1e-9f, 7e4f, -1e-3f, 0.5f, 1f, float.MaxValue];

    public static Arbitrary<int[]> Codes => Lists(14);

    public static Arbitrary<int[]> SmallCodes => Lists(8);

    public static Model FromCodes(IReadOnlyList<int> codes, bool bodies = true)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "random" };
        IrType type = IrType.Tensor(ElementType.Float32, Shape.Of(3, 3));
        List<Value> values = [builder.Input("x", type), builder.Input("y", type)];
        var used = new HashSet<Value>();
        for (int i = 0; i < codes.Count; i++) Add(builder, values, used, codes[i], i, bodies);
        Value[] results = [.. values.Skip(2).Where(v => !used.Contains(v))];
        return new Model(builder.Build(results.Length == 0 ? [builder.Op("Relu", "only", [values[0]])] : results))
        {
            Opsets = OpsetVersions.Standard(OperatorSchemas.CanonicalOpset),
            SourceOpset = 17,
            FormatVersion = 8,
        };
    }

    private static void Add(GraphBuilder builder, List<Value> values, HashSet<Value> used, int code, int i, bool bodies)
    {
        int kind = code % 16;
        code /= 16;
        string name = $"v{i}";
        Value a = Pick(), b = Pick();
        switch (kind)
        {
            case < 4: // a layer whose weights keep magnitudes
                values.Add(builder.Op("MatMul", name, [Use(a), Weight()]));
                break;
            case 4 or 5 or 6 or 7 or 8:
                values.Add(Op(Unary[code % Unary.Length], a));
                break;
            case < 12:
                values.Add(Scaled(Op(Binary[code % Binary.Length], a, b), 0.25f));
                break;
            case 12: // a bound that may not fit
                float bound = MathF.Abs(Special[code % Special.Length]);
                values.Add(Op("Min", a, builder.Constant($"k{i}", TensorData.Scalar(ElementType.Float32, bound))));
                break;
            case 13: // a divisor with an epsilon
                Value sum = builder.Op("Add", $"{name}s", [builder.Op("Abs", $"{name}a", [Use(a)]),
                    builder.Constant($"e{i}", TensorData.Scalar(ElementType.Float32, code % 2 == 0 ? 1e-12f : 0.5f))]);
                values.Add(Scaled(builder.Op("Div", $"{name}d", [Use(b), builder.Op("Add", $"{name}t", [sum,
                    builder.Constant($"o{i}", TensorData.Scalar(ElementType.Float32, 1f))])]), 0.25f));
                break;
            case 14: // attention with a mask
                Value scores = builder.Op("Add", $"{name}m", [builder.Op("MatMul", $"{name}q", [Use(a), Weight()]),
                    builder.Constant($"m{i}", TensorData.Floats(
                        [0, code % 2 == 0 ? -1e9f : float.MinValue, 0, 0, 0, 0, -1e4f, 0, 0], 3, 3))]);
                values.Add(Scaled(builder.Op("MatMul", $"{name}r", [builder.Op("Softmax", $"{name}p", [scores]), Use(b)]), 0.25f));
                break;
            default:
                if (!bodies)
                {
                    values.Add(Op("Relu", a));
                    break;
                }
                Value condition = builder.Op("Greater", $"{name}c", [builder.Op("ReduceMax", $"{name}r", [Use(values[code % 2])],
                    AttributeMap.Of(("keepdims", 0L))), builder.Constant($"z{i}", TensorData.Scalar(ElementType.Float32, 0f))]);
                values.Add(builder.Add("If", [condition], [name], AttributeMap.Of(
                    ("then_branch", Body("MatMul", a, Weight())), ("else_branch", Body("Max", a, b))), name).Outputs[0]!);
                break;
        }

        Value Op(string op, params ReadOnlySpan<Value> inputs)
        {
            foreach (Value v in inputs) used.Add(v);
            return builder.Op(op, $"{name}o", [.. inputs]);
        }

        Value Scaled(Value v, float factor) =>
            builder.Op("Mul", name, [v, builder.Constant($"f{i}", TensorData.Scalar(ElementType.Float32, factor))]);

        // The magnitudes of a column add up to at most 1.
        Value Weight() => builder.Constant($"w{i}", TensorData.Floats(
            [.. Enumerable.Range(0, 9).Select(k => ((code + k * 7) % 5 - 2) / 6f)], 3, 3));

        Graph Body(string op, Value x, Value y)
        {
            var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = name + op };
            return body.Build(body.Op(op, name + op, [Use(x), Use(y)]));
        }

        Value Use(Value v)
        {
            used.Add(v);
            return v;
        }

        Value Pick()
        {
            Value picked = values[^(1 + code % Math.Min(values.Count, 6))];
            code /= 6;
            return picked;
        }
    }

    private static Arbitrary<int[]> Lists(int nodes)
    {
        Gen<int[]> lists = Gen.Choose(0, nodes).SelectMany(count => Gen.ArrayOf(Gen.Choose(0, int.MaxValue - 1), count));
        Func<int[], IEnumerable<int[]>> shrink = ArbMap.Default.ArbFor<int[]>().Shrinker;
        return Arb.From(lists, codes => shrink(codes).Where(smaller => smaller.All(code => code >= 0)));
    }
}
