using System.Collections.Immutable;

namespace GraphPartition.Ir;

/// <summary>
/// What the IR asks of those who know operators: the types of a new node's outputs. The IR itself knows none.
/// </summary>
public interface IOperatorRules
{
    /// <summary>Sets what is known of the outputs; outputs not set are of unknown type. Never throws on a wrong model.</summary>
    void Infer(NodeInference node);
}

/// <summary>Rules that know no operator: every output keeps the type that the file declares.</summary>
public sealed class DeclaredTypes : IOperatorRules
{
    /// <summary>The one instance.</summary>
    public static DeclaredTypes Instance { get; } = new();

    /// <inheritdoc/>
    public void Infer(NodeInference node) { }
}

/// <summary>A node about to be added, and the place where its rules say what its outputs are.</summary>
public sealed class NodeInference
{
    private readonly BuildScope _scope;
    private readonly string _name;
    private readonly (IrType Type, ImmutableArray<Dim>? Elements)[] _results;

    internal NodeInference(
        OpName op, int version, ImmutableArray<Value?> inputs, AttributeMap attributes, int outputs, BuildScope scope, string name)
    {
        Op = op;
        Version = version;
        Inputs = inputs;
        Attributes = attributes;
        _scope = scope;
        _name = name;
        _results = new (IrType, ImmutableArray<Dim>?)[outputs];
        Array.Fill(_results, (IrType.Unknown, null));
    }

    /// <summary>The operator.</summary>
    public OpName Op { get; }

    /// <summary>As <see cref="Node.Version"/>.</summary>
    public int Version { get; }

    /// <summary>The inputs; null where an optional one is left out.</summary>
    public ImmutableArray<Value?> Inputs { get; }

    /// <summary>The attributes; bodies are built and typed.</summary>
    public AttributeMap Attributes { get; }

    /// <summary>The number of outputs, left-out ones included.</summary>
    public int OutputCount => _results.Length;

    /// <summary>How messages call the node.</summary>
    public string Label => _name.Length > 0 ? $"{Op} '{_name}'" : Op.ToString();

    /// <summary>The input at <paramref name="index"/>, or null where it is left out.</summary>
    public Value? Input(int index) => index < Inputs.Length ? Inputs[index] : null;

    /// <summary>Says what is known of an output; ignored where the node has no such output.</summary>
    public void Set(int output, IrType type, ImmutableArray<Dim>? elements = null)
    {
        if (output < _results.Length)
            _results[output] = (type, elements is { Length: > BuildScope.MaxElements } ? null : elements);
    }

    /// <summary>A symbol for a dimension that only the data tells.</summary>
    public Dim FreshSymbol() => _scope.FreshSymbol();

    /// <summary>Notes that the node is wrong; inference goes on.</summary>
    public void Report(DiagnosticCode code, string message) => _scope.Report(code.At(Label, message));

    internal (IrType Type, ImmutableArray<Dim>? Elements) Result(int output) => _results[output];
}
