using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.MixedPrecision.Constants;
using GraphPartition.MixedPrecision.Ranges;
using GraphPartition.Operators.Families;

namespace GraphPartition.MixedPrecision.Choice;

/// <summary>Decides for each node of a graph by itself whether it may compute in 16 bits, and with which inputs and outputs.</summary>
internal sealed class FormChoice(Graph graph, PrecisionOptions options, OperatorTable operators, LowConstants constants)
{
    private readonly LowFormat _format = options.Format;
    private readonly Surroundings _surroundings = new(graph, options.Format);
    private readonly HashSet<Value> _fromMasks = []; // what is computed from masks that were made smaller
    private readonly Dictionary<Value, float> _tooLarge = []; // values that hold such a number of a constant

    /// <summary>Constants whose numbers mask scores, in the form that fits into the format.</summary>
    public Dictionary<Value, TensorData> Masks { get; } = [];

    /// <summary>Weights that hold NaN.</summary>
    public List<Value> NotNumbers { get; } = [];

    /// <summary>Whether the value becomes integers.</summary>
    public bool BecomesIntegers(Value value) => _surroundings.BecomesIntegers(value);

    /// <summary>Finds masks; before the nodes are decided.</summary>
    public void FindMasks()
    {
        foreach (Value v in graph.Constants)
            if (v.ElementType == ElementType.Float32 && _surroundings.IsMask(v) && constants.ClampedMask(v.Data!) is { } mask)
                Masks.Add(v, mask);
        _fromMasks.UnionWith(Masks.Keys);
        if (Masks.Count > 0)
            foreach (Node node in graph.Nodes)
                if (node.Inputs.OfType<Value>().Any(_fromMasks.Contains)) _fromMasks.UnionWith(node.Outputs.OfType<Value>());
        foreach (Node node in graph.Nodes)
            if (node.Output(0) is { ElementType: ElementType.Float32 } y && TooLarge(node) is { } number) _tooLarge[y] = number;
    }

    /// <summary>A number, of a constant or an earlier result, that goes into the result of a node and does not fit the format.</summary>
    private float? TooLarge(Node node)
    {
        if (node.Op.Is("ConstantOfShape"))
            return node.Attributes.Tensor("value") is { Element: ElementType.Float32 } fill ? OverflowOf(fill) : null;
        bool isPassed = OperatorDefinitions.Of(node.Op).MovesElements || node.Op.Is("Where") || node.Op.Is("Add") || node.Op.Is("Sub")
            || node.Op.Is("ReduceMax") || node.Op.Is("ReduceMin");
        if (!isPassed) return null;
        foreach (Value? v in node.Inputs)
            if (v is not { ElementType: ElementType.Float32 } || Masks.ContainsKey(v)) continue;
            else if (_tooLarge.TryGetValue(v, out float number)) return number;
            else if (v.Data is { } data && OverflowOf(data) is { } own) return own;
        return null;

        float? OverflowOf(TensorData data) => constants.LossOf(data).Overflow is not 0 and var overflow ? overflow : null;
    }

    /// <summary>What a node is.</summary>
    public NodeChoice Of(Node node)
    {
        if (!node.Attributes.Bodies().IsEmpty) return new(NodeRole.KeepsTypes);
        if (!HoldsFull(node) || ReadsOnlyShapes(node)) return new(NodeRole.Neutral);
        if (node.Op.Is("Cast")) return OfCast(node);
        foreach (NodeSelector selector in options.KeepFull)
            if (selector.Matches(node)) return NodeChoice.Full($"{selector.Origin} keeps it");
        if (!options.Held.IsEmpty && options.Held.TryGetValue(node, out string? why)) return NodeChoice.Full(why);
        if (node.Version != 0) return NodeChoice.Full($"it keeps the meaning of opset {node.Version}");
        if (Surroundings.PrecisionOf(node) is not { } precision)
            return NodeChoice.Full($"nothing tells that {node.Op} is safe in {_format.Name}");
        if (FormOf(node, precision) is not { } form)
            return NodeChoice.Full($"ONNX has no {_format.Name} for {node.Op}");
        if ((precision.Risk?.Invoke(node, _format) ?? RangeFault(node, form, precision) ?? Danger(node, precision)) is { } danger)
            return NodeChoice.Full(danger);
        if (ConstantFault(node, form, precision) is { } fault) return new(NodeRole.Full, null, fault, IsByConstant: true);
        return new(precision.IsFaster ? NodeRole.Faster : NodeRole.Follows, form);
    }

