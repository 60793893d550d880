using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.TestModels.MindSpore;
using static GraphPartition.MindIr.Tests.Conformance.PrimitiveCase;

namespace GraphPartition.MindIr.Tests.Conformance;

/// <summary>Gathering, scattering, searching, filling, recurrence, shapes.</summary>
internal static class IndexCases
{
    private static readonly TensorData X = F([3, 2], 10, 11, 20, 21, 30, 31);

    public static IEnumerable<PrimitiveCase> All =>
    [
        new("Gather", [X, I([2], 2, 0)], (b, x) => [b.Node("Gather", [.. x, b.Constant(0L)], [("batch_dims", 0L)], 2, 2)],
            F([2, 2], 30, 31, 10, 11)),
        new("Gather with batch", [X, I([3, 1], 1, 0, 1)], (b, x) => [b.Node("Gather", [.. x, b.Constant(1L)], [("batch_dims", 1L)], 3, 1)],
            F([3, 1], 11, 20, 31)),
        new("Gather with batch before the axis", [Runner.Random(40, 2, 3, 4, 2), I([2, 2], 3, 0, 1, 1)],
            (b, x) => [b.Node("Gather", [.. x, b.Constant(2L)], [("batch_dims", 1L)], 2, 3, 2, 2)],
            Reference.Fill([2, 3, 2, 2], at => Runner.Random(40, 2, 3, 4, 2)
                .Get(at[0], at[1], new long[] { 3, 0, 1, 1 }[at[0] * 2 + at[2]], at[3]))),
        new("EmbeddingLookup", [X, I([2], 12, 10)], (b, x) => [b.Node("EmbeddingLookup", [.. x, b.Constant(10L)], [], 2, 2)],
            F([2, 2], 30, 31, 10, 11)),
        new("EmbeddingLookup outside of the table", [X, I([1, 4], 2, -1, 3, 0)],
            (b, x) => [b.Node("EmbeddingLookup", [.. x, b.Constant(0L)], [], 1, 4, 2)],
            F([1, 4, 2], 30, 31, 0, 0, 0, 0, 10, 11)),
        new("GatherD", [X, I([1, 2], 2, 0)], (b, x) => [b.Node("GatherD", [x[0], b.Constant(0L), x[1]], [], 1, 2)], F([1, 2], 30, 11)),
        One("GatherNd", [X, I([2, 2], 2, 1, 0, 0)], [], F([2], 31, 10)),
        new("ScatterNd", [I([3, 1], 1, 0, 1), F([3], 1, 2, 3)], (b, x) => [b.Node("ScatterNd", [.. x, b.Constant(T(3))], [], 3)],
            F([3], 2, 4, 0)),
        One("TensorScatterUpdate", [X, I([1, 1], 1), F([1, 2], 1, 2)], [], F([3, 2], 10, 11, 1, 2, 30, 31)),
        new("OneHot", [I([2], 2, 0)], (b, x) => [b.Node(
            "OneHot", [x[0], b.Constant(3L), b.Constant(F([], 5)), b.Constant(F([], -1))], [("axis", -1L)], 2, 3)],
            F([2, 3], -1, -1, 5, 5, -1, -1)),
        new("NonZero", [F([2, 2], 0, 1, 1, 0)], (b, x) => [b.Node("NonZero", x, [], ElementType.Int64, -1, 2)],
            TensorData.Of<long>(ElementType.Int64, [0, 1, 1, 0], 2, 2)),
        One("Argmax", [X], [("axis", 0L), ("output_type", ElementType.Int32)], I([2], 2, 2)),
        new("ArgMaxWithValue", [X], (b, x) => Both(
            b, b.TupleNode("ArgMaxWithValue", x, [("axis", 1L), ("keep_dims", false)], (ElementType.Int32, [3L]),
                (ElementType.Float32, [3L])),
            (ElementType.Int32, 3), (ElementType.Float32, 3)), I([3], 1, 1, 1), F([3], 11, 21, 31)),
        new("ArgMinWithValue", [X], (b, x) => Both(
            b, b.TupleNode("ArgMinWithValue", x, [("axis", 0L), ("keep_dims", false)], (ElementType.Int32, [2L]),
                (ElementType.Float32, [2L])),
            (ElementType.Int32, 2), (ElementType.Float32, 2)), I([2], 0, 0), F([2], 10, 11)),
        new("TopK", [F([4], 3, 9, 1, 7)], (b, x) =>
            Both(b, b.TupleNode("TopK", [x[0], b.Constant(2L)], [("sorted", true)], (ElementType.Float32, [2L]), (ElementType.Int32, [2L])),
            (ElementType.Float32, 2), (ElementType.Int32, 2)), F([2], 9, 7), I([2], 1, 3)),

        One("OnesLike", [X], [], X.Map(_ => 1)), One("ZerosLike", [X], [], X.Map(_ => 0)),
        new("Fill", [X],
            (b, x) => [b.Node(
                "Add", [x[0], b.Node("Fill", [b.Constant(ElementType.Float32), b.Constant(T(3, 2)), b.Constant(2L)], [], 3, 2)], [], 3, 2)],
                X.Map(v => v + 2)),
        new("FillV2", [X],
            (b, x) => [b.Node("Add", [x[0], b.Node("FillV2", [b.Constant(T(3, 2)), b.Constant(F([], 2))], [], 3, 2)], [], 3, 2)],
                X.Map(v => v + 2)),
        new("Range", [F([3], 1, 1, 1)], (b, x) => [
            b.Node("Add", [x[0], b.Node("Range", [b.Constant(0L), b.Constant(6L), b.Constant(2L)], [], 3)], [], 3)], F([3], 1, 3, 5)),
        new("Eye", [F([2, 3], 1, 1, 1, 1, 1, 1)], (b, x) =>
            [b.Node("Mul", [x[0], b.Node("Eye", [b.Constant(2L), b.Constant(3L), b.Constant(ElementType.Float32)], [], 2, 3)], [], 2, 3)],
            F([2, 3], 1, 0, 0, 0, 1, 0)),
        One("Tril", [F([2, 2], 1, 2, 3, 4)], [("diagonal", 0L)], F([2, 2], 1, 0, 3, 4)),
            One("Triu", [F([2, 2], 1, 2, 3, 4)], [("diagonal", 1L)], F([2, 2], 0, 2, 0, 0)),
        new("TensorShape", [X], (b, x) => [b.Node("TensorShape", x, [], ElementType.Int64, 2)], TensorData.Int64s(3, 2)),
        new("Shape as a tuple", [X], (b, x) => [b.Node("Reshape", [F6(b, x[0]), b.Node("Shape", x, [], ElementType.Int64)], [], 3, 2)], X),
        Lstm(biases: 2), Lstm(biases: 1), Lstm(biases: 0),
        DynamicRnn(), DynamicGru("rzh"), DynamicGru("zrh"),
    ];

