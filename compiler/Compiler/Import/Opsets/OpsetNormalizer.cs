using GraphPartition.Onnx;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators.Opsets;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>
/// Upgrades nodes of the standard domain to <see cref="OperatorSchemas.CanonicalOpset"/> while they are imported, so that the
/// rest of the compiler knows one form. A node that it cannot express keeps its version, or is refused if that is before opset 7,
/// whose operators followed other rules. Other domains stay as they are.
/// </summary>
public sealed class OpsetNormalizer : INodeNormalizer
{
    private const int FirstFullOpset = 7;

    private OpsetNormalizer() { }

    /// <summary>The one instance.</summary>
    public static OpsetNormalizer Instance { get; } = new();

    /// <inheritdoc/>
    public int CanonicalOpset(string domain, int version) => domain.Length == 0 ? OperatorSchemas.CanonicalOpset : version;

    /// <inheritdoc/>
    public void Add(ImportedNode node, GraphBuilder builder, Span<Value?> results)
    {
        if (node.Op.Domain.Length > 0
            || OpsetSteps.Between(node.Op, node.Opset, OperatorSchemas.CanonicalOpset) is not { Length: > 0 } steps)
        {
            node.AddTo(builder, results);
            return;
        }
        var outputs = new bool[node.Outputs.Length];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = node.Outputs[i].Name is not null;
        var edit = new NodeEdit(builder, node.Op, node.Inputs, node.Attributes, outputs);
        if (Raise(edit, steps) is { } fault)
        {
            Keep(node, builder, results, fault);
            return;
        }
        OutputSpec[] specs = [.. node.Outputs];
        foreach ((int output, _) in edit.OutputCasts) specs[output] = "";
        Node added = builder.Add(edit.Op, [.. edit.Inputs], specs, edit.Attributes, node.Name, 0, node.Metadata);
        added.Outputs.CopyTo(results);
        foreach ((int output, ElementType type) in edit.OutputCasts)
            results[output] = builder.Op("Cast", node.Outputs[output].Name!, [added.Outputs[output]], AttributeMap.Of(("to", (long)type)));
    }

    /// <summary>Upgrades a node over <paramref name="steps"/>.</summary>
    /// <returns>Null, or why it cannot be upgraded.</returns>
    internal static string? Raise(NodeEdit edit, ImmutableArray<OpsetStep> steps)
    {
        OpName op = edit.Op;
        foreach (OpsetStep step in steps)
        {
            string? fault = step.New.IsDeprecated && step.Change is null ? $"it is deprecated since opset {step.New.Since}" : step.Up(edit);
            if (fault is not null) return $"opset {step.New.Since} cannot express it: {fault}";
            if (edit.Op != op) break; // a change of the operator leaves the canonical form
        }
        return null;
    }

    private static void Keep(ImportedNode node, GraphBuilder builder, Span<Value?> results, string reason)
    {
        if (node.Opset < FirstFullOpset)
            builder.Scope.Report(OnnxCodes.UnsupportedOpset.At($"{node.Op} '{node.Name}'", $"it has opset {node.Opset}, and {reason}"));
        node.AddTo(builder, results, node.Opset);
    }
}
