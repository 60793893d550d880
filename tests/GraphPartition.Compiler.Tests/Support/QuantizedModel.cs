using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Tests.Support;

/// <summary>
/// A model of one operator on 8-bit numbers between QuantizeLinear and DequantizeLinear, from a small description: x is quantized, the
/// operator computes, and the result is dequantized. All numbers follow from the picks, so a failing model shrinks.
/// </summary>
/// <param name="Form">The operator and its form, one of <see cref="Forms"/>.</param>
/// <param name="Picks">Small numbers: sizes, types, zero points, granularity and a seed.</param>
internal sealed record QuantizedModel(string Form, int[] Picks)
{
    private const string Ort = "com.microsoft::";

    /// <summary>The forms. Those with a star give bit for bit what ONNX Runtime's kernel gives; the others are within one step.</summary>
    public static IReadOnlyList<string> Forms { get; } =
    [
        "Pair*", "Pair of channels*", "Pair of halves*", "Moves*", "QLinearMatMul*", "MatMulInteger*", "QLinearConv*", "ConvInteger*", "QGemm*",
        "QGemm to floats", "MatMulIntegerToFloat", "DynamicQuantizeLinear*", "DynamicQuantizeMatMul", "QLinearAdd", "QLinearMul",
        "QLinearSigmoid", "QLinearLeakyRelu*", "QLinearSoftmax", "QLinearConcat*", "QLinearWhere*", "QLinearGlobalAveragePool",
        "QLinearAveragePool", "QAttention", "Layer of Q/DQ", "Chain", "MatMulNBits to floats", "MatMulNBits with zero points to floats",
        "MatMulNBits with real zero points to floats",
    ];

    /// <summary>Whether the kernel and the expanded operator agree in every bit.</summary>
    public bool IsExact => Form.EndsWith('*');

    private static readonly int[] Opsets = [13, 18, 21, 23];

    private readonly Random _random = new(Picks[^1]);

    private int Rows => 1 + Picks[0] % 4;
    private int Depth => (Form == "QLinearSoftmax" ? 2 : 1) + Picks[1] % 9;
    private int Columns => 1 + Picks[2] % 5;

    /// <summary>ONNX Runtime has kernels for u8 with u8, u8 with i8, and i8 with i8.</summary>
    private string Activation => Picks[3] % 3 == 2 && Form != "QAttention" ? "i8" : "u8";
    private string Weight => Picks[3] % 3 == 0 ? "u8" : "i8";
    private bool IsPerChannel => Picks[7] % 2 == 1;

    /// <summary>The scale of the result, one step of which is allowed.</summary>
    public double Step { get; private set; } = 1;

    /// <summary>The model.</summary>
    public Model Build()
    {
        string shape = Form is "QLinearConv*" or "ConvInteger*" or "QLinearGlobalAveragePool" or "QLinearAveragePool" or "Moves*" or "Chain"
            ? $"{Rows},{Depth},5,4" : Form == "QAttention" ? $"{Rows},{Columns},{4 * Depth}" : $"{Rows},{Depth}";
        string x = Form == "Pair of halves*" ? "f16" : "f32";
        return PassRun.Parse($$"""
            graph g(x: {{x}}[{{shape}}], c: bool[{{Rows}},{{Depth}}]) -> (y) {
              const sx: {{x}}[] = {{{Number(ScaleOf(4))}}}
              const zx: {{Activation}}[] = {{{Zero(Activation, Picks[4])}}}
              {{Nodes()}}
            }
            """, OperatorSchemas.CanonicalOpset) with { SourceOpset = Opsets[Picks[0] % Opsets.Length] };
    }

    /// <summary>Inputs whose quantized numbers reach over the whole range and beyond.</summary>
    public Dictionary<string, DataValue> Inputs(Graph graph)
    {
        var inputs = new Dictionary<string, DataValue>();
        foreach (Value input in graph.Inputs)
        {
            long[] dims = [.. input.Shape!.Dims.Select(d => d.Size)];
            long count = dims.Aggregate(1L, (a, b) => a * b);
            float[] numbers = [.. Enumerable.Range(0, (int)count).Select(_ => (float)((_random.NextDouble() - 0.5) * 320 * ScaleOf(4)))];
            inputs[input.Name] = input.ElementType switch
            {
                ElementType.Bool => TensorData.Of<byte>(ElementType.Bool, [.. numbers.Select(f => (byte)(f > 0 ? 1 : 0))], dims),
                ElementType.Float16 => TensorData.Of<Half>(ElementType.Float16, [.. numbers.Select(f => (Half)f)], dims),
                _ => TensorData.Of<float>(ElementType.Float32, numbers, dims),
            };
        }
        return inputs;
    }

