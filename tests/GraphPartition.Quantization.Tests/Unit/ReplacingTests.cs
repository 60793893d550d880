using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Quantization.Replacing;
using GraphPartition.Quantization.Tests.Support;
using Xunit;

namespace GraphPartition.Quantization.Tests.Unit;

/// <summary>Operators on quantized tensors are taken out: what is left computes the same in floats, but for the rounding.</summary>
public sealed class ReplacingTests
{
    private const string Ort = "com.microsoft";
    private readonly Net _net = new();
    private int _count;

    [Theory]
    [InlineData("QLinearConv")]
    [InlineData("QLinearConv", false)]
    [InlineData("QLinearMatMul")]
    [InlineData("QGemm")]
    [InlineData("QGemm to floats")]
    [InlineData("QLinearAdd")]
    [InlineData("QLinearMul")]
    [InlineData("QLinearSigmoid")]
    [InlineData("QLinearLeakyRelu")]
    [InlineData("QLinearAveragePool")]
    [InlineData("QLinearGlobalAveragePool")]
    [InlineData("QLinearReduceMean")]
    [InlineData("QLinearSoftmax")]
    [InlineData("QLinearConcat")]
    [InlineData("QLinearWhere")]
    [InlineData("MaxPool")]
    [InlineData("DynamicQuantizeMatMul")]
    [InlineData("MatMulIntegerToFloat")]
    [InlineData("MatMulInteger")]
    [InlineData("ConvInteger")]
    [InlineData("DynamicQuantizeLSTM")]
    public void An_operator_is_taken_out(string op, bool hasZero = true)
    {
        Model model = _net.Build(Built(op, hasZero));
        Model plain = Dequantizer.Run(model, OperatorTable.Default);
        Assert.Null(Dequantizer.Rest(plain.Graph));
        Assert.NotNull(Dequantizer.Rest(model.Graph));
        if (op == "QLinearReduceMean") return; // ONNX Runtime has a schema and no kernel
        var inputs = model.Graph.Inputs.ToDictionary(v => v.Name, v => (DataValue)new TensorValue(Numbers(v)));
        DataValue[] expected = Run(model, inputs), given = Run(plain, inputs);
        Assert.InRange(SignalQuality.Between(((TensorValue)given[0]).Data, ((TensorValue)expected[0]).Data)!.Decibels, 24, 300);
    }

    /// <summary>A pair whose ends have other zero points moves numbers; it is no pair to take out.</summary>
    [Fact]
    public void Other_zero_points_stay()
    {
        Value x = _net.Input(), scale = Scale(0.02f);
        Value q = Add("", "QuantizeLinear", [x, scale, Zero(100)]), y = Add("", "DequantizeLinear", [q, scale, Zero(90)]);
        Assert.NotNull(Dequantizer.Rest(Dequantizer.Run(_net.Build(y), OperatorTable.Default).Graph));
    }

    private Value Built(string op, bool hasZero)
    {
        const int C = Net.Channels;
        switch (op)
        {
            case "QLinearConv":
                Value[] weight = hasZero ? Weights(C, C, 3, 3) : [Bytes(ElementType.Int8, C, C, 3, 3), Scales(C), SignedZeros(C)];
                return Ended("", op, [.. Quantized(_net.Input()), .. weight], 0.2f, [Integers(C)], ("pads", new IntsAttribute([1, 1, 1, 1])));
            case "QLinearMatMul":
                return Ended("", op, [.. Quantized(_net.Input("x", 4, C)), .. Weights(C, 8)], 0.05f, []);
            case "QGemm":
                return Ended(Ort, op, [.. Quantized(_net.Input("x", 4, C)), .. Weights(8, C), null], 0.05f, [], ("transB", 1L));
            case "QGemm to floats":
                Value?[] factors = [.. Quantized(_net.Input("x", 4, C)), .. Weights(8, C), Integers(8)];
                return Add(Ort, "QGemm", factors, ("transB", 1L), ("alpha", 0.5f));
            case "QLinearAdd" or "QLinearMul":
                return Ended(Ort, op, [.. Quantized(_net.Input()), .. Quantized(_net.Input("z"))], 0.02f, []);
            case "QLinearConcat":
                Value scale = Scale(0.02f), zero = Zero(128);
                Value joined = Add(Ort, op, [scale, zero, .. Quantized(_net.Input()), .. Quantized(_net.Input("z"))], ("axis", 1L));
                return Add("", "DequantizeLinear", [joined, scale, zero]);
            case "QLinearWhere":
                Value choice = _net.Op("Greater", [_net.Input("x"), _net.Input("z")]);
                return Ended(Ort, op, [choice, .. Quantized(_net.Input("a")), .. Quantized(_net.Input("b"))], 0.02f, []);
            case "QLinearSigmoid" or "QLinearLeakyRelu" or "QLinearGlobalAveragePool":
                return Ended(Ort, op, Quantized(_net.Input()), 0.01f, []);
            case "QLinearAveragePool":
                return Ended(Ort, op, Quantized(_net.Input()), 0.01f, [], ("kernel_shape", new IntsAttribute([2, 2])));
            case "QLinearReduceMean":
                return Ended(Ort, op, Quantized(_net.Input()), 0.01f, [], ("axes", new IntsAttribute([2, 3])), ("keepdims", 0L));
            case "QLinearSoftmax":
                return Ended(Ort, op, Quantized(_net.Input("x", 4, C)), 1 / 128f, [], ("axis", 1L), ("opset", 13L));
            case "MaxPool":
                Value[] q = Quantized(_net.Input());
                Value pooled = Add("", op, [q[0]], ("kernel_shape", new IntsAttribute([2, 2])));
                return Add("", "DequantizeLinear", [pooled, q[1], q[2]]);
            case "DynamicQuantizeMatMul":
                return Add(Ort, op, [_net.Input("x", 4, C), .. Weights(C, 8)]);
            case "MatMulIntegerToFloat":
                Value[] x = Quantized(_net.Input("x", 4, C)), w = Weights(C, 8);
                return Add(Ort, op, [x[0], w[0], x[1], w[1], x[2], w[2]]);
            case "MatMulInteger" or "ConvInteger":
                bool isConv = op == "ConvInteger";
                Value given = isConv ? _net.Input() : _net.Input("x", 4, C);
                Node dynamic = _net.Builder.Add("DynamicQuantizeLinear", [given], ["dq", "ds", "dz"]);
                Value[] weights = isConv ? Weights(C, C, 3, 3) : Weights(C, 8);
                Value sum = Add("", op, [dynamic.Outputs[0]!, weights[0], dynamic.Outputs[2]!, weights[2]]);
                Value real = _net.Op("Cast", [sum], ("to", (long)ElementType.Float32));
                return _net.Op("Mul", [real, _net.Op("Mul", [dynamic.Outputs[1]!, weights[1]])]);
            default: // DynamicQuantizeLSTM
                Value[] wide = Weights(1, C, 32), again = Weights(1, 8, 32);
                Value One(Value v) => _net.Builder.Constant($"one{_count++}", Reshaped(v.Data!));
                return Add(Ort, op, [_net.Input("x", 4, 1, C), wide[0], again[0], null, null, null, null, null,
                    One(wide[1]), One(wide[2]), One(again[1]), One(again[2])], ("hidden_size", 8L));
        }
    }