    private NodeChoice OfCast(Node node)
    {
        ElementType from = node.Input(0)?.ElementType ?? default, to = node.Output(0)?.ElementType ?? default;
        if (from == ElementType.Float32)
            return new(to == _format.Element ? NodeRole.CastToLow : to == ElementType.Bool ? NodeRole.Neutral : NodeRole.KeepsTypes);
        return new(from == _format.Element ? NodeRole.CastFromLow : _surroundings.BecomesIntegers(node.Output(0)!) ? NodeRole.KeepsTypes
            : NodeRole.CastFromOther);
    }

    /// <summary>
    /// What the numbers of the node lose in the format: as the samples show, else what the operator risks. Null: nothing.
    /// </summary>
    private string? RangeFault(Node node, NodeForm form, LowPrecision precision)
    {
        bool isKnown = true;
        for (int o = 0; o < node.Outputs.Length; o++)
            if (node.Outputs[o] is { } v && form.Outputs[o])
                if (RangeOf(v) is { } range)
                {
                    if (FaultOf(v, range) is { } fault) return $"its result {fault}";
                }
                else isKnown &= _surroundings.IsMask(v);
        for (int i = 0; i < node.Inputs.Length; i++)
            if (node.Inputs[i] is { IsConstant: false } v && form.Inputs[i])
                if (RangeOf(v) is { } range)
                {
                    if (FaultOf(v, range) is { } fault) return $"its input '{v.Name}' {fault}";
                }
                else if (_tooLarge.TryGetValue(v, out float number))
                    return $"its input '{v.Name}' holds {number:g6}, too large for {_format.Name}";
                else isKnown &= _surroundings.IsMask(v);
        return !isKnown && _format.IsNarrow ? precision.RangeRisk : null;
    }

    /// <summary>
    /// Why the numbers of a value do not fit. Before a Softmax small numbers do not matter, and very negative ones do no harm where they
    /// come from a mask that was made smaller. Others would be infinite: a row of them gives NaN.
    /// </summary>
    private string? FaultOf(Value value, ValueRange range) =>
        _surroundings.IsMask(value)
            && (_fromMasks.Contains(value) ? range.Most : range.Largest) <= _format.Largest / ValueRange.Margin
            ? null : range.Fault(_format);

    private ValueRange? RangeOf(Value value) => options.Ranges?.Of(value);

    /// <summary>Whether samples show that all numbers of the value are 0 or normal numbers of the format.</summary>
    private bool HasNoSmallNumbers(Value value) => RangeOf(value) is { } range && range.Smallest >= _format.SmallestNormal;

    /// <summary>The reason why the surroundings of the node forbid 16 bits; null: none.</summary>
    private string? Danger(Node node, LowPrecision precision)
    {
        foreach (Value? v in node.Inputs)
            if (v is not null && graph.Uses.IdOf(v) >= 0 && graph.Uses.ProducerOf(v) is >= 0 and var p
                && graph.Nodes[p].Op.Is("DequantizeLinear"))
                return "its input comes from DequantizeLinear, and quantized parts stay as they are";
        if (_surroundings.IsIslandOfModel(node)) return "the model computes it in FP32 between 16-bit parts";
        if (precision.Divisor is { } d && node.Input(d) is { } divisor && _surroundings.SmallEpsilon(divisor) is { } eps
            && !HasNoSmallNumbers(divisor))
            return $"it divides by a sum with {eps:g6}, which {_format.Name} cannot hold";
        if (node.Op.Is("Softmax") && !_surroundings.ReachesProduct(node.Output(0)!))
            return "its probabilities are results; only those of an attention, which a matrix product uses, are safe";
        if (node.Op.Is("Sigmoid") && !options.ConvertsInterface && _surroundings.IsResult(node.Output(0)!))
            return "its probabilities are results: in FP32 they keep their digits, with as many Casts";
        if (precision.IsFaster)
            return node.Outputs.Any(v => v is not null && _surroundings.SumsMeetLogarithm(v))
                ? "a logarithm is taken of its sums, where the rounding of large terms counts" : null;
        foreach (Value? v in node.Outputs)
            if (v is null) continue;
            else if (_surroundings.BecomesIntegers(v)) return "whole numbers (sizes, indices, coordinates) are made of its result";
            else if (_surroundings.NeedsSmallNumbers(v) && !HasNoSmallNumbers(v))
                return $"a logarithm is taken of its result, or a small number is added to it: {_format.Name} has no small numbers";
        return null;
    }