    private string Nodes()
    {
        const string q = "q = QuantizeLinear(x, sx, zx)\n  ";
        switch (Form)
        {
            case "Pair*" or "Pair of halves*": return q + "y = DequantizeLinear(q, sx, zx)";
            case "Pair of channels*":
                return $"{Constant("s", "f32", [Depth], _ => Number(0.01 + _random.NextDouble() / 9))}"
                    + $"{Constant("z", Activation, [Depth], i => Zero(Activation, Picks[5] + i))}"
                    + "q = QuantizeLinear(x, s, z) {axis = 1}\n  y = DequantizeLinear(q, s, z) {axis = 1}";
            case "Moves*":
                return q + "a = MaxPool(q) {kernel_shape = [2, 2]}\n  b = Transpose(a) {perm = [0, 2, 3, 1]}\n  "
                    + "const to: i64[2] = {0, -1}\n  d = Reshape(b, to)\n  y = DequantizeLinear(d, sx, zx)";
            case "QLinearMatMul*":
                return q + Weights([Depth, Columns], 1) + Result("QLinearMatMul(q, sx, zx, w, sw, zw, sy, zy)", Depth);
            case "MatMulInteger*":
                return q + Weights([Depth, Columns], 1, oneZero: false) + "i = MatMulInteger(q, w, zx, zw)\n  y = Cast(i) {to = 1}";
            case "QLinearConv*":
                return q + Weights([Columns, Depth, 3, 2], 0) + Bias(Columns)
                    + Result("QLinearConv(q, sx, zx, w, sw, zw, sy, zy, bias) {pads = [1, 0, 1, 1], strides = [2, 1]}", Depth * 6);
            case "ConvInteger*":
                return q + Weights([Columns, Depth, 3, 2], 0) + "const z: " + Weight + "[] = {" + Zero(Weight, Picks[5]) + "}\n  "
                    + "i = ConvInteger(q, w, zx, z) {pads = [1, 0, 1, 1]}\n  y = Cast(i) {to = 1}";
            case "QGemm*":
                return q + Weights([Depth, Columns], 1) + Bias(Columns)
                    + Result($"{Ort}QGemm(q, sx, zx, w, sw, zw, bias, sy, zy)", Depth);
            case "QGemm to floats":
                return q + Weights([Columns, Depth], 0) + Bias(Columns)
                    + $"y = {Ort}QGemm(q, sx, zx, w, sw, zw, bias) {{transB = 1, alpha = 0.5}}";
            case "MatMulIntegerToFloat":
                return q + Weights([Depth, Columns], 1) + Constant("b", "f32", [Columns], _ => Number(_random.NextDouble()))
                    + $"y = {Ort}MatMulIntegerToFloat(q, w, sx, sw, zx, zw, b)";
            case "DynamicQuantizeLinear*":
                return "q, s, z = DynamicQuantizeLinear(x)\n  y = DequantizeLinear(q, s, z)";
            case "DynamicQuantizeMatMul":
                return Weights([Depth, Columns], 1) + Constant("b", "f32", [Columns], _ => Number(_random.NextDouble()))
                    + $"y = {Ort}DynamicQuantizeMatMul(x, w, sw, zw, b)";
            case "QLinearAdd" or "QLinearMul":
                return q + Other() + Result($"{Ort}{Form}(q, sx, zx, o, so, zo, sy, zy)", 1);
            case "QLinearSigmoid": return q + Result($"{Ort}QLinearSigmoid(q, sx, zx, sy, zy)", 0);
            case "QLinearLeakyRelu*": return q + Result($"{Ort}QLinearLeakyRelu(q, sx, zx, sy, zy) {{alpha = 0.2}}", 1);
            case "QLinearSoftmax":
                return q + Result($"{Ort}QLinearSoftmax(q, sx, zx, sy, zy) {{axis = -1, opset = 13}}", 0);
            case "QLinearConcat*": return q + Other() + Result($"{Ort}QLinearConcat(sy, zy, q, sx, zx, o, so, zo) {{axis = 0}}", 1);
            case "QLinearWhere*": return q + Other() + Result($"{Ort}QLinearWhere(c, q, sx, zx, o, so, zo, sy, zy)", 1);
            case "QLinearGlobalAveragePool": return q + Result($"{Ort}QLinearGlobalAveragePool(q, sx, zx, sy, zy)", 1);
            case "QLinearAveragePool":
                return q + Result($"{Ort}QLinearAveragePool(q, sx, zx, sy, zy) {{kernel_shape = [3, 2], pads = [1, 0, 1, 0]}}", 1);
            case "QAttention":
                return q + Weights([4 * Depth, 12 * Depth], 1, isOne: true)
                    + Constant("b", "f32", [12 * Depth], _ => Number(_random.NextDouble()))
                    + $"const m: i32[{Rows},{Columns}] = {{{string.Join(", ", Enumerable.Repeat(1, Rows * Columns))}}}\n  "
                    + $"y = {Ort}QAttention(q, w, b, sx, sw, m, zx, zw) {{num_heads = 2}}";
            case "Layer of Q/DQ":
                return q + "d = DequantizeLinear(q, sx, zx)\n  " + Weights([Depth, Columns], 1)
                    + "v = DequantizeLinear(w, sw, zw) {axis = 1}\n  m = MatMul(d, v)\n  "
                    + Constant("sy", "f32", [], _ => Number(Step = ScaleOf(6) * Depth)) + Constant("zy", Activation, [], _ => Zero(Activation, Picks[6]))
                    + "r = QuantizeLinear(m, sy, zy)\n  y = DequantizeLinear(r, sy, zy)";
            case "Chain":
                return q + Weights([Depth, Depth, 1, 1], 0) + Constant("sr", "f32", [], _ => Number(ScaleOf(6) * Depth))
                    + Constant("zr", Activation, [], _ => Zero(Activation, Picks[6]))
                    + "p = QLinearConv(q, sx, zx, w, sw, zw, sr, zr)\n  t = MaxPool(p) {kernel_shape = [2, 2]}\n  "
                    + "u = QLinearConv(t, sr, zr, w, sw, zw, sr, zr)\n  "
                    + Result($"{Ort}QLinearAdd(t, sr, zr, u, sr, zr, sy, zy)", Depth);
            case "MatMulNBits to floats": return NarrowWeights("");
            case "MatMulNBits with zero points to floats":
                return NarrowWeights(Constant("z", "u8", [Columns, (Blocks * Bits + 7) / 8], _ => Number(_random.Next(256))));
            case "MatMulNBits with real zero points to floats":
                return NarrowWeights(Constant("z", "f32", [Columns, Blocks], _ => Number(_random.NextDouble() * 9)));
            default: throw new ArgumentOutOfRangeException(Form);
        }
    }

