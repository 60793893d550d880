using System.Diagnostics.CodeAnalysis;

namespace GraphPartition.Ir.Graphs;

/// <summary>Infers the types of a new node's outputs. The compiler implements it; the IR itself knows no operator.</summary>
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

/// <summary>A node that is about to be added; its rules set the types of its outputs here.</summary>
public sealed class NodeInference
{
    private string _name;
    private (IrType Type, ImmutableArray<Dim>? Elements)[] _results;

    /// <summary>A node whose outputs are to be inferred; it is added to no graph.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="version">As <see cref="Node.Version"/>.</param>
    /// <param name="inputs">The inputs; null where an optional one is left out.</param>
    /// <param name="attributes">The attributes.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="rules">Infers the nodes of bodies.</param>
    /// <param name="scope">Takes what is wrong.</param>
    /// <param name="name">The node's name, for messages.</param>
    public NodeInference(
        OpName op, int version, ImmutableArray<Value?> inputs, AttributeMap attributes, int outputs, IOperatorRules rules,
        BuildScope scope, string name = "")
    {
        (Rules, Scope) = (rules, scope);
        Restart(op, version, inputs, attributes, outputs, name);
    }

    /// <summary>Starts again for another node: a builder uses one object for all of its nodes, to save memory.</summary>
    [MemberNotNull(nameof(Op), nameof(Attributes), nameof(_name), nameof(_results))]
    internal void Restart(OpName op, int version, ImmutableArray<Value?> inputs, AttributeMap attributes, int outputs, string name)
    {
        (Op, Version, Inputs, Attributes, _name) = (op, version, inputs, attributes, name);
        if (_results?.Length != outputs) _results = new (IrType, ImmutableArray<Dim>?)[outputs];
        Array.Fill(_results, (IrType.Unknown, null));
    }

    /// <summary>The operator.</summary>
    public OpName Op { get; private set; }

    /// <summary>What the rules keep from node to node: one object then serves all nodes of a builder.</summary>
    internal object? OfRules { get; set; }

    internal IOperatorRules Rules { get; }
    internal BuildScope Scope { get; }

    /// <summary>As <see cref="Node.Version"/>.</summary>
    public int Version { get; private set; }

    /// <summary>The inputs; null where an optional one is left out.</summary>
    public ImmutableArray<Value?> Inputs { get; private set; }

    /// <summary>The attributes; bodies are built and typed, from the types of their inputs that the file declares.</summary>
    public AttributeMap Attributes { get; private set; }

    /// <summary>The number of outputs, left-out ones included.</summary>
    public int OutputCount => _results.Length;

    /// <summary>The node in messages.</summary>
    public string Label => _name.Length > 0 ? $"{Op} '{_name}'" : Op.ToString();

    /// <summary>The input at <paramref name="index"/>, or null where it is left out.</summary>
    public Value? Input(int index) => index < Inputs.Length ? Inputs[index] : null;

    /// <summary>Sets what is known of an output; ignored where the node has no such output.</summary>
    public void Set(int output, IrType type, ImmutableArray<Dim>? elements = null)
    {
        if (output < _results.Length)
            _results[output] = (type, elements is { Length: > BuildScope.MaxElements } ? null : elements);
    }

    /// <summary>What is known of an output so far.</summary>
    public IrType TypeOf(int output) => _results[output].Type;

    /// <summary>A symbol for a dimension that depends on data.</summary>
    public Dim FreshSymbol() => Scope.FreshSymbol();

    /// <summary>Reports that the node is wrong; inference continues.</summary>
    public void Report(DiagnosticCode code, string message) => Scope.Report(code.At(Label, message));

    /// <summary>Gives the node a body with more precise types, and reports the faults of that body that are new.</summary>
    public void SetBody(string attribute, Graph body, ImmutableArray<Diagnostic> objections)
    {
        if (!ReferenceEquals(Attributes.Body(attribute), body)) Attributes = Attributes.With(attribute, new GraphAttribute(body));
        foreach (Diagnostic d in objections)
            if (!Scope.Diagnostics.Any(known => known.Code == d.Code && known.Where == d.Where)) Scope.Report(d);
    }

    /// <summary>What was set for an output: its type, and its elements where they are known (<see cref="Value.Elements"/>).</summary>
    public (IrType Type, ImmutableArray<Dim>? Elements) Result(int output) => _results[output];
}
