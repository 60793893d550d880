namespace GraphPartition.Ir.Graphs;

/// <summary>
/// What a node computes: an operator's domain and name. The IR gives it no meaning. Compared by content; the hash is computed
/// once, since operators are looked up for every node.
/// </summary>
/// <param name="domain">The domain; the standard one ("ai.onnx") is the empty string.</param>
/// <param name="type">The operator's name, for instance "Conv".</param>
/// <param name="overload">The overload of a model-local function, else empty.</param>
public sealed class OpName(string domain, string type, string overload = "") : IEquatable<OpName>
{
    private readonly int _hash = HashCode.Combine(domain, type, overload);
    private string? _text;

    /// <summary>An operator of the standard domain.</summary>
    public OpName(string type) : this("", type) { }

    /// <summary>The domain; the standard one ("ai.onnx") is the empty string.</summary>
    public string Domain { get; } = domain;

    /// <summary>The operator's name, for instance "Conv".</summary>
    public string Type { get; } = type;

    /// <summary>The overload of a model-local function, else empty.</summary>
    public string Overload { get; } = overload;

    /// <summary>The operator without its overload.</summary>
    public OpName WithoutOverload => Overload.Length == 0 ? this : new(Domain, Type);

    /// <summary>Whether this is the standard operator <paramref name="type"/>.</summary>
    public bool Is(string type) => Domain.Length == 0 && Type == type;

    /// <summary>A string names an operator of the standard domain.</summary>
    public static implicit operator OpName(string type) => new(type);

    /// <summary>Whether both are the same.</summary>
    public static bool operator ==(OpName? a, OpName? b) => a is null ? b is null : a.Equals(b);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(OpName? a, OpName? b) => !(a == b);

    /// <inheritdoc/>
    public bool Equals(OpName? other) => ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && Type == other.Type && Domain == other.Domain && Overload == other.Overload);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OpName);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public override string ToString() => _text ??=
        (Domain.Length == 0 ? Type : $"{Domain}::{Type}") + (Overload.Length == 0 ? "" : ":" + Overload);
}