    private int Bits => Picks[3] % 2 == 0 ? 4 : Form.Contains("real", StringComparison.Ordinal) ? 2 : 8;

    /// <summary>The number of blocks of 16; the last one need not be full.</summary>
    private int Blocks => 1 + Picks[4] % 3;

    private string NarrowWeights(string zeros)
    {
        int depth = 16 * Blocks - (IsPerChannel ? Picks[5] % 15 : 0);
        return $"const ends: i64[4] = {{0, 0, 0, {Math.Max(0, depth - Depth)}}}\n  "
            + $"p = Pad(x, ends)\n  const from: i64[1] = {{0}}\n  const end: i64[1] = {{{depth}}}\n  const axis: i64[1] = {{1}}\n  "
            + "l = Slice(p, from, end, axis)\n  "
            + Constant("w", "u8", [Columns, Blocks, 16 * Bits / 8], _ => Number(_random.Next(256)))
            + Constant("s", "f32", [Columns * Blocks], _ => Number(0.01 + _random.NextDouble() / 50)) + zeros
            + $"y = {Ort}MatMulNBits(l, w, s{(zeros.Length > 0 ? ", z" : "")}) {{N = {Columns}, K = {depth}, bits = {Bits}, block_size = 16}}";
    }

    private double ScaleOf(int pick) => 0.01 * (1 + Picks[pick] % 7);

    /// <summary>A second operand of the input's shape.</summary>
    private string Other() => Constant("o", Activation, [Rows, Depth], _ => Byte(Activation)) + Constant("so", "f32", [], _ => Number(ScaleOf(5)))
        + Constant("zo", Activation, [], _ => Zero(Activation, Picks[5]));

    /// <summary>A weight of 7 bits, since products of u8 and i8 saturate in ONNX Runtime on a CPU without VNNI.</summary>
    private string Weights(int[] dims, int channels, bool oneZero = true, bool isOne = false)
    {
        int[] parameters = IsPerChannel && !isOne ? [dims[channels]] : [];
        return Constant("w", Weight, dims, _ => Number(Weight == "u8" ? 64 + _random.Next(128) : _random.Next(-63, 64)))
            + Constant("sw", "f32", parameters, _ => Number((0.01 + _random.NextDouble() / 50) * (Form == "QAttention" ? 0.02 : 1)))
            + Constant("zw", Weight, parameters, i => Zero(Weight, Picks[5] + (oneZero ? 0 : i)));
    }

    private string Bias(int count) => Constant("bias", "i32", [count], _ => Number(_random.Next(-3000, 3000)));

    private string Result(string node, int terms)
    {
        Step = terms == 0 ? 1.0 / 256 : ScaleOf(6) * Math.Sqrt(terms);
        return Constant("sy", "f32", [], _ => Number(Step)) + Constant("zy", Activation, [], _ => Zero(Activation, Picks[6]))
            + $"r = {node}\n  y = DequantizeLinear(r, sy, zy)";
    }

    private string Byte(string type) => Number(type == "u8" ? _random.Next(256) : _random.Next(-128, 128));

    /// <summary>The middle of the type, which TensorRT has; the least number; or any.</summary>
    private static string Zero(string type, int pick) => Number((pick % 3, type) switch
    {
        (0, "u8") => 128,
        (0, _) or (1, "u8") => 0,
        (1, _) => -128,
        (_, "u8") => 37 * pick % 256,
        _ => 37 * pick % 256 - 128,
    });

    private static string Constant(string name, string type, int[] dims, Func<int, string> number) =>
        $"const {name}: {type}[{string.Join(",", dims)}] = {{{string.Join(", ", Enumerable.Range(0, dims.Aggregate(1, (a, b) => a * b)).Select(number))}}}\n  ";

    private static string Number(double number) => ((float)number).ToString("R", CultureInfo.InvariantCulture);

    public override string ToString() => $"{Form} [{string.Join(", ", Picks)}]";
}
