using GraphPartition.Compiler.Passes.Infrastructure;

namespace GraphPartition.Quantization.Replacing;

/// <summary>
/// Operators on quantized tensors as DequantizeLinear, the operator on floats, and QuantizeLinear
/// (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md). The numbers between are those of the format, so
/// <see cref="Dequantizer"/> can take the pairs out; <c>ExpandForTarget</c> keeps their rounding instead.
/// </summary>
internal sealed class PairForms
{
    private const string Ort = "com.microsoft";

    private readonly Graph _source;
    private readonly PassContext _context;
    private readonly GraphBuilder _builder;
    private Node _node = null!;

    private PairForms(Model model, OperatorTable operators)
    {
        (_source, _context) = (model.Graph, new(model, operators));
        _builder = GraphBuilder.For(model.Graph, operators, _context.Scope);
    }

    /// <summary>The model with such operators in pairs.</summary>
    /// <returns>The model itself where it has none.</returns>
    public static Model Of(Model model, OperatorTable operators) =>
        model.Graph.Nodes.Any(IsKnown) ? model with { Graph = new PairForms(model, operators).Build(), Training = [] } : model;

    private static bool IsKnown(Node node) => node.Version == 0 && node.Output(0) is not null && node.Attributes.Int("channels_last") == 0
        && node.Op.Type is "QLinearConv" or "QLinearMatMul" or "QGemm" or "QLinearAdd" or "QLinearMul" or "QLinearConcat" or "QLinearWhere"
            or "QLinearSigmoid" or "QLinearLeakyRelu" or "QLinearAveragePool" or "QLinearGlobalAveragePool" or "QLinearReduceMean"
            or "QLinearSoftmax" or "DynamicQuantizeMatMul" or "MatMulIntegerToFloat" or "DynamicQuantizeLSTM"
        || node.Op.Domain == Ort && node.Op.Type is "QuantizeLinear" or "DequantizeLinear";

    private Graph Build()
    {
        foreach (Value constant in _source.Constants) _builder.Constant(constant);
        foreach (Node node in _source.Nodes)
        {
            _node = node;
            if (!IsKnown(node) || !Rewritten()) _builder.Append(node);
        }
        return _builder.Build([.. _source.Outputs]);
    }

    private bool Rewritten()
    {
        Node node = _node;
        switch (node.Op.Type)
        {
            case "QuantizeLinear" or "DequantizeLinear":
                _builder.Define(node.Op.Type, [.. node.Inputs], node.Outputs.AsSpan(), node.Attributes, node.Name);
                return true;
            case "QLinearConv":
                return Result(6, 7, "Conv", [Real(0), Real(3, axis: 0), Bias(8, 0)], Attributes(
                    "auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"));
            case "QLinearMatMul":
                return Result(6, 7, "MatMul", [Real(0), Real(3, axis: -1)]);
            case "QGemm":
                (string, AttributeValue) beta = ("beta", node.Attributes.Float("alpha", 1)); // C has the scale of the product
                return Result(7, 8, "Gemm", [Real(0), Real(3, axis: node.Attributes.Int("transB") != 0 ? 0 : 1), Bias(6, 0)],
                    [beta, .. Attributes("alpha", "transA", "transB")]);
            case "QLinearAdd" or "QLinearMul":
                return Result(6, 7, node.Op.Type["QLinear".Length..], [Real(0), Real(3)]);
            case "QLinearSigmoid" or "QLinearLeakyRelu" or "QLinearAveragePool" or "QLinearGlobalAveragePool":
                return Result(3, 4, node.Op.Type["QLinear".Length..], [Real(0)], Attributes(
                    "alpha", "auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides"));
            case "QLinearReduceMean":
                Value axes = _builder.Constant(_context.Fresh("axes"), TensorData.Int64s(node.Attributes.Ints("axes").AsSpan()));
                return Result(3, 4, "ReduceMean", [Real(0), axes], Attributes("keepdims"));
            case "QLinearSoftmax":
                long axis = node.Attributes.Int("axis", node.Attributes.Int("opset") < 13 ? 1 : -1);
                bool isOne = node.Attributes.Int("opset") >= 13 || axis == -1 || node.Inputs[0]!.Shape?.Rank == axis + 1;
                return isOne && Result(3, 4, "Softmax", [Real(0)], ("axis", axis)); // before opset 13 over all axes from this one on
            case "QLinearConcat":
                Value?[] parts = [.. Enumerable.Range(0, (node.Inputs.Length - 2) / 3).Select(p => Real(2 + 3 * p))];
                return Result(0, 1, "Concat", parts, Attributes("axis"));
            case "QLinearWhere":
                return Result(7, 8, "Where", [node.Inputs[0], Real(1), Real(4)]);
            case "DynamicQuantizeMatMul": // the range of A is computed in each run, so A itself is what the pair stands for
                return Product(node.Inputs[0]!, Real(1, axis: -1), 4);
            case "DynamicQuantizeLSTM": // X, W, R, B?, lengths?, h?, c?, P?, sW, zW, sR, zR
                if (Turned(1, 8) is not { } w || Turned(2, 10) is not { } r) return false;
                Value?[] inputs = [node.Inputs[0], w, r, .. Enumerable.Range(3, 5).Select(node.Input)];
                _builder.Define("LSTM", inputs, node.Outputs.AsSpan(), node.Attributes, node.Name);
                return true;
            default: // MatMulIntegerToFloat(A, B, sA, sB, zA?, zB?, bias?)
                return Product(Real(node.Inputs[0]!, node.Inputs[2]!, node.Input(4), -1),
                    Real(node.Inputs[1]!, node.Inputs[3]!, node.Input(5), -1), 6);
        }
    }

