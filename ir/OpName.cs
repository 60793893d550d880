namespace GraphPartition.Ir;

/// <summary>What a node computes: an operator's domain and name. The IR gives it no meaning.</summary>
/// <param name="Domain">The domain; the standard one ("ai.onnx") is the empty string.</param>
/// <param name="Type">The operator's name, for instance "Conv".</param>
/// <param name="Overload">The overload of a model-local function, else empty.</param>
public sealed record OpName(string Domain, string Type, string Overload = "")
{
    /// <summary>An operator of the standard domain.</summary>
    public OpName(string type) : this("", type) { }

    /// <summary>Whether this is the standard operator <paramref name="type"/>.</summary>
    public bool Is(string type) => Domain.Length == 0 && Type == type;

    /// <summary>A string names an operator of the standard domain.</summary>
    public static implicit operator OpName(string type) => new(type);

    /// <inheritdoc/>
    public override string ToString() =>
        (Domain.Length == 0 ? Type : $"{Domain}::{Type}") + (Overload.Length == 0 ? "" : ":" + Overload);
}
