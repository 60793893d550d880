using System.Collections.Frozen;
using GraphPartition.Onnx;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Analysis;
using GraphPartition.Operators.Bodies;
using GraphPartition.Operators.Diagnostics;
using GraphPartition.Operators.Families;
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
    private const int FirstFullOpset = 7, SplitsByCount = 18;

    /// <summary>Operators that ONNX Runtime had before the standard, and knows in older opsets too.</summary>
    private static readonly FrozenSet<string> EarlyOperators = ["LayerNormalization", "MeanVarianceNormalization", "ThresholdedRelu"];

    private OpsetNormalizer() { }

    /// <summary>The one instance.</summary>
    public static OpsetNormalizer Instance { get; } = new();

    /// <inheritdoc/>
    public int CanonicalOpset(string domain, int version) => domain.Length == 0 ? OperatorSchemas.CanonicalOpset : version;

    /// <inheritdoc/>
    public void Add(ImportedNode node, GraphBuilder builder, Span<Value?> results)
    {
        CheckSchema(node, builder);
        if (node.Op.Domain.Length == 0 && node.Opset > OperatorSchemas.CanonicalOpset)
        {
            AddNewer(node, builder, results);
            return;
        }
        // ONNX Runtime has no operator of this domain yet.
        if (node.Op.Domain == "ai.onnx.preview" && TryExpand(node, 0, builder, results)) return;
        if (TryGiveBias(node, builder, results)) return;
        if (node.Op.Domain.Length > 0
            || OpsetSteps.Between(node.Op, node.Opset, OperatorSchemas.CanonicalOpset) is not { Length: > 0 } steps)
        {
            node.AddTo(builder, results);
            return;
        }
        NodeEdit edit = EditOf(node, builder);
        if (Raise(edit, steps) is { } fault) Keep(node, builder, results, fault);
        else AddEdited(node, edit, builder, results);
    }

    /// <summary>
    /// Adds a node of an opset after the canonical one, in its canonical form if that can express it; an operator that is new there, in
    /// simpler operators. Else the node keeps its version. An opset that nobody knows yet is taken for the newest known one.
    /// </summary>
    private static void AddNewer(ImportedNode node, GraphBuilder builder, Span<Value?> results)
    {
        int opset = Math.Min(node.Opset, OnnxVersions.NewestOpset);
        OperatorSchema? there = OperatorSchemas.Default.Find(node.Op, opset);
        if (there is null && opset < node.Opset)
            builder.Scope.Report(OnnxCodes.UnsupportedOpset.At($"{node.Op} '{node.Name}'",
                $"opset {opset}, the newest that this tool knows, has no such operator; the model uses opset {node.Opset}"));
        if (there is null || ReferenceEquals(there, OperatorSchemas.Default.Canonical(node.Op)))
        {
            node.AddTo(builder, results);
            return;
        }
        if (OperatorSchemas.Default.Canonical(node.Op) is not { } canonical || !Allows(canonical, node))
        {
            if (!TryExpand(node, there.Since, builder, results)) node.AddTo(builder, results, there.Since);
            return;
        }
        ImmutableArray<OpsetStep> steps = OpsetSteps.Between(node.Op, OperatorSchemas.CanonicalOpset, opset);
        NodeEdit edit = EditOf(node, builder);
        for (int i = steps.Length - 1; i >= 0; i--)
            if (steps[i].Down(edit) is not null)
            {
                node.AddTo(builder, results, there.Since);
                return;
            }
        AddEdited(node, edit, builder, results);
    }

    /// <summary>
    /// Reports an operator, or attributes, that the opset of the file lacks, as ONNX Runtime does. Names that begin with two underscores
    /// are free. Other domains grow without a version, nobody knows what a newer opset adds, and files of the oldest opsets keep
    /// attributes of even older ones.
    /// </summary>
    private static void CheckSchema(ImportedNode node, GraphBuilder builder)
    {
        if (node.Op.Domain.Length > 0 || node.Opset is < FirstFullOpset or > OnnxVersions.NewestOpset
            || (builder.Rules is OperatorTable table && table.IsExtended(node.Op))) return;
        if (OperatorSchemas.Default.Find(node.Op, node.Opset) is not { } schema)
        {
            if (OperatorSchemas.Default.Versions(node.Op) is [{ Since: var since }, ..] && !EarlyOperators.Contains(node.Op.Type))
                builder.Scope.Report(OperatorCodes.LaterOperator.At($"{node.Op} '{node.Name}'",
                    $"{node.Op} came with opset {since}, the model uses opset {node.Opset}"));
            return;
        }
        if (node.Op.Is("Split") && node.Opset >= SplitsByCount && node.Inputs is [_] or [_, null] && !node.Attributes.Has("num_outputs"))
            builder.Scope.Report(OperatorCodes.WrongInputs.At($"{node.Op} '{node.Name}'",
                "neither an input 'split' nor an attribute 'num_outputs' is given; expected one of them"));
        if (node.Opset == FirstFullOpset) return;
        foreach ((string name, _) in node.Attributes)
            if (schema.Attribute(name) is null && !name.StartsWith("__", StringComparison.Ordinal))
                builder.Scope.Report(OperatorCodes.UnknownAttribute.At($"{node.Op} '{node.Name}'",
                    $"'{name}' is no attribute of {node.Op} in opset {node.Opset}"
                    + (schema.Attributes.IsEmpty ? "; it has none" : $"; it has {string.Join(", ", schema.Attributes.Select(a => a.Name))}")));
    }

    private static bool Allows(OperatorSchema schema, ImportedNode node)
    {
        for (int i = 0; i < node.Inputs.Length; i++)
            if (node.Inputs[i] is { } input && schema.Input(i)?.Types.Allows(input.Type) == false) return false;
        return true;
    }

    /// <summary>Adds the nodes that express a node whose operator, or types, came after the canonical opset.</summary>
    private static bool TryExpand(ImportedNode node, int since, GraphBuilder builder, Span<Value?> results)
    {
        if (OperatorDefinitions.Of(node.Op).Body is not { } body) return false;
        var single = new Value?[results.Length];
        var alone = new GraphBuilder(builder.Rules, builder.Scope);
        Node typed = node.AddTo(alone, single, since);
        int parts = 0;
        var expansion = new BodyBuilder(builder, typed, typed.Inputs, _ => true, name => $"{name}_{++parts}");
        if (typed.Inputs.Any(v => v is not null && !BodyBuilder.HasNumbers(v.ElementType)) || body(expansion) is not null) return false;
        expansion.Results.ToArray().CopyTo(results);
        return true;
    }

    /// <summary>
    /// Gives Attention of ONNX Runtime a bias of zeros. Its schema lets the bias out, but its kernel for CPUs reads one all the same, and
    /// the process ends (1.31).
    /// </summary>
    private static bool TryGiveBias(ImportedNode node, GraphBuilder builder, Span<Value?> results)
    {
        if (node.Op is not { Domain: "com.microsoft", Type: "Attention" } || node.Inputs.Length < 2
            || node.Inputs is [_, _, not null, ..]
            || node.Inputs[1] is not { Shape: [_, { IsKnown: true } columns] } weight
            || weight.ElementType is not (ElementType.Float32 or ElementType.Float16))
            return false;
        NodeEdit edit = EditOf(node, builder);
        byte[] zeros = new byte[weight.ElementType.ByteCount(columns.Size)];
        edit.SetInput(2, edit.Constant(new MemoryTensor(weight.ElementType, [columns.Size], zeros)));
        AddEdited(node, edit, builder, results);
        return true;
    }

    private static NodeEdit EditOf(ImportedNode node, GraphBuilder builder)
    {
        var outputs = new bool[node.Outputs.Length];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = node.Outputs[i].Name is not null;
        return new NodeEdit(builder, node.Op, node.Inputs, node.Attributes, outputs);
    }

    private static void AddEdited(ImportedNode node, NodeEdit edit, GraphBuilder builder, Span<Value?> results)
    {
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