    private static MemoryTensor Reshaped(TensorData data) => new(data.Element, [1], data.Bytes.ToArray());

    private Value[] Quantized(Value x)
    {
        (Value scale, Value zero) = (Scale(0.01f), Zero(120));
        return [Add("", "QuantizeLinear", [x, scale, zero]), scale, zero];
    }

    /// <summary>An operator whose result is quantized, and a DequantizeLinear behind it.</summary>
    private Value Ended(
        string domain, string op, Value?[] inputs, float step, Value[] more, params (string, AttributeValue)[] attributes)
    {
        (Value scale, Value zero) = (Scale(step), Zero(128));
        return Add("", "DequantizeLinear", [Add(domain, op, [.. inputs, scale, zero, .. more], attributes), scale, zero]);
    }

    private Value Integers(int count) => _net.Builder.Constant($"i{_count++}",
        TensorData.Of<int>(ElementType.Int32, [.. Enumerable.Range(0, count).Select(i => i * 9)], count));

    private Value[] Weights(params long[] dims) => [Bytes(ElementType.UInt8, dims), Scale(0.004f), Zero(125)];

    private Value Bytes(ElementType element, params long[] dims)
    {
        var bytes = new byte[TensorData.CountOf([.. dims])];
        new Random(_count++).NextBytes(bytes);
        return _net.Builder.Constant($"w{_count}", new MemoryTensor(element, [.. dims], bytes));
    }

    private Value Scales(int count) => _net.Builder.Constant($"s{_count++}",
        TensorData.Floats([.. Enumerable.Range(1, count).Select(i => i * 0.0005f)], count));

    private Value SignedZeros(int count) =>
        _net.Builder.Constant($"z{_count++}", new MemoryTensor(ElementType.Int8, [count], new byte[count]));

    private Value Scale(float scale) => _net.Builder.Constant($"s{_count++}", TensorData.Floats([scale], []));

    private Value Zero(byte zero) => _net.Builder.Constant($"z{_count++}", new MemoryTensor(ElementType.UInt8, [], new[] { zero }));

    private Value Add(string domain, string op, Value?[] inputs, params (string, AttributeValue)[] attributes) =>
        _net.Builder.Op(new OpName(domain, op), $"v{_count++}", inputs, AttributeMap.Of(attributes));

    private static TensorData Numbers(Value v)
    {
        long[] dims = [.. v.Shape!.Select(d => d.Size)];
        var random = new Random(v.Name[0]);
        var numbers = new float[TensorData.CountOf([.. dims])];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = (float)(random.NextDouble() * 2 - 1);
        return TensorData.Floats(numbers, dims);
    }

    private static DataValue[] Run(Model model, Dictionary<string, DataValue> inputs) => TestRun.RunPlain(
        OnnxWriter.ToBytes(OpsetExport.Lowest(model with { Opsets = model.Opsets.SetItem(Ort, 1) })), inputs, optimize: false);
}
