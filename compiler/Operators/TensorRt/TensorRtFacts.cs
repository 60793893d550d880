using System.Collections.Concurrent;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.TensorRt;

/// <summary>
/// The operator tables of all releases. The documents (<c>tensorrt.support</c>) say what a release takes; findings
/// (<c>tensorrt.findings</c>) change that where a parser's source or a library disagrees. A release of TensorRT-RTX has the table of the
/// TensorRT release with the same parser (<see cref="KnownRelease.SameParserAs"/>), then its own findings. Thread-safe.
/// </summary>
internal sealed class TensorRtFacts
{
    private static readonly Lazy<TensorRtFacts> Embedded = new(() => new());

    private readonly SchemaReader _types = new("tensorrt.support");
    private readonly Dictionary<string, ImmutableArray<(TensorRtRelease Since, TensorRtRow Row)>> _documents;
    private readonly Dictionary<string, ImmutableArray<Finding>> _findings;
    private readonly Dictionary<string, ImmutableArray<string>> _typed;
    private readonly TypeSet _quantized;
    private readonly HashSet<string> _quantizing;
    private readonly ConcurrentDictionary<TensorRtRelease, ReleaseTable> _tables = new();

    private TensorRtFacts()
    {
        var documents = new Dictionary<string, List<(TensorRtRelease, TensorRtRow)>>();
        var typed = new Dictionary<string, ImmutableArray<string>>();
        (_quantized, string[] quantizing) = (_types.Sum("i8"), []);
        foreach (string line in Lines("tensorrt.support"))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            string[] head = (colon < 0 ? line : line[..colon]).Split(' ');
            string rest = colon < 0 ? "" : line[(colon + 2)..];
            switch (head[0])
            {
                case "typed": typed.Add(head[1], [.. head[2..]]); break;
                case "quantized": (_quantized, quantizing) = (_types.Sum(head[1]), rest.Split(' ')); break;
                default:
                    if (!documents.TryGetValue(head[0], out var list)) documents.Add(head[0], list = []);
                    list.Add((Release(head[1]), Document(rest)));
                    break;
            }
        }
        _documents = documents.ToDictionary(d => d.Key, d => d.Value.ToImmutableArray());
        _typed = typed;
        _quantizing = [.. quantizing];
        Findings = [.. Lines("tensorrt.findings").Select(Finding.Parse)];
        _findings = Findings.SelectMany(f => f.Operators.Select(op => (op, f)))
            .GroupBy(p => p.op, p => p.f).ToDictionary(g => g.Key, g => g.ToImmutableArray());
    }

    public static TensorRtFacts Default => Embedded.Value;

    /// <summary>All operators that some document lists.</summary>
    public IReadOnlyCollection<string> Operators => _documents.Keys;

    /// <summary>All findings, in the order of the file.</summary>
    public ImmutableArray<Finding> Findings { get; }

    /// <summary>Whether the operator stands between quantized and other data.</summary>
    public bool IsQuantizing(string op) => _quantizing.Contains(op);

    /// <summary>The table of a release.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The release is not known.</exception>
    public ReleaseTable Of(TensorRtRelease release)
    {
        if (_tables.TryGetValue(release, out ReleaseTable? table)) return table;
        lock (_types) // which remembers the sets that it has read
            return _tables.GetOrAdd(release, Table);
    }

    /// <summary>What the document of a release of TensorRT lists; null where it does not list the operator.</summary>
    public TensorRtRow? Documented(string op, TensorRtRelease release)
    {
        TensorRtRow? found = null;
        foreach ((TensorRtRelease since, TensorRtRow row) in _documents.GetValueOrDefault(op, []))
            if (release.IsAtLeast(since)) found = row;
        return found;
    }

    /// <summary>The type variables that an operator's element types are about; default: the first input's.</summary>
    public ImmutableArray<string> Typed(string op) => _typed.GetValueOrDefault(op);

    /// <summary>Reads a release.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static TensorRtRelease Release(string text) => TensorRtRelease.TryParse(text, out TensorRtRelease release)
        ? release : throw new FormatException($"'{text}' is not a release");

    private ReleaseTable Table(TensorRtRelease release)
    {
        KnownRelease known = KnownRelease.Find(release)
            ?? throw new ArgumentOutOfRangeException(nameof(release), release, "no table of this release is known");
        ReleaseTable? parser = known.SameParserAs is { } same ? Of(same) : null;
        var rows = new Dictionary<string, TensorRtRow>();
        foreach (string op in Operators)
        {
            if ((parser is null ? Documented(op, known.Release) : parser.Find(op)) is not { } row) continue;
            foreach (Finding finding in _findings.GetValueOrDefault(op, []))
                if (finding.IsAbout(known.Release)) row = finding.Apply(row, _types);
            rows.Add(op, row);
        }
        TypeSet elements = _types.Sum(string.Join('+', known.Elements.Select(ElementTypes.Keyword)));
        return new(known, rows, elements, _quantized);
    }

    private TensorRtRow Document(string text)
    {
        string[] parts = text.Split(" | ");
        return new(parts[0] == "-" ? null : _types.Sum(parts[0]),
            parts.Length < 2 ? [] : [.. parts[1].Split(' ').Select(Condition.Parse)], ["documented"]);
    }

    private static IEnumerable<string> Lines(string resource)
    {
        using Stream stream = typeof(TensorRtFacts).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#') yield return line;
    }
}
