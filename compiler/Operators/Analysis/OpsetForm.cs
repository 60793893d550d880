using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.Analysis;

/// <summary>
/// The form that an operator has in an older opset, and what this form cannot express. A parser for the older opset ignores everything
/// that is newer. So a node may use only what the older form can express. If the operator itself is newer than the opset, its first form
/// counts, because some parsers take an operator before they support the opset that introduced it.
/// </summary>
public sealed class OpsetForm
{
    private readonly OperatorSchema _then, _today;
    private readonly ImmutableArray<OpsetStep> _steps;

    private OpsetForm(OperatorSchema then, OperatorSchema today)
    {
        (_then, _today) = (then, today);
        _steps = OpsetSteps.Between(today.Op, then.Since, OperatorSchemas.CanonicalOpset);
    }

    /// <summary>The form of an operator of the standard domain.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="opset">The opset.</param>
    /// <returns>The form; null where it is the canonical one.</returns>
    public static OpsetForm? Of(string op, int opset)
    {
        if (OperatorSchemas.Default.Canonical(op) is not { } today) return null;
        OperatorSchema then = Find(op, opset)!;
        return ReferenceEquals(then, today) ? null : new(then, today);
    }

    /// <summary>The schema of an operator in an opset; its first one where the operator is newer.</summary>
    /// <returns>The schema, or null where the operator has none.</returns>
    public static OperatorSchema? Find(OpName op, int opset) =>
        OperatorSchemas.Default.Find(op, opset) ?? OperatorSchemas.Default.Versions(op).FirstOrDefault();

    /// <summary>Why the form cannot express a node: its attributes and their values, its inputs, outputs and types.</summary>
    /// <param name="node">The node, in canonical form.</param>
    /// <param name="isListed">Whether a table lists the element types of a parameter. What it lists, the parser takes.</param>
    /// <returns>The reason, or null.</returns>
    public string? Objection(Node node, Func<SchemaParameter, bool> isListed)
    {
        IReadOnlyList<Value?> inputs = node.Inputs;
        if (_steps.Length > 0)
        {
            var edit = new NodeEdit(
                new GraphBuilder(DeclaredTypes.Instance), node.Op, node.Inputs.AsSpan(), node.Attributes,
                [.. node.Outputs.Select(o => o is not null)]);
            for (int i = _steps.Length - 1; i >= 0; i--)
            {
                if (_steps[i].Down(edit) is { } fault) return fault;
                if (edit.Op != node.Op) return null; // other operators, which are older, express it
            }
            inputs = edit.Inputs;
        }
        if (inputs.Count > _then.MaxInputs) return $"input '{_today.Input(_then.MaxInputs)?.Name}' is newer";
        if (node.Outputs.Length > _then.MaxOutputs) return $"output '{_today.Output(_then.MaxOutputs)?.Name}' is newer";
        for (int i = 0; i < inputs.Count; i++)
            if (inputs[i] is { } value && Newer(value, _then.Input(i), _today.Input(i), isListed))
                return $"an input of {value.Type} is newer";
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } value && Newer(value, _then.Output(i), _today.Output(i), isListed))
                return $"an output of {value.Type} is newer";
        return null;
    }

    private static bool Newer(Value value, SchemaParameter? then, SchemaParameter? today, Func<SchemaParameter, bool> isListed) =>
        then is not null && today is not null && !isListed(today) && !then.Types.Allows(value.Type) && today.Types.Allows(value.Type);
}