    /// <summary>
    /// Inputs and outputs whose type variable allows the format; a variable of an input that keeps FP32 keeps it as a whole. An output
    /// follows the inputs of its variable, or the fill of a ConstantOfShape.
    /// </summary>
    private NodeForm? FormOf(Node node, LowPrecision precision)
    {
        if (operators.Find(node.Op)?.Schema is not { } schema) return null;
        List<string> full = [], low = []; // type variables: an operator has few
        foreach (int i in precision.FullInputs)
            if (schema.Input(i) is { } input) full.Add(input.Type);
        for (int i = 0; i < node.Inputs.Length; i++)
            if (node.Inputs[i] is { ElementType: ElementType.Undefined } && schema.Input(i) is { } open) full.Add(open.Type);
        var inputs = new bool[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (node.Inputs[i] is not { ElementType: ElementType.Float32 } || schema.Input(i) is not { } p) continue;
            if (full.Contains(p.Type)) continue;
            inputs[i] = p.Types.Allows(_format.Element);
            if (inputs[i]) low.Add(p.Type);
            else full.Add(p.Type);
        }
        var outputs = new bool[node.Outputs.Length];
        for (int o = 0; o < outputs.Length; o++)
        {
            if (node.Outputs[o] is not { } output || schema.Output(o) is not { } p) continue;
            if (output.ElementType == ElementType.Undefined && low.Contains(p.Type)) return null; // an unknown type would change
            if (output.ElementType != ElementType.Float32) continue;
            outputs[o] = low.Contains(p.Type) || (node.Op.Is("ConstantOfShape") && p.Types.Allows(_format.Element));
        }
        return inputs.AsSpan().Contains(true) || outputs.AsSpan().Contains(true) ? new(inputs, outputs) : null;
    }

    private string? ConstantFault(Node node, NodeForm form, LowPrecision precision)
    {
        for (int i = 0; i < node.Inputs.Length; i++)
        {
            if (!form.Inputs[i] || node.Inputs[i] is not { Data: { } data } v) continue;
            data = Masks.GetValueOrDefault(v, data);
            ConstantLoss loss = constants.LossOf(data);
            if (loss.HasNaN && precision.IsFaster) NotNumbers.Add(v);
            bool isExact = precision.ExactInputs.Contains(i) || (data.ElementCount == 1 && !precision.IsFaster);
            bool isBound = node.Op.Is("Clip") || node.Op.Is("Max") || node.Op.Is("Min");
            if (loss.Fault(v.Name, _format, isExact, isBound) is { } fault) return fault;
        }
        if (node.Op.Is("ConstantOfShape") && node.Attributes.Tensor("value") is { Element: ElementType.Float32 } fill)
            return constants.LossOf(fill).Fault("value", _format, isExact: true, limitsNothing: false);
        return null;
    }

    private static bool HoldsFull(Node node)
    {
        foreach (Value? v in node.Inputs)
            if (v?.ElementType == ElementType.Float32) return true;
        foreach (Value? v in node.Outputs)
            if (v?.ElementType == ElementType.Float32) return true;
        return false;
    }

    private static bool ReadsOnlyShapes(Node node)
    {
        if (OperatorDefinitions.Of(node.Op).AnyWidthInput is not { } any) return false;
        for (int i = 0; i < node.Inputs.Length; i++)
            if (i != any && node.Inputs[i]?.ElementType == ElementType.Float32) return false;
        return node.Outputs.All(v => v?.ElementType != ElementType.Float32);
    }
}
