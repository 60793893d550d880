namespace GraphPartition.Operators.Schemas;

/// <summary>The schemas of all operators of ONNX (every version since opset 1) and of ONNX Runtime's own domains. Thread-safe.</summary>
/// <remarks>
/// The data are embedded text files, generated from the <c>onnx</c> package's registry, the source of the operator pages at
/// https://onnx.ai/onnx/operators/, and from ONNX Runtime's (docs/ContribOperators.md there); see tools/schemas.
/// </remarks>
public sealed class OperatorSchemas
{
    /// <summary>The opset of the standard domain that the compiler works in: import brings older models to it.</summary>
    public const int CanonicalOpset = 25;

    /// <summary>
    /// The newest opset that is written: ONNX Runtime 1.31 takes no newer one. Between it and <see cref="CanonicalOpset"/> operators only
    /// came; none changed (a test checks this).
    /// </summary>
    public const int NewestWritten = 26;

    private static readonly Lazy<OperatorSchemas> Embedded = new(LoadEmbedded);

    private readonly Dictionary<OpName, Lazy<ImmutableArray<OperatorSchema>>> _versions; // a line is read when its operator is asked for

    private OperatorSchemas(Dictionary<OpName, Lazy<ImmutableArray<OperatorSchema>>> versions) => _versions = versions;

    /// <summary>The embedded schemas.</summary>
    public static OperatorSchemas Default => Embedded.Value;

    /// <summary>All operators that have a schema, in no particular order.</summary>
    public ImmutableArray<OpName> Operators => [.. _versions.Keys];

    /// <summary>All versions of an operator, oldest first; empty where it has no schema.</summary>
    public ImmutableArray<OperatorSchema> Versions(OpName op) => _versions.GetValueOrDefault(Plain(op))?.Value ?? [];

    /// <summary>The version of an operator that holds in <paramref name="opset"/> of its domain, or null.</summary>
    public OperatorSchema? Find(OpName op, int opset)
    {
        OperatorSchema? found = null;
        foreach (OperatorSchema schema in Versions(op))
            if (schema.Since <= opset) found = schema;
        return found;
    }

    /// <summary>
    /// The version that canonical graphs hold: that of <see cref="CanonicalOpset"/> in the standard domain, the newest in
    /// others; null where the operator has no schema or is newer.
    /// </summary>
    public OperatorSchema? Canonical(OpName op) => Find(op, op.Domain.Length == 0 ? CanonicalOpset : int.MaxValue);

    private static OpName Plain(OpName op) => op.Overload.Length == 0 ? op : new(op.Domain, op.Type);

    private static OperatorSchemas LoadEmbedded()
    {
        var values = Lines("values.schemas").Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(": "))
            .ToDictionary(parts => parts[0], parts => parts[1].Split(' ').ToImmutableArray());
        var lines = new Dictionary<OpName, List<SchemaLine>>();
        foreach (string file in (ReadOnlySpan<string>)["onnx.schemas", "contrib.schemas", "extra.schemas"])
            foreach (SchemaLine line in new SchemaReader(file, values).Lines(Lines(file)))
                if (lines.TryGetValue(line.Op, out List<SchemaLine>? others)) others.Add(line);
                else lines.Add(line.Op, [line]);
        return new(lines.ToDictionary(l => l.Key, l => new Lazy<ImmutableArray<OperatorSchema>>(
            () => [.. l.Value.Select(line => line.ToSchema()).OrderBy(s => s.Since)])));
    }

    private static IEnumerable<string> Lines(string file)
    {
        using var reader = new StreamReader(typeof(OperatorSchemas).Assembly.GetManifestResourceStream(file)!);
        while (reader.ReadLine() is { } line) yield return line;
    }
}
