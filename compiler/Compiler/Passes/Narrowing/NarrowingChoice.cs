using GraphPartition.Operators.Analysis;
using GraphPartition.Operators.Definitions;
using GraphPartition.Operators.Families;
using GraphPartition.Operators.Schemas;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Passes.Narrowing;

/// <summary>Which inputs and outputs of a node become narrow, and its attributes then.</summary>
internal sealed record NarrowForm(bool[] Inputs, bool[] Outputs, AttributeMap Attributes);

/// <summary>Decides which nodes of a graph compute in the narrow type.</summary>
internal sealed class NarrowingChoice
{
    private readonly Graph _graph;
    private readonly ElementType _wide, _narrow;
    private readonly PassContext _context;
    private readonly NarrowedValues _values;
    private readonly GraphBounds _facts;
    private readonly HashSet<Value> _indices = [];
    private readonly HashSet<Value> _graphInputs;
    private readonly bool _isLossAllowed;
    private readonly TensorRtTarget _strict; // supports only what loses nothing

    public NarrowingChoice(Graph graph, ElementType wide, ElementType narrow, PassContext context, NarrowedValues values)
    {
        (_graph, _wide, _narrow, _context, _values) = (graph, wide, narrow, context, values);
        _facts = GraphBounds.Of(graph, context.Operators, BoundsQuestion.Numbers);
        _graphInputs = [.. graph.Inputs];
        _isLossAllowed = wide == ElementType.Int64 ? context.Target.AllowsInt64AsInt32 : context.Target.AllowsDoubleAsFloat;
        _strict = context.Target with { AllowsInt64AsInt32 = false, AllowsDoubleAsFloat = false };
        if (wide == ElementType.Int64) FindIndices();
    }

    /// <summary>Whether the narrow type can hold a value.</summary>
    public bool Fits(Value value) => _isLossAllowed || _facts.Fits(value, _narrow) || _indices.Contains(value);

    /// <summary>The narrow form of a node; a reason where a value does not fit into it; nothing where the node has none.</summary>
    public Match<NarrowForm> FormOf(Node node)
    {
        if (node.Version != 0 || _context.Operators.Find(node.Op)?.Schema is not { } schema || !node.Attributes.Bodies().IsEmpty)
            return default;
        NarrowForm form = Wanted(node, schema);
        if (!form.Inputs.Contains(true) && !form.Outputs.Contains(true)) return default;
        bool isSupported = _context.Operators.SupportOf(node, _strict).IsYes;
        if (isSupported && !IsFree(node, form)) return default;
        bool changesResult = _wide == ElementType.Float64 && !_isLossAllowed
            && !form.Outputs.Contains(true) && !OperatorDefinitions.Of(node.Op).ReadsNumbers;
        if (changesResult) return Match.No($"its result may depend on digits that {_narrow.Keyword()} does not have");
        if (!Fits(node, form))
            return isSupported ? default : Match.No(
                $"its numbers may be out of the range of {_narrow.Keyword()}; --allow-narrowing computes it in {_narrow.Keyword()} anyway");
        Verdict support = _context.Operators.SupportOf(Trial(node, form), _strict);
        return support.IsYes ? form : Match.No($"{_context.Target} does not support it in {_narrow.Keyword()} either: {support.Reason}");
    }

    /// <summary>Inputs and outputs whose type variables allow the narrow type; an output follows an input or a type attribute.</summary>
    private NarrowForm Wanted(Node node, OperatorSchema schema)
    {
        var inputs = new bool[node.Inputs.Length];
        var outputs = new bool[node.Outputs.Length];
        var variables = new HashSet<string>();
        AttributeMap attributes = node.Attributes;
        for (int i = 0; i < inputs.Length; i++)
            if (node.Inputs[i]?.ElementType == _wide && schema.Input(i) is { } p && p.Types.Allows(_narrow))
            {
                inputs[i] = true;
                variables.Add(p.Type);
            }
        bool isFill = node.Op.Is("ConstantOfShape") && node.Attributes.Tensor("value") is { } fill && fill.Element == _wide;
        if (isFill) attributes = attributes.With("value", NarrowedValues.Converted(node.Attributes.Tensor("value")!));
        for (int o = 0; o < outputs.Length; o++)
            outputs[o] = node.Outputs[o]?.ElementType == _wide && schema.Output(o) is { } p && p.Types.Allows(_narrow)
                && (isFill || variables.Contains(p.Type));
        return new(inputs, outputs, attributes);
    }

    /// <summary>
    /// Whether the narrow form of a node that the target supports anyway saves a cast, or moves one to the start of the graph.
    /// </summary>
    private bool IsFree(Node node, NarrowForm form)
    {
        bool isFree = false;
        for (int i = 0; i < form.Inputs.Length; i++)
        {
            if (!form.Inputs[i] || node.Inputs[i]!.IsConstant) continue;
            if (!_values.Has(node.Inputs[i]!) && !_graphInputs.Contains(node.Inputs[i]!)) return false;
            isFree = true;
        }
        return isFree;
    }

    private bool Fits(Node node, NarrowForm form)
    {
        for (int i = 0; i < form.Inputs.Length; i++)
            if (form.Inputs[i] && !Fits(node.Inputs[i]!) && OperatorDefinitions.Of(node.Op).AnyWidthInput != i) return false;
        for (int o = 0; o < form.Outputs.Length; o++)
            if (form.Outputs[o] && !Fits(node.Outputs[o]!)) return false;
        return true;
    }

    /// <summary>The narrow node by itself, for the verdict of the target.</summary>
    private Node Trial(Node node, NarrowForm form)
    {
        var builder = new GraphBuilder(_context.Operators, new BuildScope());
        Value?[] inputs = [.. node.Inputs.Select((v, i) => v is null || !form.Inputs[i] ? v
            : new Value(v.Name, IrType.Tensor(_narrow, v.Shape), v.Data is { } data ? NarrowedValues.Converted(data) : null, v.Elements))];
        OutputSpec[] outputs = [.. node.Outputs.Select((v, o) =>
            v is null ? default : new OutputSpec(v.Name, form.Outputs[o] ? IrType.Tensor(_narrow, v.Shape) : v.Type))];
        return builder.Add(node.Op, inputs, outputs, form.Attributes, node.Name);
    }

    /// <summary>
    /// Finds values that are only used, directly or moved, as indices into a dimension: no dimension of a TensorRT tensor needs more
    /// than 32 bits.
    /// </summary>
    private void FindIndices()
    {
        for (int n = _graph.Nodes.Length - 1; n >= 0; n--)
            foreach (Value? v in _graph.Nodes[n].Outputs)
                if (v is not null) Consider(v);
        foreach (Value v in _graph.Inputs) Consider(v);

        void Consider(Value value)
        {
            if (value.ElementType != _wide || _graph.Uses.IsOutput(value) || _graph.Uses.UsersOf(value).Length == 0) return;
            foreach (int user in _graph.Uses.UsersOf(value))
                if (!IsIndexOf(value, _graph.Nodes[user])) return;
            _indices.Add(value);
        }
    }

    private bool IsIndexOf(Value value, Node user)
    {
        if (user.Captures.Contains(value) || user.Version != 0) return false;
        OperatorDefinition op = OperatorDefinitions.Of(user.Op);
        for (int i = 0; i < user.Inputs.Length; i++)
        {
            if (!ReferenceEquals(user.Inputs[i], value) || op.AnyWidthInput == i) continue;
            if (!op.MovesElements || (i > 0 && !user.Op.Is("Concat"))
                || !user.Outputs.All(o => o is null || _indices.Contains(o))) return false;
        }
        return true;
    }
}
