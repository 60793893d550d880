using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators;

/// <summary>One operator: its definition and its schema.</summary>
public sealed class Operator
{
    private readonly ImmutableArray<SchemaAttribute> _required;

    /// <summary>An operator; without a schema its inputs and attributes are not checked.</summary>
    public Operator(OperatorDefinition definition, OperatorSchema? schema)
    {
        Definition = definition;
        Schema = schema;
        _required = schema is null ? [] : [.. schema.Attributes.Where(a => a.IsRequired)];
    }

    /// <summary>The operator's name.</summary>
    public OpName Name => Definition.Name;

    /// <summary>What is known of it in its canonical form.</summary>
    public OperatorDefinition Definition { get; }

    /// <summary>Its inputs, outputs and attributes, or null where no schema is known.</summary>
    public OperatorSchema? Schema { get; }

    /// <summary>
    /// Whether the operator computes the same outputs from the same inputs, every time. One without a definition may not: nothing is
    /// known of its effects.
    /// </summary>
    public bool IsPure => Definition.IsPure;

    /// <summary>Whether there is a rule for the shapes of its outputs besides their element types.</summary>
    public bool InfersShapes => Definition.Types is not null;

    /// <summary>Checks a node against the schema and infers the types of its outputs.</summary>
    public void Infer(NodeInference node)
    {
        if (Schema is not null) Check(node, Schema);
        NodeTyping typing = NodeTyping.Of(node, Schema);
        if (node.Version == 0) Definition.Check?.Invoke(typing);
        Definition.Types?.Invoke(typing);
        typing.SetRest();
    }

    /// <summary>Applies only the shape rule: no input or attribute is checked against the schema.</summary>
    internal void InferShapes(NodeInference node) => Definition.Types?.Invoke(NodeTyping.Of(node, Schema));

    private void Check(NodeInference node, OperatorSchema schema)
    {
        for (int i = 0; i < node.Inputs.Length; i++)
        {
            if (schema.Input(i) is not { } formal)
            {
                if (schema.Op.Domain.Length == 0 && node.Inputs[i] is not null) // other domains grow without a version
                    node.Report(OperatorCodes.WrongInputs, $"{node.Inputs.Length} inputs are given, expected at most {schema.MaxInputs}");
                break;
            }
            if (node.Inputs[i] is { } value) CheckType(node, schema, i, formal, value);
            else if (formal.Arity == Arity.Required) ReportMissing(node, formal);
        }
        for (int i = node.Inputs.Length; i < schema.MinInputs; i++)
            if (schema.Inputs[i].IsRequired) ReportMissing(node, schema.Inputs[i]);
        if (node.OutputCount > schema.MaxOutputs && schema.Op.Domain.Length == 0)
            node.Report(OperatorCodes.TooManyOutputs, $"{node.OutputCount} outputs are given, expected at most {schema.MaxOutputs}");
        foreach (SchemaAttribute attribute in _required)
            if (!node.Attributes.Has(attribute.Name))
                node.Report(OperatorCodes.MissingAttribute,
                    $"expected an attribute '{attribute.Name}' ({attribute.Kind.ToString().ToLowerInvariant()}), found none");
        foreach (var (name, value) in node.Attributes)
            if (schema.Attribute(name) is { } formal && !IsOfKind(value, formal.Kind))
                node.Report(ModelCodes.WrongAttribute, $"attribute '{name}' is expected to be of kind "
                    + $"{formal.Kind.ToString().ToLowerInvariant()}, found {value.GetType().Name}");
    }

    private static void CheckType(NodeInference node, OperatorSchema schema, int index, SchemaParameter formal, Value value)
    {
        if (!formal.Types.Allows(value.Type))
        {
            node.Report(OperatorCodes.InputTypeNotAllowed,
                $"input {index} ('{formal.Name}') is {value}, expected a type of {formal.Types}");
            return;
        }
        if (value.ElementType == ElementType.Undefined || formal.MayDiffer) return;
        for (int i = 0; i < index; i++)
        {
            if (schema.Input(i) is not { } other || other.Type != formal.Type || other.MayDiffer) continue;
            ElementType element = node.Input(i)?.ElementType ?? ElementType.Undefined;
            if (element == ElementType.Undefined) continue;
            if (element != value.ElementType)
                node.Report(OperatorCodes.InputTypesDiffer,
                    $"input {index} ('{formal.Name}') is expected to be of the type of input {i}, {element.Keyword()}, found {value}");
            return;
        }
    }

    /// <summary>Older opsets have some of today's inputs as attributes of the same name: such a node misses nothing.</summary>
    private static void ReportMissing(NodeInference node, SchemaParameter formal)
    {
        foreach (var (name, _) in node.Attributes)
            if (name.Equals(formal.Name, StringComparison.OrdinalIgnoreCase)) return;
        node.Report(OperatorCodes.WrongInputs, $"expected an input '{formal.Name}' ({formal.Types}), found none");
    }

    private static bool IsOfKind(AttributeValue value, AttributeKind kind) => value switch
    {
        FloatAttribute => kind == AttributeKind.Float,
        IntAttribute => kind == AttributeKind.Int,
        StringAttribute => kind == AttributeKind.String,
        TensorAttribute => kind == AttributeKind.Tensor,
        GraphAttribute => kind == AttributeKind.Graph,
        FloatsAttribute f => kind == AttributeKind.Floats || f.Values.IsEmpty,
        IntsAttribute i => kind == AttributeKind.Ints || i.Values.IsEmpty,
        StringsAttribute => kind == AttributeKind.Strings,
        SparseTensorAttribute => kind == AttributeKind.Sparse,
        TypeAttribute => kind == AttributeKind.Type,
        _ => true,
    };
}
