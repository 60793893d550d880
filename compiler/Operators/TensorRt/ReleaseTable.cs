using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.TensorRt;

/// <summary>The operator table of one release. Immutable.</summary>
internal sealed class ReleaseTable
{
    private readonly Dictionary<string, TensorRtRow> _rows;
    private readonly Dictionary<string, Lazy<OpsetForm?>> _forms;
    private readonly HashSet<string> _surrounded;
    private readonly TypeSet _quantized;
    private readonly bool _hasInt8Inside;

    /// <summary>A table.</summary>
    /// <param name="known">The release.</param>
    /// <param name="rows">The rows by operator.</param>
    /// <param name="elements">The element types of its tensors.</param>
    /// <param name="quantized">The element types that exist only between quantization and dequantization.</param>
    public ReleaseTable(KnownRelease known, Dictionary<string, TensorRtRow> rows, TypeSet elements, TypeSet quantized)
    {
        Known = known;
        Elements = elements;
        _quantized = quantized;
        _rows = rows;
        _forms = rows.Where(r => r.Value.Types is not null).ToDictionary(
            r => r.Key, r => new Lazy<OpsetForm?>(() => OpsetForm.Of(r.Key, known.NewestOpset)));
        _surrounded = rows.Where(r => r.Value.HasSurroundings).Select(r => r.Key).ToHashSet();
        _hasInt8Inside = known.SameParserAs is not null && !known.HasInt8Data;
    }

    /// <summary>The release.</summary>
    public KnownRelease Known { get; }

    /// <summary>The element types that the release has tensors of.</summary>
    public TypeSet Elements { get; }

    /// <summary>What the release takes of an operator; null where no document lists it.</summary>
    public TensorRtRow? Find(string op) => _rows.GetValueOrDefault(op);

    /// <summary>Whether the other table decides alike on every node.</summary>
    public bool TakesTheSame(ReleaseTable other) =>
        Known.NewestOpset == other.Known.NewestOpset && Elements.Text == other.Elements.Text && Known.HasInt8Data == other.Known.HasInt8Data
        && _hasInt8Inside == other._hasInt8Inside && _rows.Count == other._rows.Count
        && _rows.All(r => other.Find(r.Key) is { } row && row.TakesTheSame(r.Value));

    /// <summary>The form of an operator in the newest opset of the release; null where it is the canonical one.</summary>
    public OpsetForm? FormOf(string op) => _forms.GetValueOrDefault(op)?.Value;

    /// <summary>Whether a condition on the operator is about the nodes around it.</summary>
    public bool HasSurroundings(string op) => _surrounded.Contains(op);

    /// <summary>Whether only QuantizeLinear, DequantizeLinear and constants may have tensors of the type.</summary>
    public bool IsQuantized(ElementType element) =>
        _quantized.Allows(element) && (element != ElementType.Int8 || !Known.HasInt8Data);

    /// <summary>
    /// Whether tensors of the type exist only inside of an engine. TensorRT takes int8 at the border, TensorRT-RTX only if it takes int8 as
    /// ordinary data.
    /// </summary>
    public bool IsOnlyInside(ElementType element) =>
        _quantized.Allows(element) && (element != ElementType.Int8 || _hasInt8Inside);
}
