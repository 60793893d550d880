using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Schemas;
using GraphPartition.Operators.TensorRt;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit;

/// <summary>A wrong model gives diagnostics, never an exception: every operator meets nodes drawn at random.</summary>
public sealed class WrongModelTests
{
    private static readonly long[] Numbers = [0, 1, 2, 3, -1, -2, 7, 64, 1000, long.MaxValue, long.MinValue, int.MaxValue];
    private static readonly string[] Texts = ["", "ij,jk->ik", "...->", "i..,->..", "SAME_UPPER", "VALID", "bidirectional", "not_larger",
        "tf_crop_and_resize", "none", "->", ","];

    [Fact]
    public void No_node_makes_inference_or_support_throw()
    {
        List<string> failures = [];
        foreach (Operator op in OperatorTable.Default.Operators.OrderBy(o => o.Name.ToString(), StringComparer.Ordinal))
            for (int seed = 0; seed < 300; seed++)
            {
                var random = new Random(seed);
                var builder = new GraphBuilder(OperatorTable.Default);
                Value?[] inputs = [.. Enumerable.Range(0, Count(random, op.Schema!.Inputs.Length))
                    .Select(i => Input(builder, random, op.Schema.Input(i), i))];
                OutputSpec[] outputs = [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => (OutputSpec)$"y{i}")];
                var attributes =
                    AttributeMap.Of(
                        [.. op.Schema.Attributes.Where(_ => random.Next(3) > 0).Select(a => (a.Name, Attribute(builder, random, a.Kind)))]);
                try
                {
                    Node node = builder.Add(op.Name, inputs, outputs, attributes);
                    OperatorTable.Default.SupportOf(node, new(new TensorRtRelease(8, 5)));
                    OperatorTable.Default.SupportOf(node, TensorRtTarget.Default);
                }
                catch (Exception e)
                {
                    string at = e.StackTrace!.Split('\n').FirstOrDefault(l => l.Contains("compiler/Operators"))?.Trim() ?? "";
                    failures.Add($"{op.Name} seed {seed}: {e.GetType().Name} {e.Message} {at[(at.LastIndexOf('/') + 1)..]}");
                    break;
                }
            }
        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    private static int Count(Random random, int formal) => random.Next(4) == 0 ? random.Next(formal + 3) : formal;

    private static Value? Input(GraphBuilder builder, Random random, SchemaParameter? formal, int index)
    {
        if (random.Next(12) == 0) return null;
        ElementType element = formal is null || random.Next(8) == 0 ? (ElementType)random.Next(1, 27) : Allowed(random, formal.Types);
        int rank = random.Next(6);
        if (random.Next(20) == 0) return builder.Input($"x{index}", IrType.Unknown);
        if (random.Next(20) == 0) return builder.Input($"x{index}", new SequenceType(IrType.Tensor(element)));
        if (random.Next(2) == 0 && element is ElementType.Int64 or ElementType.Float32 && rank <= 2)
        {
            long[] dims = [.. Enumerable.Range(0, rank).Select(_ => (long)random.Next(5))];
            long count = dims.Aggregate(1L, (a, b) => a * b);
            long[] values = [.. Enumerable.Range(0, (int)count).Select(_ => Numbers[random.Next(Numbers.Length)])];
            return builder.Constant($"x{index}", element == ElementType.Int64
                ? TensorData.Of<long>(element, values, dims) : TensorData.Of<float>(element, [.. values.Select(v => (float)v)], dims));
        }
        return builder.Input($"x{index}", random.Next(8) == 0 ? IrType.Tensor(element)
            : IrType.Tensor(element, new Shape([.. Enumerable.Range(0, rank).Select(_ => Size(random))])));
    }

    private static Dim Size(Random random) => random.Next(6) switch
    {
        0 => Dim.Unknown,
        1 => "n",
        2 => "(h+1)/2",
        3 => long.MaxValue - 1,
        _ => random.Next(9),
    };

    private static ElementType Allowed(Random random, TypeSet types)
    {
        for (int i = 0; i < 64; i++)
            if ((ElementType)random.Next(1, 27) is var type && types.Allows(type)) return type;
        return ElementType.Float32;
    }

    private static AttributeValue Attribute(GraphBuilder builder, Random random, AttributeKind kind)
    {
        if (random.Next(10) == 0) kind = (AttributeKind)random.Next(1, 9);
        long[] list = [.. Enumerable.Range(0, random.Next(6)).Select(_ => Numbers[random.Next(Numbers.Length)])];
        return kind switch
        {
            AttributeKind.Int => Numbers[random.Next(Numbers.Length)],
            AttributeKind.Ints => list,
            AttributeKind.Float => (float)Numbers[random.Next(Numbers.Length)],
            AttributeKind.Floats => list.Select(l => (float)l).ToArray(),
            AttributeKind.Tensor => TensorData.Int64s(list),
            AttributeKind.Graph => new GraphBuilder(OperatorTable.Default, builder.Scope).Build(
                [.. list.Select((_, i) => new Value(
                    $"b{i}", random.Next(2) == 0 ? IrType.Unknown : IrType.Tensor(ElementType.Float32, Shape.Of(2))))]),
            AttributeKind.Strings => new StringsAttribute(
                [.. list.Select(l => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes($"{l}"))]),
            AttributeKind.Type => new TypeAttribute(IrType.Tensor(ElementType.Float32)),
            _ => Texts[random.Next(Texts.Length)],
        };
    }
}
