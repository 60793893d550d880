using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Operators.Extensions;

/// <summary>An operator as a file of operators declares it.</summary>
/// <param name="Name">The operator.</param>
/// <param name="Outputs">The declaration of each output; the last also holds for further outputs.</param>
/// <param name="Since">The first release of TensorRT that runs it, or null.</param>
/// <param name="Reason">Why TensorRT does not run it, or null where the file gives no reason.</param>
internal sealed record DeclaredOperator(
    OpName Name, ImmutableArray<DeclaredOutput> Outputs, TensorRtRelease? Since, string? Reason) : IOperatorExtension
{
    /// <inheritdoc/>
    public bool IsPure { get; init; }

    /// <inheritdoc/>
    public bool KeepsTypes => Outputs.IsEmpty;

    /// <inheritdoc/>
    public void Infer(NodeTyping node)
    {
        if (Outputs.IsEmpty) return;
        for (int i = 0; i < node.OutputCount; i++) Outputs[Math.Min(i, Outputs.Length - 1)].Infer(node, i);
    }

    /// <inheritdoc/>
    public Verdict SupportOf(Node node, TensorRtTarget target) =>
        Since is not { } since ? Verdict.No(Reason ?? $"the operators file says that TensorRT does not run {Name}", "operators-file")
        : target.Release.IsAtLeast(since) ? Verdict.Yes
        : Verdict.No($"the operators file says that {Name} needs {since}", "operators-file");
}

/// <summary>The declaration of an output: its element type, and the source of its shape.</summary>
/// <param name="Element">The element type; undefined: that of the source.</param>
/// <param name="Source">The input with the same shape; -1: all inputs broadcast; -2: <paramref name="Shape"/>.</param>
/// <param name="Shape">The shape, or null where it is not known.</param>
internal sealed record DeclaredOutput(ElementType Element, int Source, Shape? Shape)
{
    public const int Broadcast = -1, Given = -2;

    /// <summary>
    /// Reads <c>same as input 0</c>, <c>broadcast</c>, <c>f16 same as input 1</c>, <c>i64 broadcast</c>, <c>f32[1,?,8]</c> or
    /// <c>f32</c> (unknown shape); null where the text is none of them.
    /// </summary>
    public static DeclaredOutput? Parse(string text)
    {
        const string Same = "same as input ";
        text = text.Trim();
        int end = text.IndexOfAny([' ', '[']);
        ElementType element = ElementType.Undefined;
        if (ElementTypes.TryParse(end < 0 ? text : text[..end], out ElementType known) && known != ElementType.Undefined)
            (element, text) = (known, end < 0 ? "" : text[end..].Trim());
        if (text == "broadcast") return new(element, Broadcast, null);
        if (text.StartsWith(Same, StringComparison.Ordinal))
            return int.TryParse(text.AsSpan(Same.Length), out int input) && input >= 0 ? new(element, input, null) : null;
        if (element == ElementType.Undefined) return null;
        if (text.Length == 0) return new(element, Given, null);
        return text is ['[', .. var inner, ']'] && Dims(inner) is { } dims ? new(element, Given, new Shape(dims)) : null;
    }

    public void Infer(NodeTyping n, int output)
    {
        Shape? shape = Source switch { Given => Shape, Broadcast => Broadcasting.OfInputs(n), _ => n.Shape(Source) };
        n.Set(output, Element == ElementType.Undefined ? n.Element(Math.Max(0, Source)) : Element, shape);
    }

    private static Dim[]? Dims(string text)
    {
        if (text.Trim().Length == 0) return [];
        string[] parts = text.Split(',');
        var dims = new Dim[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i].Trim() == "?") continue;
            if (!long.TryParse(parts[i], out long size) || size is < 0 or long.MaxValue) return null;
            dims[i] = size;
        }
        return dims;
    }
}
