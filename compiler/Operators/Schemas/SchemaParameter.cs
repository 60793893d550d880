namespace GraphPartition.Operators.Schemas;

/// <summary>How many values a formal parameter has.</summary>
public enum Arity
{
    /// <summary>Exactly once.</summary>
    Required,
    /// <summary>Once or not at all.</summary>
    Optional,
    /// <summary>Any number of times.</summary>
    ZeroOrMore,
    /// <summary>Once or more.</summary>
    OneOrMore,
}

/// <summary>A formal input or output of an operator.</summary>
/// <param name="Name">Its name on the operator's page.</param>
/// <param name="Type">Its type variable, or the one type that it always has.</param>
/// <param name="Types">The types that it may have.</param>
/// <param name="Arity">How often it is given.</param>
/// <param name="MayDiffer">For a variadic parameter: whether its values may differ in type.</param>
public sealed record SchemaParameter(string Name, string Type, TypeSet Types, Arity Arity, bool MayDiffer)
{
    /// <summary>Whether it has any number of values.</summary>
    public bool IsVariadic => Arity >= Arity.ZeroOrMore;

    /// <summary>Whether a node must have it.</summary>
    public bool IsRequired => Arity is Arity.Required or Arity.OneOrMore;

    /// <summary>As the schema file writes it.</summary>
    public override string ToString() =>
        Name + Arity switch { Arity.Optional => "?", Arity.ZeroOrMore => "*", Arity.OneOrMore => "+", _ => "" }
        + (MayDiffer ? "~" : "") + ":" + Type;
}
