namespace GraphPartition.MindIr.Primitives;

/// <summary>Tensors made of one value, of counting, or of a part of another tensor.</summary>
internal static class Filling
{
    private const long MaxEye = 1 << 24; // elements

    public static IEnumerable<Primitive> Rows =>
    [
        new("OnesLike", "x", c => Like(c, 1)),
        new("ZerosLike", "x", c => Like(c, 0)),
        new("Fill", "type shape value", c => Expanded(c, c.Type("type"))),
        new("FillV2", "shape value", c => Expanded(c, c.ElementOf(c.Tensor("value")))),
        new("Range", "start limit delta | maxlen", Range),
        new("Eye", "n m | t", Eye),
        new("Tril", "x | diagonal", c => Triangle(c, 0)),
        new("Triu", "x | diagonal", c => Triangle(c, 1)),
    ];

    /// <summary>A tensor of one element, the form of ConstantOfShape's value.</summary>
    public static TensorData One(ElementType type, double value) => new MemoryTensor(type, [1], ScalarData.Of(type, value).Bytes);

    private static Operand Like(PrimitiveCall c, double value)
    {
        Value x = c.Tensor("x");
        TensorData element = One(c.ElementOf(x), value);
        Value shape = x.Shape is { IsStatic: true } known ? c.Emit.Integers([.. known.Select(d => d.Size)]) : c.Emit.Add("Shape", [x]);
        return c.Emit.Result("ConstantOfShape", [shape], ("value", element));
    }

    private static Operand Expanded(PrimitiveCall c, ElementType type)
    {
        Value shape = Emitter.IntegersOf(c.Get("shape")) is { } known
            ? c.Emit.Integers(known) : c.Emit.Add("Cast", [c.Tensor("shape")], ("to", (long)ElementType.Int64));
        return c.Emit.Result("Expand", [Elementwise.As(c, c.Get("value"), "value", type), shape]);
    }

    /// <summary>The three arguments may be numbers of Python, of different types.</summary>
    private static Operand Range(PrimitiveCall c)
    {
        ElementType type = c.Emit.StoredType(0)?.Element ?? c.ElementOf(c.Tensor("start"));
        return c.Emit.Result("Range", [Scalar("start"), Scalar("limit"), Scalar("delta")]);

        Value Scalar(string name)
        {
            Value value = Elementwise.As(c, c.Get(name), name, type);
            return value.Shape?.Rank == 0 ? value : c.Emit.Add("Squeeze", [value]);
        }
    }

    private static Operand Eye(PrimitiveCall c)
    {
        long n = c.Int("n"), m = c.Int("m", n);
        if (n < 0 || m < 0 || n > MaxEye || m > MaxEye || n * m > MaxEye) throw c.Unsupported($"has {n} rows and {m} columns");
        ElementType type = c.Type("t");
        Value zeros = c.Emit.Add("ConstantOfShape", [c.Emit.Integers(n, m)], ("value", One(type, 0)));
        return c.Emit.Result("EyeLike", [zeros], ("dtype", (long)type));
    }

    private static Operand Triangle(PrimitiveCall c, long upper) =>
        c.Emit.Result("Trilu", [c.Tensor("x"), c.Emit.Scalar(ElementType.Int64, c.Int("diagonal", 0))], ("upper", upper));
}