    private bool Product(Value left, Value right, int bias)
    {
        if (_node.Input(bias) is not { } addend) return Result(-1, -1, "MatMul", [left, right]);
        return Result(-1, -1, "Add", [Add("MatMul", [left, right]), addend]);
    }

    /// <summary>An input in floats: its scale and its zero point are behind it.</summary>
    private Value Real(int input, int axis = 1) => _node.Inputs[input] is { ElementType: ElementType.Float32 } real ? real
        : Real(_node.Inputs[input]!, _node.Inputs[input + 1]!, _node.Input(input + 2), axis);

    private Value Real(Value quantized, Value scale, Value? zero, int axis) =>
        Add("DequantizeLinear", [quantized, scale, zero], ("axis", (long)axis));

    /// <summary>
    /// The weights of an LSTM in floats. ONNX Runtime stores them as [directions, columns, rows], with a scale for each direction, or for
    /// each row where there is one direction.
    /// </summary>
    private Value? Turned(int input, int scale)
    {
        (Value weight, Value of, Value? zero) = (_node.Inputs[input]!, _node.Inputs[scale]!, _node.Input(scale + 1));
        if (of.Shape is not { } shape || shape.Rank == 2 && !shape[0].Is(1)) return null;
        int axis = shape.Rank == 2 ? 2 : 0;
        Value Flat(Value v) => shape.Rank == 2 ? Add("Reshape", [v, _builder.Constant(_context.Fresh("flat"), TensorData.Int64s(-1))]) : v;
        return Add("Transpose", [Real(weight, Flat(of), zero is null ? null : Flat(zero), axis)], ("perm", new IntsAttribute([0, 2, 1])));
    }

    /// <summary>A bias of i32, whose scale is that of the products.</summary>
    private Value? Bias(int input, int product)
    {
        if (_node.Input(input) is not { } bias) return null;
        Value scale = Add("Mul", [_node.Inputs[product + 1], _node.Inputs[product + 4]]);
        return Add("Mul", [Add("Cast", [bias], ("to", (long)ElementType.Float32)), scale]);
    }

    /// <summary>The operator on floats, quantized again where it was.</summary>
    private bool Result(int scale, int zero, string op, Value?[] inputs, params (string, AttributeValue)[] attributes)
    {
        Value y = _node.Outputs[0]!;
        if (scale < 0 || _node.Input(scale) is not { } of)
        {
            _builder.Define(op, inputs, [y], AttributeMap.Of(attributes), _node.Name);
            return true;
        }
        Value zeroPoint = _node.Input(zero) ?? _builder.Constant(_context.Fresh("zero"), new MemoryTensor(y.ElementType, [], new byte[1]));
        _builder.Define("QuantizeLinear", [Add(op, inputs, attributes), of, zeroPoint], [y], AttributeMap.Empty, _node.Name + "_quantized");
        return true;
    }

    private Value Add(string op, Value?[] inputs, params (string, AttributeValue)[] attributes)
    {
        string name = _context.Fresh(_node.DisplayName);
        return _builder.Add(op, inputs, [name], AttributeMap.Of(attributes), name).Outputs[0]!;
    }

    private (string, AttributeValue)[] Attributes(params string[] names) =>
        [.. _node.Attributes.Where(a => names.Contains(a.Key)).Select(a => (a.Key, a.Value))];
}
