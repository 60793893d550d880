using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;

namespace GraphPartition.Runtime.Tests.Support;

/// <summary>
/// Graphs of convolutions and what stands around them, out of lists of integers, one for each node. Values are images of 16 by 16 with
/// few or many channels, whole blocks of a processor's vectors or not, and any number of images.
/// </summary>
internal static class RandomImages
{
    /// <summary>Height and width; as large as a block of channels, so that a shape whose axes are exchanged seems to fit too.</summary>
    public const int Side = 16;

    private static readonly int[] Channels = [3, 5, 8, 16, 20, 32];

    /// <summary>The graph of a list of codes; the first node is a convolution of the input.</summary>
    public static Model Of(IReadOnlyList<int> codes)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "images" };
        var values = new List<Value> { builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 3, Side, Side))) };
        var used = new HashSet<Value>();
        values.Add(Add(0, 0));
        for (int i = 0; i < codes.Count; i++) values.Add(Add(codes[i], i + 1));
        return new Model(builder.Build([.. values.Where(v => !used.Contains(v))]))
        {
            Opsets = RandomModel.FromCodes([]).Opsets,
            FormatVersion = 8
        };

        Value Add(int code, int index)
        {
            int kind = code % 13;
            code /= 13;
            Value a = Pick(ref code), b = Pick(ref code);
            string name = $"v{index}";
            int channels = (int)a.Shape![1].Size;
            return kind switch
            {
                < 4 => builder.Op("Conv", name, [Use(a), Weight(name, Channels[code % Channels.Length], channels, kind % 2 == 0 ? 3 : 1)],
                    Same(kind % 2 == 0 ? 3 : 1)),
                4 => builder.Op("Conv", name, [Use(a), Weight(name, channels, 1, 3)], Same(3).With("group", new IntAttribute(channels))),
                < 7 => builder.Op("Relu", name, [Use(a)]),
                7 => builder.Op("Sigmoid", name, [Use(a)]),
                8 when a.Shape.Equals(b.Shape) => builder.Op("Add", name, [Use(a), Use(b)]),
                8 or 9 => builder.Op("Concat", name, [Use(a), Use(b)], AttributeMap.Of(("axis", new IntAttribute(1)))),
                10 => builder.Op("MaxPool", name, [Use(a)], Same(3).With("kernel_shape", new IntsAttribute([3, 3]))),
                11 => builder.Op("Mul", name, [Use(a), builder.Op("GlobalAveragePool", name + ".mean", [a])]),
                _ => builder.Op("Transpose", name, [
                    builder.Op("Neg", name + ".last", [builder.Op("Transpose", name + ".t", [Use(a)], Perm(0, 2, 3, 1))])],
                    Perm(0, 3, 1, 2)),
            };
        }

        Value Pick(ref int code)
        {
            int back = Math.Min(values.Count, 4), at = code % back;
            code /= back;
            return values[^(1 + at)];
        }

        Value Use(Value value)
        {
            used.Add(value);
            return value;
        }

        Value Weight(string name, int to, int from, int kernel)
        {
            float scale = 1f / MathF.Sqrt(from * kernel * kernel);
            float[] numbers = [.. Enumerable.Range(0, to * from * kernel * kernel)
                .Select(i => scale * MathF.Sin((i * 1.7f) + name.Length + to))];
            return builder.Constant(name + ".weight", TensorData.Floats(numbers, to, from, kernel, kernel));
        }
    }

    /// <summary>Images for such a graph.</summary>
    public static Dictionary<string, DataValue> Inputs(int images) => new()
    {
        ["x"] = TensorData.Floats([.. Enumerable.Range(0, images * 3 * Side * Side).Select(i => MathF.Sin(i * 0.37f))], images, 3, Side,
            Side),
    };

    /// <summary>The attributes of a convolution or pooling that keeps the size of an image.</summary>
    public static AttributeMap Same(int kernel) => AttributeMap.Of(
        ("pads", new IntsAttribute([kernel / 2, kernel / 2, kernel / 2, kernel / 2])));

    private static AttributeMap Perm(params ReadOnlySpan<long> axes) => AttributeMap.Of(("perm", new IntsAttribute([.. axes])));
}
