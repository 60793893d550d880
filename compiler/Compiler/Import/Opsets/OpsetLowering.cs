using GraphPartition.Onnx;
using GraphPartition.Operators.Analysis;
using GraphPartition.Operators.Opsets;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Compiler.Import.Opsets;

/// <summary>Lowers graphs from the canonical opset to an older one, and collects the nodes that it cannot express.</summary>
/// <param name="opset">The older opset.</param>
/// <param name="kept">Constants that stay in the graph although no new node uses them; null: none.</param>
/// <param name="forParser">
/// Whether only a parser of TensorRT reads the result. It takes types that came after its opset, and some operators, in their first form.
/// </param>
internal sealed class OpsetLowering(int opset, IReadOnlySet<Value>? kept = null, bool forParser = false)
{
    private readonly List<Diagnostic> _faults = [];

    public IReadOnlyList<Diagnostic> Faults => _faults;

    /// <summary>For each new graph, bodies too: the old node of each new node.</summary>
    public Dictionary<Graph, ImmutableArray<int>> Origins { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>The graph in the older opset; the same reference where no node changes.</summary>
    public Graph Lower(Graph graph)
    {
        GraphBuilder builder = GraphBuilder.For(graph, DeclaredTypes.Instance);
        var released = new HashSet<Value>(); // constants that a changed node no longer uses
        var origins = ImmutableArray.CreateBuilder<int>(graph.Nodes.Length);
        bool changed = false;
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            changed |= Lower(graph.Nodes[n], builder, released);
            while (origins.Count < builder.NodeCount) origins.Add(n);
        }
        if (!changed) return graph;
        if (kept is not null) released.ExceptWith(kept);
        if (released.Count > 0) KeepUsed(graph, builder, released);
        foreach (Value v in graph.Constants)
            if (!released.Contains(v)) builder.Constant(v);
        Graph lowered = builder.Build(graph.Outputs.AsSpan());
        Origins.Add(lowered, origins.ToImmutable());
        return lowered;
    }

    /// <summary>Removes values that something else still uses from <paramref name="released"/>.</summary>
    private static void KeepUsed(Graph graph, GraphBuilder builder, HashSet<Value> released)
    {
        released.ExceptWith(graph.Outputs);
        foreach (Node node in builder.Nodes)
        {
            foreach (Value? v in node.Inputs)
                if (v is not null) released.Remove(v);
            released.ExceptWith(node.Captures);
        }
    }

    private bool Lower(Node node, GraphBuilder builder, HashSet<Value> released)
    {
        AttributeMap attributes = node.Attributes.Count == 0 ? node.Attributes : node.Attributes.MapBodies(Lower);
        if (node.Op.Domain.Length > 0 || (node.Version == 0 && OperatorSchemas.Default.Canonical(node.Op) is null))
        {
            if (ReferenceEquals(attributes, node.Attributes)) builder.Append(node);
            else builder.Define(node.Op, node.Inputs.AsSpan(), node.Outputs.AsSpan(), attributes, node.Name, node.Version, node.Metadata);
            return !ReferenceEquals(attributes, node.Attributes);
        }
        string? fault = node.Version != 0 ? KeptFault(node) : null;
        var edit = new NodeEdit(builder, node.Op, node.Inputs.AsSpan(), attributes, [.. node.Outputs.Select(o => o is not null)]);
        if (node.Version == 0 && opset < OperatorSchemas.CanonicalOpset)
        {
            ImmutableArray<OpsetStep> steps = OpsetSteps.Between(
                node.Op, forParser ? OpsetForm.Find(node.Op, opset)!.Since : opset, OperatorSchemas.CanonicalOpset);
            for (int i = steps.Length - 1; i >= 0 && fault is null && edit.Op == node.Op; i--) fault = steps[i].Down(edit);
            fault ??= SchemaFault(node, edit);
        }
        if (fault is not null) _faults.Add(OnnxCodes.CannotExport.At(node.Label, $"opset {opset} cannot express it: {fault}"));

        if (edit.Op == node.Op && ReferenceEquals(edit.Attributes, node.Attributes)
            && edit.Inputs.SequenceEqual(node.Inputs) && node.Version == 0)
        {
            builder.Append(node);
            return false;
        }
        foreach (Value? v in node.Inputs)
            if (v is { IsConstant: true } && !edit.Inputs.Contains(v)) released.Add(v);
        builder.Define(edit.Op, [.. edit.Inputs], node.Outputs.AsSpan(), edit.Attributes, node.Name, 0, node.Metadata);
        return true;
    }