    private static string F6(MindIrBuilder b, string x) => b.Node("Reshape", [x, b.Constant(T(6))], [], 6);

    private static string[] Both(MindIrBuilder b, string tuple, (ElementType, long) first, (ElementType, long) second) =>
        [b.Item(tuple, 0, first.Item1, first.Item2), b.Item(tuple, 1, second.Item1, second.Item2)];

    private const int T3 = 3, N = 1, In = 2, Hidden = 2;

    private static readonly TensorData Sequence = Runner.Random(30, T3, N, In);
    private static readonly TensorData H0 = Runner.Random(31, 1, N, Hidden);
    private static readonly TensorData C0 = Runner.Random(32, 1, N, Hidden);

    /// <summary>One flat weight: [4H, I], [4H, H], biases; gates i, f, c, o.</summary>
    private static PrimitiveCase Lstm(int biases)
    {
        TensorData w = Runner.Random(33, 4 * Hidden * (In + Hidden + biases), 1, 1);
        double W(int gate, int unit, int column) => w.Get((gate * Hidden + unit) * In + column, 0, 0);
        double R(int gate, int unit, int column) => w.Get(4 * Hidden * In + (gate * Hidden + unit) * Hidden + column, 0, 0);
        double B(int gate, int unit) => Enumerable.Range(0, biases)
            .Sum(k => w.Get(4 * Hidden * (In + Hidden + k) + gate * Hidden + unit, 0, 0));
        var (y, h, c) = RunLstm(W, R, B, [0, 1, 2, 3]);
        return new($"LSTM with {biases} biases", [Sequence, H0, C0], (b, x) =>
        {
            string t = b.TupleNode("LSTM", [.. x, b.Weight("w", w)],
                [("input_size", (long)In), ("hidden_size", (long)Hidden), ("num_layers", 1L), ("has_bias", biases > 0),
                ("bidirectional", false), ("dropout", 0f)], [3L, 1L, 2L], [1L, 1L, 2L], [1L, 1L, 2L], [1L, 1L], [1L, 1L]);
            return [b.Item(t, 0, 3, 1, 2), b.Item(t, 1, 1, 1, 2), b.Item(t, 2, 1, 1, 2)];
        }, y, h, c);
    }

