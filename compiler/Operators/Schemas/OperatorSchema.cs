namespace GraphPartition.Operators.Schemas;

/// <summary>The inputs, outputs and attributes of one version of an operator: the formal part of its ONNX page.</summary>
public sealed class OperatorSchema
{
    internal OperatorSchema(
        OpName op, int since, bool isDeprecated, ImmutableArray<SchemaParameter> inputs, ImmutableArray<SchemaParameter> outputs,
        ImmutableArray<(string, TypeSet)> variables, ImmutableArray<SchemaAttribute> attributes)
    {
        Op = op;
        Since = since;
        IsDeprecated = isDeprecated;
        Inputs = inputs;
        Outputs = outputs;
        Variables = variables;
        Attributes = attributes;
        MinInputs = inputs.Length;
        while (MinInputs > 0 && !inputs[MinInputs - 1].IsRequired) MinInputs--;
    }

    /// <summary>The operator.</summary>
    public OpName Op { get; }

    /// <summary>The first opset in which this version holds; it holds until the next version's.</summary>
    public int Since { get; }

    /// <summary>Whether the operator is deprecated from <see cref="Since"/> on: a model of such an opset must not hold it.</summary>
    public bool IsDeprecated { get; }

    /// <summary>The formal inputs. Only the last may be variadic.</summary>
    public ImmutableArray<SchemaParameter> Inputs { get; }

    /// <summary>The formal outputs. Only the last may be variadic.</summary>
    public ImmutableArray<SchemaParameter> Outputs { get; }

    /// <summary>The type variables, each with the types that it may stand for.</summary>
    public ImmutableArray<(string Name, TypeSet Types)> Variables { get; }

    /// <summary>The attributes, by name.</summary>
    public ImmutableArray<SchemaAttribute> Attributes { get; }

    /// <summary>Inputs up to the last that must be given.</summary>
    public int MinInputs { get; }

    /// <summary>The most inputs that a node may have.</summary>
    public int MaxInputs => Most(Inputs);

    /// <summary>The most outputs that a node may have.</summary>
    public int MaxOutputs => Most(Outputs);

    /// <summary>The formal parameter of an actual input.</summary>
    /// <returns>The parameter, or null where the operator has none there.</returns>
    public SchemaParameter? Input(int index) => At(Inputs, index);

    /// <summary>The formal parameter of an actual output.</summary>
    /// <returns>The parameter, or null where the operator has none there.</returns>
    public SchemaParameter? Output(int index) => At(Outputs, index);

    /// <summary>The attribute, or null.</summary>
    public SchemaAttribute? Attribute(string name)
    {
        foreach (SchemaAttribute a in Attributes)
            if (a.Name == name) return a;
        return null;
    }

    /// <summary>The line of the schema file.</summary>
    public override string ToString()
    {
        string head = $"{Op} {Since}{(IsDeprecated ? " deprecated" : "")}:";
        string types = string.Join(", ", Variables.Select(v => $"{v.Name}={v.Types}"));
        string line = $"{head} {string.Join(", ", Inputs)} -> {string.Join(", ", Outputs)} | {types} | {string.Join(", ", Attributes)}";
        return line.Replace("  ", " ").TrimEnd(' ', '|');
    }

    private static SchemaParameter? At(ImmutableArray<SchemaParameter> formal, int index) =>
        index < formal.Length ? formal[index] : formal.Length > 0 && formal[^1].IsVariadic ? formal[^1] : null;

    private static int Most(ImmutableArray<SchemaParameter> formal) =>
        formal.Length > 0 && formal[^1].IsVariadic ? int.MaxValue : formal.Length;
}
