using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Tests.Support;
using static GraphPartition.MindIr.Tests.Conformance.PrimitiveCase;

namespace GraphPartition.MindIr.Tests.Networks;

/// <summary>Small relatives of BERT, GPT and Wide&amp;Deep.</summary>
internal static class LanguageNetworks
{
    private const long Batch = 2, Length = 4, Size = 8, Heads = 2, Head = Size / Heads;

    public static TestNetwork Bert { get; } = new("BERT", [Runner.RandomIndices(1, 20, Batch, Length), Mask], (m, x) =>
    {
        string h = m.B.Node(
            "Gather", [m.Weight(200, 20, Size), m.B.Node("Reshape", [x[0], m.B.Constant(T(-1))], [], ElementType.Int32, Batch * Length),
                m.B.Constant(0L)], [("batch_dims", 0L)], Batch * Length, Size);
        h = m.LayerNorm(m.Binary("Add", m.Reshape(h, Batch, Length, Size), m.Weight(201, 1, Length, Size), Batch, Length, Size), 202, Batch,
            Length, Size);
        // (1 - mask) * -10000, as an input of type int that is cast.
        string mask = m.B.Node("Cast", [x[1], m.B.Constant(ElementType.Float32)], [], Batch, Length);
        mask = m.B.Node("ExpandDims", [m.B.Node("ExpandDims", [mask, m.B.Constant(1L)], [], Batch, 1, Length), m.B.Constant(1L)], [], Batch,
            1, 1, Length);
        mask = m.Binary("Mul", m.Binary("Sub", m.B.Constant(1f), mask, Batch, 1, 1, Length), m.B.Constant(-10000f), Batch, 1, 1, Length);
        string flat = m.Reshape(h, Batch * Length, Size);
        string attended = Attention(m, flat, scores => m.Binary("Add", scores, mask, Batch, Heads, Length, Length));
        flat = m.LayerNorm(m.Binary("Add", flat, m.Dense(attended, 216, Size, Size, Batch * Length, Size), Batch * Length, Size), 218,
            Batch * Length, Size);
        string inner = m.Unary("GeLU", m.Dense(flat, 220, Size, 16, Batch * Length, 16), Batch * Length, 16);
        flat = m.LayerNorm(m.Binary("Add", flat, m.Dense(inner, 222, 16, Size, Batch * Length, Size), Batch * Length, Size), 224,
            Batch * Length, Size);
        string sequence = m.Reshape(flat, Batch, Length, Size);
        string first =
            m.B.Node("StridedSlice", [sequence, m.B.Constant(T(0, 0, 0)), m.B.Constant(T(Batch, 1, Size)), m.B.Constant(T(1, 1, 1))],
            [("begin_mask", 0L), ("end_mask", 0L), ("ellipsis_mask", 0L), ("new_axis_mask", 0L), ("shrink_axis_mask", 0L)], Batch, 1, Size);
        first = m.B.Node("Squeeze", [first], [("axis", T(1))], Batch, Size);
        return [sequence, m.B.Node("LogSoftmax", [m.Unary("Tanh", m.Dense(first, 226, Size, Size, Batch, Size), Batch, Size)],
            [("axis", -1L)], Batch, Size)];
    }, (o, x) =>
    {
        Value h = o.Op("Gather", [o.Weight(200, 20, Size), x[0]]);
        h = o.LayerNorm(o.Op("Add", [h, o.Weight(201, 1, Length, Size)]), 202, Size);
        Value mask = o.Op(
            "Where", [o.Op("Cast", [o.Reshape(x[1], Batch, 1, 1, Length)], ("to", (long)ElementType.Bool)), o.Number(0), o.Number(-10000)]);
        Value flat = o.Reshape(h, Batch * Length, Size);
        flat = o.LayerNorm(o.Op("Add", [flat, o.Dense(Attention(o, flat, scores => o.Op("Add", [scores, mask])), 216, Size, Size)]), 218,
            Size);
        flat = o.LayerNorm(
            o.Op("Add", [flat, o.Dense(o.Op("Gelu", [o.Dense(flat, 220, Size, 16)], ("approximate", "tanh")), 222, 16, Size)]), 224, Size);
        Value sequence = o.Reshape(flat, Batch, Length, Size),
            first = o.Op("Gather", [sequence, o.Reshape(o.Integers(0), [])], ("axis", 1));
        return [sequence, o.Op("LogSoftmax", [o.Op("Tanh", [o.Dense(first, 226, Size, Size)])])];
    });