    /// <summary>One weight [I + H, 4H]; gates i, c, f, o.</summary>
    private static PrimitiveCase DynamicRnn()
    {
        TensorData w = Runner.Random(34, In + Hidden, 4 * Hidden), bias = Runner.Random(35, 4 * Hidden);
        var (y, _, _) = RunLstm((g, u, k) => w.Get(k, g * Hidden + u), (g, u, k) => w.Get(In + k, g * Hidden + u),
            (g, u) => bias.Get(g * Hidden + u), [0, 2, 1, 3]);
        return new("DynamicRNN", [Sequence, H0, C0], (b, x) =>
        {
            string t = b.TupleNode("DynamicRNN", [x[0], b.Weight("w", w), b.Weight("b", bias), b.Constant(null), x[1], x[2]],
                [("direction", "UNIDIRECTIONAL"), ("forget_bias", 0f)], [.. Enumerable.Repeat(new[] { 3L, 1L, 2L }, 8)]);
            return [b.Item(t, 0, 3, 1, 2), b.Item(t, 1, 3, 1, 2)];
        }, y, y);
    }

    /// <summary>c' = f * c + i * tanh(g), h = o * tanh(c'). <paramref name="order"/>: where gates i, f, c, o stand.</summary>
    private static (TensorData Y, TensorData H, TensorData C) RunLstm(
        Func<int, int, int, double> w, Func<int, int, int, double> r, Func<int, int, double> b, int[] order)
    {
        double[] h = [H0.Get(0, 0, 0), H0.Get(0, 0, 1)], c = [C0.Get(0, 0, 0), C0.Get(0, 0, 1)];
        var y = new float[T3 * Hidden];
        for (int t = 0; t < T3; t++)
        {
            double Gate(int gate, int unit) => b(order[gate], unit)
                + Enumerable.Range(0, In).Sum(k => w(order[gate], unit, k) * Sequence.Get(t, 0, k))
                + Enumerable.Range(0, Hidden).Sum(k => r(order[gate], unit, k) * h[k]);
            double[] next = new double[Hidden];
            for (int u = 0; u < Hidden; u++)
            {
                c[u] = Sigmoid(Gate(1, u)) * c[u] + Sigmoid(Gate(0, u)) * Math.Tanh(Gate(2, u));
                next[u] = Sigmoid(Gate(3, u)) * Math.Tanh(c[u]);
            }
            for (int u = 0; u < Hidden; u++) y[t * Hidden + u] = (float)(h[u] = next[u]);
        }
        return (F([3, 1, 2], y), F([1, 1, 2], (float)h[0], (float)h[1]), F([1, 1, 2], (float)c[0], (float)c[1]));
    }

    /// <summary>z, r = sigmoid(...), n = tanh(Wx + b + r * (Rh + d)), h' = (1 - z) * n + z * h.</summary>
    private static PrimitiveCase DynamicGru(string order)
    {
        TensorData w = Runner.Random(36, In, 3 * Hidden), r = Runner.Random(37, Hidden, 3 * Hidden), b1 = Runner.Random(38, 3 * Hidden),
            b2 = Runner.Random(39, 3 * Hidden);
        int reset = order.IndexOf('r'), update = order.IndexOf('z');
        double[] h = [H0.Get(0, 0, 0), H0.Get(0, 0, 1)];
        var y = new float[T3 * Hidden];
        for (int t = 0; t < T3; t++)
        {
            double X(int g, int u) => b1.Get(g * Hidden + u)
                + Enumerable.Range(0, In).Sum(k => w.Get(k, g * Hidden + u) * Sequence.Get(t, 0, k));
            double S(int g, int u) => b2.Get(g * Hidden + u) + Enumerable.Range(0, Hidden).Sum(k => r.Get(k, g * Hidden + u) * h[k]);
            double[] next = [.. Enumerable.Range(0, Hidden).Select(u =>
            {
                double z = Sigmoid(X(update, u) + S(update, u)), n = Math.Tanh(X(2, u) + Sigmoid(X(reset, u) + S(reset, u)) * S(2, u));
                return (1 - z) * n + z * h[u];
            })];
            for (int u = 0; u < Hidden; u++) y[t * Hidden + u] = (float)(h[u] = next[u]);
        }
        TensorData h0 = F([1, 2], (float)H0.Get(0, 0, 0), (float)H0.Get(0, 0, 1));
        return new($"DynamicGRUV2 {order}", [Sequence, h0], (b, x) =>
        {
            string t = b.TupleNode("DynamicGRUV2", [
                x[0], b.Weight("w", w), b.Weight("r", r), b.Weight("b1", b1), b.Weight("b2", b2), b.Constant(null), x[1]],
                [("direction", "UNIDIRECTIONAL"), ("gate_order", order), ("reset_after", true)],
                    [.. Enumerable.Repeat(new[] { 3L, 1L, 2L }, 6)]);
            return [b.Item(t, 0, 3, 1, 2)];
        }, F([3, 1, 2], y));
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
