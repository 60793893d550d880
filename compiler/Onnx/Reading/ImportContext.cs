using System.Buffers;
using System.Text.Unicode;

namespace GraphPartition.Onnx.Reading;

/// <summary>What the parts of one import share: options, diagnostics, limits, and strings that repeat.</summary>
internal sealed class ImportContext
{
    /// <summary>How deep bodies and function calls may be nested.</summary>
    public const int MaxDepth = 64;

    /// <summary>How many faults are reported at most.</summary>
    private const int MaxErrors = 100;

    /// <summary>Functions that call each other twice at each level double the graph with each: a bound on what they may grow to.</summary>
    private const int MaxInlinedNodes = 1_000_000;
    private const long MaxInlinedBytes = 1L << 30;

    private readonly Dictionary<string, string> _strings = [];
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _stringsByChars;
    private readonly Dictionary<string, OpName> _operators = []; // by type; of several domains the last
    private int _errors;
    private int _inlinedNodes;
    private long _inlinedBytes;

    public ImportContext(OnnxReadOptions options, string? directory)
    {
        Options = options;
        Scope = options.Scope ?? new BuildScope();
        External = new(directory);
        Tensors = new(this);
        _stringsByChars = _strings.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public OnnxReadOptions Options { get; }
    public BuildScope Scope { get; }
    public ExternalFiles External { get; }
    public TensorDecoder Tensors { get; }

    /// <summary>The model's functions, by what a call has as its operator.</summary>
    public Dictionary<OpName, FunctionSource> Functions { get; } = [];

    /// <summary>Functions that stay functions, besides those of <see cref="OnnxReadOptions.KeepFunctionsOf"/>.</summary>
    public HashSet<OpName> Kept { get; } = [];

    /// <summary>Operator-set versions of the model, by domain.</summary>
    public ImmutableSortedDictionary<string, int> Opsets { get; set; } = OpsetVersions.None;

    public bool HasErrors => _errors > 0;

    /// <summary>Whether calls of a function stay nodes.</summary>
    public bool Keeps(OpName function) => function.Domain == Options.KeepFunctionsOf || Kept.Contains(function.WithoutOverload);

    /// <summary>Whether the model assigns its nodes to several devices.</summary>
    public bool IsDistributed { get; set; }

    /// <summary>How many graphs, bodies and functions had nodes that were not in topological order.</summary>
    public int SortedGraphs { get; set; }

    /// <summary>Whether there are too many faults to continue.</summary>
    public bool GiveUp => _errors >= MaxErrors || TooManyInlined;

    private bool TooManyInlined => _inlinedNodes > MaxInlinedNodes || _inlinedBytes > MaxInlinedBytes;

    public void Report(DiagnosticCode code, string where, string message)
    {
        if (_errors++ < MaxErrors) Scope.Report(code.At(where, message));
    }

    /// <summary>How many nodes have the name of an earlier node of their graph, and the first of these names.</summary>
    public (int Count, string First) SameNames { get; private set; } = (0, "");

    /// <summary>Counts a node with the name of another one.</summary>
    public void CountSameName(string name) => SameNames = (SameNames.Count + 1, SameNames.Count == 0 ? name : SameNames.First);

    /// <summary>The present state, for <see cref="Return"/>.</summary>
    public ImportMark Mark() => new(_errors, Scope.Diagnostics.Count, _inlinedNodes, _inlinedBytes, SameNames);

    /// <summary>Forgets what was reported and counted since a mark: the same nodes are imported again.</summary>
    public void Return(ImportMark mark)
    {
        (_errors, _inlinedNodes, _inlinedBytes, SameNames) = (mark.Errors, mark.InlinedNodes, mark.InlinedBytes, mark.SameNames);
        Scope.TakeBack(mark.Diagnostics);
    }

    /// <summary>Counts a node that comes out of a function; false, after a report, where functions expand beyond the bounds.</summary>
    public bool CountInlined(int bytes, string where)
    {
        _inlinedBytes += bytes;
        _inlinedNodes++;
        if (TooManyInlined) Report(ModelCodes.TooDeep, where,
            $"the functions expand to more than {MaxInlinedNodes} nodes or {MaxInlinedBytes} bytes");
        return !TooManyInlined;
    }

    /// <summary>One object for equal operators, which repeat in every node.</summary>
    public OpName Operator(string domain, string type, string overload)
    {
        if (!_operators.TryGetValue(type, out OpName? op) || op.Domain != domain || op.Overload != overload)
            _operators[type] = op = new(domain, type, overload);
        return op;
    }

    /// <summary>One string object for equal texts: names of operators and attributes repeat in every node.</summary>
    public string Shared(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return "";
        Span<char> chars = stackalloc char[128];
        if (utf8.Length > chars.Length || Utf8.ToUtf16(utf8, chars, out _, out int length, false) != OperationStatus.Done)
            return WireReader.TextOf(utf8);
        if (_stringsByChars.TryGetValue(chars[..length], out string? known)) return known;
        string text = new(chars[..length]);
        _strings.Add(text, text);
        return text;
    }
}

/// <summary>The state of an import at one moment.</summary>
/// <param name="Errors">The faults so far.</param>
/// <param name="Diagnostics">The diagnostics so far.</param>
/// <param name="InlinedNodes">The nodes that came out of functions.</param>
/// <param name="InlinedBytes">Their bytes.</param>
/// <param name="SameNames">Nodes with the name of another one.</param>
internal readonly record struct ImportMark(
    int Errors, int Diagnostics, int InlinedNodes, long InlinedBytes, (int Count, string First) SameNames);