    public static TestNetwork Gpt { get; } = new("GPT", [Runner.Random(3, Batch, Length, Size)], (m, x) =>
    {
        // RMS normalization spelled out, a causal mask from a triangle, a gate.
        string square = m.Mean(m.Unary("Square", x[0], Batch, Length, Size), T(-1), true, Batch, Length, 1);
        string h = m.Binary("Mul", x[0], m.Unary("Rsqrt", m.Binary("Add", square, m.B.Constant(1e-6f), Batch, Length, 1), Batch, Length, 1),
            Batch, Length, Size);
        string ones = m.B.Constant(TensorData.Floats([.. Enumerable.Repeat(1f, 16)], 1, 1, Length, Length));
        string future = m.B.Node("Equal", [m.B.Node("Tril", [ones], [("diagonal", 0L)], 1, 1, Length, Length), m.B.Constant(0f)], [],
            ElementType.Bool, 1, 1, Length, Length);
        string flat = m.Reshape(h, Batch * Length, Size);
        flat = Attention(m, flat, scores => m.B.Node(
            "MaskedFill", [scores, future, m.B.Constant(-10000f)], [], Batch, Heads, Length, Length));
        string halves = m.B.TupleNode("Split", [m.Dense(flat, 230, Size, 32, Batch * Length, 32)], [("axis", -1L), ("output_num", 2L)],
            [Batch * Length, 16L], [Batch * Length, 16L]);
        string gated = m.Binary("Mul", m.Unary("SiLU", m.B.Item(halves, 0, Batch * Length, 16), Batch * Length, 16),
            m.B.Item(halves, 1, Batch * Length, 16), Batch * Length, 16);
        string logits = m.Dense(gated, 232, 16, 10, Batch * Length, 10);
        return [logits, m.B.Node("Argmax", [logits], [("axis", -1L), ("output_type", ElementType.Int32)], ElementType.Int32,
            Batch * Length)];
    }, (o, x) =>
    {
        Value square = o.Mean(o.Op("Mul", [x[0], x[0]]), [-1], true);
        Value h = o.Op("Div", [x[0], o.Op("Sqrt", [o.Op("Add", [square, o.Number(1e-6f)])])]);
        Value column = o.Reshape(o.Integers(0, 1, 2, 3), 4, 1), row = o.Integers(0, 1, 2, 3);
        Value flat = Attention(o, o.Reshape(h, Batch * Length, Size),
            scores => o.Op("Where", [o.Op("Greater", [row, column]), o.Number(-10000), scores]));
        Value inner = o.Dense(flat, 230, Size, 32), gate = o.Slice(inner, 0, 16, 1);
        Value logits = o.Dense(o.Op("Mul", [o.Op("Mul", [gate, o.Op("Sigmoid", [gate])]), o.Slice(inner, 16, 32, 1)]), 232, 16, 10);
        return [logits, o.Op("Cast", [o.Op("ArgMax", [logits], ("axis", 1), ("keepdims", 0))], ("to", (long)ElementType.Int32))];
    });