    /// <summary>
    /// Why a node that keeps an old version cannot be written; it can where the opset still has that version. A function that
    /// imports the old version would not help: ONNX Runtime 1.29 reads a function's nodes in the opset of the model (a Softmax of
    /// opset 11 in a function of that opset silently computes what it does since 13).
    /// </summary>
    /// <returns>The reason, or null.</returns>
    private string? KeptFault(Node node)
    {
        OperatorSchema? kept = OperatorSchemas.Default.Find(node.Op, node.Version), there = OperatorSchemas.Default.Find(node.Op, opset);
        if (kept is not null && ReferenceEquals(kept, there)) return null;
        var edit = new NodeEdit(new(DeclaredTypes.Instance), node.Op, node.Inputs.AsSpan(), node.Attributes,
            [.. node.Outputs.Select(o => o is not null)]);
        string? reason = OpsetNormalizer.Raise(edit, OpsetSteps.Between(node.Op, node.Version, OperatorSchemas.CanonicalOpset));
        return $"it keeps the meaning of opset {node.Version}{(reason is null ? "" : $", because {reason}")}";
    }

    /// <summary>Why the operator's version in the older opset does not accept the node: its inputs, outputs or types.</summary>
    /// <returns>The reason, or null.</returns>
    private string? SchemaFault(Node node, NodeEdit edit)
    {
        if ((forParser ? OpsetForm.Find(edit.Op, opset) : OperatorSchemas.Default.Find(edit.Op, opset)) is not { } schema)
            return $"the operator is new in opset {OperatorSchemas.Default.Versions(edit.Op)[0].Since}";
        if (schema.IsDeprecated) return "the operator is deprecated there";
        if (edit.Inputs.Count > schema.MaxInputs)
            return $"input '{OperatorSchemas.Default.Canonical(edit.Op)!.Input(schema.MaxInputs)?.Name}' is newer";
        if (edit.OutputCount > schema.MaxOutputs) return $"it has {edit.OutputCount} outputs";
        if (forParser) return null; // the operator table decides on types
        OperatorSchema today = OperatorSchemas.Default.Canonical(edit.Op)!;
        for (int i = 0; i < Math.Max(edit.Inputs.Count, schema.MinInputs); i++)
            if (ParameterFault("input", edit.Input(i), schema.Input(i), today.Input(i)) is { } fault) return fault;
        for (int i = 1; i < edit.Inputs.Count; i++)
            if (UnequalFault(edit, i, schema, today) is { } fault) return fault;
        for (int i = 0; edit.Op == node.Op && i < node.Outputs.Length; i++)
            if (ParameterFault("output", node.Outputs[i], schema.Output(i), today.Output(i)) is { } fault) return fault;
        return null;
    }

    /// <summary>
    /// Inputs that must have one type in the older version and may have several in the present one, for instance the statistics of a
    /// BatchNormalization.
    /// </summary>
    /// <returns>The reason, or null.</returns>
    private static string? UnequalFault(NodeEdit edit, int input, OperatorSchema then, OperatorSchema today)
    {
        if (then.Input(input) is not { MayDiffer: false } formal || today.Input(input) is not { } now
            || edit.Input(input) is not { } value) return null;
        for (int i = 0; i < input; i++)
            if (then.Input(i) is { } other && other.Type == formal.Type && today.Input(i)?.Type != now.Type && edit.Input(i) is { } first
                && first.ElementType != value.ElementType)
                return $"inputs '{other.Name}' and '{formal.Name}' must have one type";
        return null;
    }

    /// <summary>Why the older version rejects a value that the present one accepts; what both reject is a fault of the model.</summary>
    /// <returns>The reason, or null.</returns>
    private static string? ParameterFault(string what, Value? value, SchemaParameter? then, SchemaParameter? today)
    {
        if (then is null || today is null) return null;
        if (value is null) return what == "input" && then.IsRequired && !today.IsRequired ? $"input '{then.Name}' must be given" : null;
        return !then.Types.Allows(value.Type) && today.Types.Allows(value.Type) ? $"{what} '{then.Name}' cannot be {value.Type}" : null;
    }
}
