using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.MixedPrecision.Choice;
using GraphPartition.MixedPrecision.Constants;

namespace GraphPartition.MixedPrecision.Rewriting;

/// <summary>
/// The values of a converted graph in FP32 and in 16 bits. A Cast directly follows the node that computes its input, so there is one
/// for each value and type. Bodies find the values of the graphs around them here.
/// </summary>
internal sealed class ValueForms(GraphPlan plan, PrecisionOptions options, PassContext context, LowConstants constants, ValueForms? outer)
{
    private readonly Dictionary<Value, Value> _full = [], _low = [];
    private readonly HashSet<Value> _constants = [.. plan.Graph.Constants];

    /// <summary>Takes the nodes of the converted graph.</summary>
    public GraphBuilder Builder { get; } = new(context.Operators, context.Scope, plan.Graph.Nodes.Length)
    {
        Name = plan.Graph.Name,
        Metadata = plan.Graph.Metadata,
    };

    /// <summary>Casts that were added here.</summary>
    public List<Node> Casts { get; } = [];

    /// <summary>The FP32 constants that 16-bit constants were made from.</summary>
    public Dictionary<Value, Value> Originals { get; } = [];

    /// <summary>Whether the graph is a main graph, whose outputs keep their names.</summary>
    public bool IsMain => outer is null;

    /// <summary>The value in its own type, which may be FP32 or not.</summary>
    public Value Full(Value value)
    {
        for (ValueForms? at = this; at is not null; at = at.OuterForms)
        {
            if (at._full.TryGetValue(value, out Value? known)) return known;
            if (at._constants.Contains(value)) return at.AddConstant(value);
        }
        return value;
    }

    /// <summary>The value in 16 bits.</summary>
    public Value Low(Value value)
    {
        for (ValueForms? at = this; at is not null; at = at.OuterForms)
        {
            if (at._low.TryGetValue(value, out Value? known)) return known;
            if (at._constants.Contains(value)) return at.AddLowConstant(value);
        }
        throw new InvalidOperationException($"{value} has no 16-bit form");
    }

    /// <summary>The value in the type that it is computed in.</summary>
    public Value Any(Value value)
    {
        for (ValueForms? at = this; at is not null; at = at.OuterForms)
        {
            if (at._full.TryGetValue(value, out Value? full)) return full;
            if (at._low.TryGetValue(value, out Value? low)) return low;
        }
        return Full(value);
    }

    /// <summary>The type of a value in 16 bits.</summary>
    public IrType LowType(Value value) => IrType.Tensor(options.Format.Element, value.Shape);

    /// <summary>The name of a value that is computed in FP32. An output that becomes 16 bits takes the name with it.</summary>
    public string FullName(Value value) => IsOutput(value) && plan.IsLowOutput(value) ? context.Fresh(value.Name + "_fp32") : value.Name;

    /// <summary>The name of a value that is computed in 16 bits. An output that keeps FP32 keeps its name.</summary>
    public string LowName(Value value) => NameOfOutputCast(value)
        ?? (IsOutput(value) && !plan.IsLowOutput(value) ? FreshLowName(value) : value.Name);

    /// <summary>A new name for the 16-bit form of a value that also keeps its FP32 form.</summary>
    public string FreshLowName(Value value) => IsOutput(value) && plan.IsLowOutput(value) ? value.Name
        : NameOfOutputCast(value) ?? CastsOfModel(value).FirstOrDefault()?.Name ?? context.Fresh($"{value.Name}_{options.Format.Name}");

    /// <summary>Whether a value is an output whose name must stay.</summary>
    public bool KeepsName(Value value) => IsOutput(value);

    /// <summary>The fill of a ConstantOfShape in 16 bits; without one it fills with 0 of FP32.</summary>
    public TensorData Converted(TensorData? fill) =>
        constants.Converted(fill ?? TensorData.Of<float>(ElementType.Float32, [0f], 1));