    public static TestNetwork WideAndDeep { get; } =
        new("Wide and Deep", [Runner.RandomIndices(4, 30, Batch, 5), Runner.Random(5, Batch, 5)], (m, x) =>
    {
        string weight = m.Reshape(x[1], Batch, 5, 1);
        string wide = m.B.Node("Gather", [m.Weight(240, 30, 1), x[0], m.B.Constant(0L)], [("batch_dims", 0L)], Batch, 5, 1);
        wide = m.B.Node("ReduceSum", [m.Binary("Mul", wide, weight, Batch, 5, 1), m.B.Constant(1L)],
            [("keep_dims", false), ("skip_mode", false)], Batch, 1);
        wide = m.Binary("Add", wide, m.Weight(241, 1), Batch, 1);
        string deep = m.B.Node("EmbeddingLookup", [m.Weight(242, 30, 6), x[0], m.B.Constant(0L)], [], Batch, 5, 6);
        deep = m.Concat([m.Reshape(m.Binary("Mul", deep, weight, Batch, 5, 6), Batch, 30), x[1]], 1, Batch, 35);
        deep = m.Unary("ReLU", m.Dense(deep, 243, 35, 8, Batch, 8), Batch, 8);
        string sum = m.Binary("Add", wide, m.Dense(deep, 245, 8, 1, Batch, 1), Batch, 1);
        return [sum, m.Unary("Sigmoid", sum, Batch, 1)];
    }, (o, x) =>
    {
        Value weight = o.Reshape(x[1], Batch, 5, 1);
        Value wide = o.Op("ReduceSum", [o.Op("Mul", [o.Op("Gather", [o.Weight(240, 30, 1), x[0]]), weight]), o.Integers(1)],
            ("keepdims", 0));
        Value deep = o.Reshape(o.Op("Mul", [o.Op("Gather", [o.Weight(242, 30, 6), x[0]]), weight]), Batch, 30);
        deep = o.Op("Relu", [o.Dense(o.Op("Concat", [deep, x[1]], ("axis", 1)), 243, 35, 8)]);
        Value sum = o.Op("Add", [o.Op("Add", [wide, o.Weight(241, 1)]), o.Dense(deep, 245, 8, 1)]);
        return [sum, o.Op("Sigmoid", [sum])];
    });

    /// <summary>Attention of heads, from a matrix [batch * length, size] to one.</summary>
    private static string Attention(MindIrLayers m, string flat, Func<string, string> masked)
    {
        string Heads4(int seed) => m.Transpose(m.Reshape(m.Dense(flat, seed, Size, Size, Batch * Length, Size), Batch, Length, Heads, Head),
            [0, 2, 1, 3], Batch, Heads, Length, Head);
        string scores = m.B.Node("BatchMatMul", [Heads4(210), Heads4(212)], [("transpose_a", false), ("transpose_b", true)], Batch, Heads,
            Length, Length);
        scores = masked(m.Binary("Mul", scores, m.B.Constant(0.5f), Batch, Heads, Length, Length));
        scores = m.B.Node("Softmax", [scores], [("axis", T(-1))], Batch, Heads, Length, Length);
        string mixed = m.B.Node("BatchMatMul", [scores, Heads4(214)], [("transpose_a", false), ("transpose_b", false)], Batch, Heads,
            Length, Head);
        return m.Reshape(m.Transpose(mixed, [0, 2, 1, 3], Batch, Length, Heads, Head), Batch * Length, Size);
    }

    private static Value Attention(OnnxLayers o, Value flat, Func<Value, Value> masked)
    {
        Value Heads4(int seed, params long[] order) =>
            o.Transpose(o.Reshape(o.Dense(flat, seed, Size, Size), Batch, Length, Heads, Head), order);
        Value scores = o.Op("Mul", [o.Op("MatMul", [Heads4(210, 0, 2, 1, 3), Heads4(212, 0, 2, 3, 1)]), o.Number(0.5f)]);
        Value mixed = o.Op("MatMul", [o.Op("Softmax", [masked(scores)]), Heads4(214, 0, 2, 1, 3)]);
        return o.Reshape(o.Transpose(mixed, 0, 2, 1, 3), Batch * Length, Size);
    }

    private static TensorData Mask => TensorData.Of<int>(ElementType.Int32, [1, 1, 1, 1, 1, 1, 0, 0], Batch, Length);
}
