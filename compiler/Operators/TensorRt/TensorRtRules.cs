using System.Collections.Concurrent;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.TensorRt;

/// <summary>Decides for one node whether a release of TensorRT runs it; its bodies aside.</summary>
internal static class TensorRtRules
{
    private const int MostUnknown = 10_000;

    private static readonly TensorRtFacts Facts = TensorRtFacts.Default;
    private static readonly ConcurrentDictionary<OpName, Verdict> Unknown = new(); // one text for all nodes of an operator

    /// <summary>Yes, or the first reason why not.</summary>
    /// <param name="node">The node.</param>
    /// <param name="schema">The schema of its operator, or null where none is known.</param>
    /// <param name="target">The release.</param>
    /// <param name="facts">What is proved of the graph's values, or null.</param>
    public static Verdict SupportOf(Node node, OperatorSchema? schema, TensorRtTarget target, GraphBounds? facts)
    {
        if (node.Version != 0) return Verdict.No($"the node is kept in its opset-{node.Version} form", "kept-opset");
        if ((node.Op.Domain.Length > 0 || schema is null) && KnownPlugin.Find(node.Op) is { } plugin) return plugin.SupportOf(node, target);
        if (node.Op.Domain.Length > 0 || schema is null) return OfUnknown(node.Op);
        ReleaseTable table = Facts.Of(target.Release);
        if (table.Find(node.Op.Type) is not { } row)
            return Verdict.No($"{node.Op} is not among the operators of {target}", "unknown-operator");
        if (row.Types is null) return Verdict.No($"{node.Op} is not supported by {target}", "unsupported-operator");
        var types = new NodeTypes(node, schema, row.Types, table, target, facts);
        if (types.Objection() is { } objection) return Verdict.No(objection.Reason, objection.Rule);
        if (Newer(node, schema, table) is { } newer)
            return Verdict.No($"opset {table.Known.NewestOpset}, the newest of {target}, cannot express it: {newer}", "opset");
        foreach (Condition condition in row.Conditions)
            if (condition.Objection(node) is { } reason) return Verdict.No(reason, condition.ToString());
        return Verdict.Yes;
    }

    private static Verdict OfUnknown(OpName op)
    {
        if (Unknown.TryGetValue(op, out Verdict known)) return known;
        Verdict no = Verdict.No(op.Domain == "com.microsoft.nchwc"
            ? $"{op} has weights in the layout of one kind of processor, and the file does not say which: plan the file before ONNX Runtime's "
                + "optimizer, or one of its level 'extended'"
            : $"{op} is not an operator that TensorRT knows", "unknown-operator");
        if (Unknown.Count < MostUnknown) Unknown.TryAdd(op, no);
        return no;
    }

    /// <summary>What of the node is newer than the release; null: nothing.</summary>
    private static string? Newer(Node node, OperatorSchema schema, ReleaseTable table) =>
        table.FormOf(node.Op.Type) is not { } form ? null : Objection(form, node, schema);

    // Apart from its caller: the closure would cost an object for each node of the graph.
    private static string? Objection(OpsetForm form, Node node, OperatorSchema schema) =>
        form.Objection(node, p => IsTyped(node, schema, p));

    /// <summary>Whether the operator's row of element types is about this parameter.</summary>
    private static bool IsTyped(Node node, OperatorSchema schema, SchemaParameter? formal)
    {
        if (formal is null) return false;
        var variables = Facts.Typed(node.Op.Type);
        if (!variables.IsDefault) return variables.Contains(formal.Type);
        SchemaParameter first = schema.Inputs.Length > 0 ? schema.Inputs[0] : schema.Outputs[0];
        return formal.Type == first.Type;
    }

    /// <summary>The element types and the ranks of a node's inputs and outputs, against those that the release takes.</summary>
    private readonly ref struct NodeTypes(
        Node node, OperatorSchema schema, TypeSet types, ReleaseTable table, TensorRtTarget target, GraphBounds? facts)
    {
        public (string Reason, string Rule)? Objection()
        {
            for (int i = 0; i < node.Inputs.Length; i++)
                if (node.Inputs[i] is { } value && Of(new("input", i, schema.Input(i)), value) is { } no) return no;
            for (int i = 0; i < node.Outputs.Length; i++)
                if (node.Outputs[i] is { } value && Of(new("output", i, schema.Output(i)), value) is { } no) return no;
            return null;
        }

        private (string Reason, string Rule)? Of(Place place, Value value)
        {
            if (value.Type is not (TensorType or UnknownType))
                return ($"{place} is {value.Type}; TensorRT has dense tensors only", "tensor");
            if (value.Shape?.Rank > TensorRtTarget.MostDimensions)
                return ($"{place} has {value.Shape.Rank} dimensions, TensorRT's tensors have at most {TensorRtTarget.MostDimensions}", "dimensions");
            ElementType element = value.ElementType;
            if (element == ElementType.Undefined) return ($"the type of {place} is not known", "unknown-type");
            if (IsTyped(node, schema, place.Formal)) return Typed(place, value);
            if (element == ElementType.UInt8) return ($"{place} is u8, which {node.Op} takes for no such value", "element-type");
            return element == ElementType.Int64 || table.Elements.Allows(element)
                ? null : ($"{place} is {element.Keyword()}, which {target} has no tensors of", "element-type");
        }

        private (string Reason, string Rule)? Typed(Place place, Value value)
        {
            ElementType element = value.ElementType;
            if (types.Allows(element)) return Quantized(place, value);
            if (element == ElementType.Float64 && types.Allows(ElementType.Float32))
                return target.AllowsDoubleAsFloat && node.Op.Type != "Cast" // which turns doubles into what an engine can be given
                    ? null : ($"{place} is f64, which TensorRT would compute as f32: digits would be lost", "f64");
            if (element == ElementType.Int64 && types.Allows(ElementType.Int32) && !table.Elements.Allows(element))
                return target.AllowsInt64AsInt32 || value.Elements is not null || facts?.Fits(value, ElementType.Int32) == true
                    ? null : ($"{place} is i64, which {target} would compute as i32: large numbers would be clamped", "i64");
            return ($"{place} is {element.Keyword()}; {node.Op} takes {types} in {target}", "element-type");
        }

        private (string Reason, string Rule)? Quantized(Place place, Value value)
        {
            ElementType element = value.ElementType;
            if (Facts.IsQuantizing(node.Op.Type)) return null;
            if (table.IsQuantized(element))
                return ($"{place} is {element.Keyword()}, which TensorRT has only between QuantizeLinear and DequantizeLinear",
                    "quantized-type");
            return element == ElementType.Int8 && value.IsConstant
                ? ($"{place} is a constant of i8, which TensorRT has only in front of DequantizeLinear", "quantized-constant") : null;
        }
    }

    /// <summary>Which input or output of a node is meant. It becomes a text only if a message needs it.</summary>
    private readonly record struct Place(string Kind, int Index, SchemaParameter? Formal)
    {
        public override string ToString() => Formal is null ? $"{Kind} {Index}" : $"{Kind} {Index} ('{Formal.Name}')";
    }
}
