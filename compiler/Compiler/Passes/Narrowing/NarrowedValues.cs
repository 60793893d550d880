using System.Runtime.InteropServices;

namespace GraphPartition.Compiler.Passes.Narrowing;

/// <summary>
/// The narrow forms of a graph's values while it is copied, and casts between narrow and wide forms, made at their first use.
/// </summary>
internal sealed class NarrowedValues(RewriteContext rewrite, ElementType wide, ElementType narrow)
{
    private readonly Dictionary<Value, Value> _narrow = [];
    private readonly Dictionary<Value, Value> _casts = []; // from the result of a cast to its input, which has the narrow form too
    private readonly HashSet<Value> _lost = []; // values that exist only in the narrow form

    /// <summary>Whether the narrow form needs no cast from the wide one.</summary>
    public bool Has(Value value) => _narrow.ContainsKey(value) || _casts.ContainsKey(value) || value.IsConstant;

    /// <summary>Records that a value is <paramref name="source"/> cast to the wide type without loss.</summary>
    public void FromCast(Value value, Value source) => _casts[value] = source;

    /// <summary>The narrow form of a wide value.</summary>
    public Value Narrow(Value value)
    {
        if (_narrow.TryGetValue(value, out Value? known)) return known;
        string name = rewrite.Context.Fresh($"{value.Name}_{narrow.Keyword()}");
        if (value.Data is { } data) known = rewrite.Builder.Constant(name, Converted(data));
        else
        {
            Value from = rewrite.Map(_casts.GetValueOrDefault(value, value));
            known = from.ElementType == narrow ? from : rewrite.Builder.Add("Cast", [from], [name], To(narrow)).Outputs[0]!;
        }
        _narrow.Add(value, known);
        return known;
    }

    /// <summary>Makes sure that a value exists in the wide form.</summary>
    public void Widen(Value value)
    {
        if (!_lost.Remove(value)) return;
        rewrite.Replace(value, rewrite.Builder.Add("Cast", [_narrow[value]], [OutputSpec.Like(value)], To(wide)).Outputs[0]!);
    }

    /// <summary>Copies a node as it is.</summary>
    public void Keep(Node node)
    {
        foreach (Value? v in node.Inputs)
            if (v is not null) Widen(v);
        foreach (Value v in node.Captures) Widen(v);
        rewrite.Keep(node);
    }

    /// <summary>Copies a node in its narrow form.</summary>
    public void Rebuild(Node node, NarrowForm form)
    {
        var inputs = new Value?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (node.Inputs[i] is not { } v) continue;
            if (!form.Inputs[i]) Widen(v);
            inputs[i] = form.Inputs[i] ? Narrow(v) : rewrite.Map(v);
        }
        var outputs = new OutputSpec[node.Outputs.Length];
        for (int o = 0; o < outputs.Length; o++)
            if (node.Outputs[o] is { } v)
                outputs[o] = form.Outputs[o] ? new(rewrite.Context.Fresh($"{v.Name}_{narrow.Keyword()}")) : OutputSpec.Like(v);
        Node copy = rewrite.Builder.Add(node.Op, inputs, outputs, form.Attributes, node.Name, 0, node.Metadata);
        for (int o = 0; o < outputs.Length; o++)
        {
            if (node.Outputs[o] is not { } v) continue;
            if (form.Outputs[o])
            {
                _narrow[v] = copy.Outputs[o]!;
                _lost.Add(v);
                rewrite.Drop();
            }
            else rewrite.Replace(v, copy.Outputs[o]!);
        }
    }

    /// <summary>
    /// The elements in the narrow type. Numbers that it cannot hold are rounded or clamped, which happens only where the user
    /// allows it.
    /// </summary>
    public static TensorData Converted(TensorData data)
    {
        byte[] bytes;
        if (data.Element == ElementType.Int64)
        {
            bytes = new byte[data.ElementCount * sizeof(int)];
            Span<int> to = MemoryMarshal.Cast<byte, int>(bytes.AsSpan());
            ReadOnlySpan<long> from = data.As<long>();
            for (int i = 0; i < to.Length; i++) to[i] = int.CreateSaturating(from[i]);
            return new MemoryTensor(ElementType.Int32, data.Dims, bytes);
        }
        bytes = new byte[data.ElementCount * sizeof(float)];
        Span<float> singles = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        ReadOnlySpan<double> doubles = data.As<double>();
        for (int i = 0; i < singles.Length; i++) singles[i] = (float)doubles[i];
        return new MemoryTensor(ElementType.Float32, data.Dims, bytes);
    }

    private static AttributeMap To(ElementType type) => AttributeMap.Of(("to", (long)type));
}
