namespace GraphPartition.Operators.Definitions;

/// <summary>
/// The table of a family: <c>["Softmax Hardmax"] = facets</c> defines operators of the standard domain that share these facets,
/// <c>[OrtDomain, "Gelu"] = facets</c> one of another domain. Names are separated by blanks.
/// </summary>
internal sealed class OperatorFamily : List<OperatorDefinition>
{
    /// <summary>The domain of ONNX Runtime's own operators: docs/ContribOperators.md there.</summary>
    public const string OrtDomain = "com.microsoft";

    /// <summary>The domain of ONNX Runtime's operators on tensors in blocks of channels, which its optimiser writes.</summary>
    public const string Blocked = "com.microsoft.nchwc";

    /// <summary>An operator that computes its outputs from its inputs alone, and of which nothing else is known.</summary>
    public static OperatorDefinition Pure { get; } = new() { IsPure = true };

    public OperatorDefinition this[string names] { set => this["", names] = value; }

    public OperatorDefinition this[string domain, string names]
    {
        set => AddRange(names.Split(' ').Select(name => value with { Name = new(domain, name) }));
    }
}
