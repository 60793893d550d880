using System.Collections.Frozen;
using System.Globalization;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.TensorRt;

/// <summary>What a release takes of an operator, from <see cref="Since"/> until the operator's next row.</summary>
/// <param name="Since">The first release that this holds for.</param>
/// <param name="Types">The element types, or null where the operator is not supported.</param>
/// <param name="Conditions">What must hold besides.</param>
internal sealed record TensorRtRow(TensorRtRelease Since, TypeSet? Types, ImmutableArray<Condition> Conditions);

/// <summary>The operator tables of all TensorRT releases, read from the embedded file <c>tensorrt.support</c>. Immutable.</summary>
internal sealed class TensorRtFacts
{
    private static readonly Lazy<TensorRtFacts> Embedded = new(Load);

    private readonly FrozenDictionary<string, ImmutableArray<TensorRtRow>> _rows;
    private readonly FrozenDictionary<string, ImmutableArray<string>> _typed;
    private readonly FrozenDictionary<TensorRtRelease, TypeSet> _types;
    private readonly ImmutableArray<(TensorRtRelease Release, int First, int Last)> _opsets;
    private readonly FrozenSet<string> _quantizing;

    private TensorRtFacts(
        Dictionary<TensorRtRelease, TypeSet> types, IEnumerable<(TensorRtRelease, int, int)> opsets,
        Dictionary<string, ImmutableArray<string>> typed,
        TypeSet quantized, IEnumerable<string> quantizing, Dictionary<string, List<TensorRtRow>> rows)
    {
        _types = types.ToFrozenDictionary();
        Releases = [.. types.Keys.OrderBy(r => r.Major).ThenBy(r => r.Minor)];
        _opsets = [.. opsets];
        _typed = typed.ToFrozenDictionary();
        Quantized = quantized;
        _quantizing = quantizing.ToFrozenSet();
        _rows = rows.ToFrozenDictionary(r => r.Key, r => r.Value.ToImmutableArray());
    }

    public static TensorRtFacts Default => Embedded.Value;

    /// <summary>All releases, oldest first.</summary>
    public ImmutableArray<TensorRtRelease> Releases { get; }

    /// <summary>All operators that some release lists.</summary>
    public ImmutableArray<string> Operators => _rows.Keys;

    /// <summary>Element types that exist only between quantisation and dequantisation.</summary>
    public TypeSet Quantized { get; }

    /// <summary>Whether the operator stands between quantised and other data.</summary>
    public bool IsQuantizing(string op) => _quantizing.Contains(op);

    /// <summary>All rows of an operator, oldest first; empty where no release lists it.</summary>
    public ImmutableArray<TensorRtRow> Rows(string op) => _rows.GetValueOrDefault(op, []);

    /// <summary>What a release takes of an operator; null where it does not list it.</summary>
    public TensorRtRow? Find(string op, TensorRtRelease release)
    {
        TensorRtRow? found = null;
        foreach (TensorRtRow row in Rows(op))
            if (release.IsAtLeast(row.Since)) found = row;
        return found;
    }

    /// <summary>The type variables that an operator's element types are about; default: the first input's.</summary>
    public ImmutableArray<string> Typed(string op) => _typed.GetValueOrDefault(op);

    /// <summary>The element types that a release has tensors of.</summary>
    public TypeSet Types(TensorRtRelease release) => _types[release.WithoutPatch];

    /// <summary>The opsets that a release's parser reads: those of the newest release in the file that is not newer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The release is older than all that the file has of its product.</exception>
    public (int First, int Last) Opsets(TensorRtRelease release)
    {
        (int First, int Last)? found = null;
        foreach ((TensorRtRelease known, int first, int last) in _opsets)
            if (release.IsAtLeast(known)) found = (first, last);
        return found ?? throw new ArgumentOutOfRangeException(nameof(release), release, "no parser of this release is known");
    }

    private static TensorRtFacts Load()
    {
        using Stream stream = typeof(TensorRtFacts).Assembly.GetManifestResourceStream("tensorrt.support")!;
        using var reader = new StreamReader(stream);
        var types = new SchemaReader("tensorrt.support");
        var releases = new Dictionary<TensorRtRelease, TypeSet>();
        var opsets = new List<(TensorRtRelease, int, int)>();
        var typed = new Dictionary<string, ImmutableArray<string>>();
        var rows = new Dictionary<string, List<TensorRtRow>>();
        var quantized = (Types: types.Sum("i8"), Operators: Array.Empty<string>());
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            string[] head = (colon < 0 ? line : line[..colon]).Split(' ');
            string rest = colon < 0 ? "" : line[(colon + 2)..];
            switch (head[0])
            {
                case "release": releases.Add(Release(head[1]), types.Sum(rest)); goto case "parser";
                case "parser": opsets.Add((Release(head[1]), Int(head[3]), Int(head[4]))); break;
                case "typed": typed.Add(head[1], [.. head[2..]]); break;
                case "quantized": quantized = (types.Sum(head[1]), rest.Split(' ')); break;
                default:
                    if (!rows.TryGetValue(head[0], out List<TensorRtRow>? list)) rows.Add(head[0], list = []);
                    list.Add(Row(Release(head[1]), rest, types));
                    break;
            }
        }
        return new(releases, opsets, typed, quantized.Types, quantized.Operators, rows);
    }

    private static TensorRtRow Row(TensorRtRelease since, string text, SchemaReader types)
    {
        string[] parts = text.Split(" | ");
        return new(since, parts[0] == "-" ? null : types.Sum(parts[0]),
            parts.Length < 2 ? [] : [.. parts[1].Split(' ').Select(Condition.Parse)]);
    }

    private static TensorRtRelease Release(string text) => TensorRtRelease.TryParse(text, out TensorRtRelease release)
        ? release : throw new FormatException($"tensorrt.support: '{text}' is no release");

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