    /// <summary>Records a value that is computed in its own type, and casts it where it is needed in 16 bits.</summary>
    public void SetFull(Value value, Value with)
    {
        if (!ReferenceEquals(value, with)) _full[value] = with;
        if (!Needs(plan.NeedsLow, value)) return;
        _full[value] = with;
        _low[value] = Cast(with, FreshLowName(value), LowType(value), value.Metadata);
    }

    /// <summary>Records a value that is computed in 16 bits, and casts it where it is needed in FP32.</summary>
    public void SetLow(Value value, Value with)
    {
        _low[value] = with;
        if (!Needs(plan.NeedsFull, value)) return;
        string name = IsOutput(value) && !plan.IsLowOutput(value) ? value.Name : context.Fresh(value.Name + "_fp32");
        _full[value] = Cast(with, name, value.Type, value.Metadata);
    }

    /// <summary>Records both forms without a Cast.</summary>
    public void SetBoth(Value value, Value full, Value low) => (_full[value], _low[value]) = (full, low);

    /// <summary>Records only the 16-bit form.</summary>
    public void SetOnlyLow(Value value, Value low) => _low[value] = low;

    /// <summary>Whether a value is needed in FP32.</summary>
    public bool NeedsFull(Value value) => Needs(plan.NeedsFull, value);

    /// <summary>Whether a value is needed in 16 bits.</summary>
    public bool NeedsLow(Value value) => Needs(plan.NeedsLow, value);

    /// <summary>Adds a Cast.</summary>
    public Value Cast(Value from, string name, IrType to, ValueMetadata? metadata = null)
    {
        AttributeMap attributes = AttributeMap.Of(("to", (long)((TensorType)to).Element));
        Casts.Add(Builder.Add("Cast", [from], [new OutputSpec(name, to, metadata)], attributes, name));
        return Casts[^1].Outputs[0]!;
    }

    private ValueForms? OuterForms => outer;

    /// <summary>The name of an output that the model casts to the format from this value; null: there is none.</summary>
    private string? NameOfOutputCast(Value value) => IsMain ? CastsOfModel(value).FirstOrDefault(IsOutput)?.Name : null;

    /// <summary>What the model itself casts to the format from this value: their names stay.</summary>
    private IEnumerable<Value> CastsOfModel(Value value)
    {
        if (plan.Graph.Uses.IdOf(value) is not (>= 0 and var id)) yield break;
        foreach (int user in plan.Graph.Uses.UsersOf(id).ToArray())
            if (plan.Choices[user].Role == NodeRole.CastToLow) yield return plan.Graph.Nodes[user].Outputs[0]!;
    }

    private bool IsOutput(Value value) => IsMain && plan.Graph.Uses.IdOf(value) >= 0 && plan.Graph.Uses.IsOutput(value);

    private bool Needs(bool[] needs, Value value) => plan.Graph.Uses.IdOf(value) is >= 0 and var id && needs[id];

    private Value AddConstant(Value value)
    {
        Value full = plan.Masks.TryGetValue(value, out TensorData? mask)
            ? Builder.Constant(context.Fresh(value.Name + "_mask"), mask) : value;
        if (ReferenceEquals(full, value)) Builder.Constant(value);
        return _full[value] = full;
    }

    private Value AddLowConstant(Value value)
    {
        bool isLargeAndShared = NeedsFull(value) && value.Data!.ByteCount > options.CopyLimit;
        string name = NeedsFull(value) || plan.Masks.ContainsKey(value) ? context.Fresh($"{value.Name}_{options.Format.Name}") : value.Name;
        if (isLargeAndShared) return _low[value] = Cast(Full(value), name, LowType(value));
        Value low = Builder.Constant(name, constants.Converted(plan.Masks.GetValueOrDefault(value, value.Data!)), value.Metadata);
        if (!plan.Masks.ContainsKey(value)) Originals[low] = value;
        return _low[value] = low;
    }
}
