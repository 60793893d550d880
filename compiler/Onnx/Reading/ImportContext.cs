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

    /// <summary>Operator-set versions of the model, by domain.</summary>
    public ImmutableSortedDictionary<string, int> Opsets { get; set; } = OpsetVersions.None;

    public bool HasErrors => _errors > 0;

    /// <summary>Whether the model assigns its nodes to several devices.</summary>
    public bool IsDistributed { get; set; }

    /// <summary>Whether there are too many faults to continue.</summary>
    public bool GiveUp => _errors >= MaxErrors || TooManyInlined;

    private bool TooManyInlined => _inlinedNodes > MaxInlinedNodes || _inlinedBytes > MaxInlinedBytes;

    public void Report(DiagnosticCode code, string where, string message)
    {
        if (_errors++ < MaxErrors) Scope.Report(code.At(where, message));
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
