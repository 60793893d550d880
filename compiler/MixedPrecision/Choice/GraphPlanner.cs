using GraphPartition.MixedPrecision.Constants;
using GraphPartition.MixedPrecision.Diagnostics;

namespace GraphPartition.MixedPrecision.Choice;

/// <summary>Plans a graph and the bodies in it, the innermost first, and collects the reasons.</summary>
internal sealed class GraphPlanner(PrecisionOptions options, OperatorTable operators)
{
    private readonly List<KeptNode> _kept = [];
    private readonly List<Diagnostic> _warnings = [];
    private readonly List<Diagnostic> _faults = [];
    private int _nodes;

    /// <summary>The constants in the format.</summary>
    public LowConstants Constants { get; } = new(options.Format);

    /// <summary>Plans a main graph.</summary>
    /// <exception cref="ModelException">GP3101 for each weight that holds NaN.</exception>
    public GraphPlan Plan(Graph graph)
    {
        GraphPlan plan = Plan(graph, options.ConvertsInterface);
        return _faults.Count == 0 ? plan : throw new ModelException(_faults);
    }

    /// <summary>The report of all that was planned.</summary>
    public PrecisionReport Report(int casts) => new(options.Format.Name, _nodes, [.. _kept], casts, [.. _warnings]);

    private GraphPlan Plan(Graph graph, bool convertsInterface)
    {
        var plan = new GraphPlan(graph, convertsInterface);
        var choice = new FormChoice(graph, options, operators, Constants);
        choice.FindMasks();
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            foreach (Graph body in graph.Nodes[n].Attributes.Bodies())
                if (!plan.Bodies.ContainsKey(body)) plan.Bodies.Add(body, Plan(body, convertsInterface: false));
            plan.Choices[n] = choice.Of(graph.Nodes[n]);
        }
        plan.Masks = choice.Masks;
        foreach (Value v in choice.NotNumbers)
            _faults.Add(PrecisionCodes.NotANumber.At(v.Name, "the weight holds NaN"));
        if (convertsInterface)
            foreach (Value v in graph.Inputs)
                if (v.ElementType == ElementType.Float32 && !choice.BecomesIntegers(v)) plan.LowInputs.Add(v);
        Complete(plan);
        Report(plan);
        return plan;
    }

    /// <summary>
    /// The plan with more nodes in FP32. What each other node may be stays, so only the cut is computed again. More nodes of the source's
    /// side never make it smaller: no node becomes 16 bits that was in FP32.
    /// </summary>
    public static GraphPlan Holding(GraphPlan plan, IReadOnlySet<Node> held)
    {
        var copy = new GraphPlan(plan.Graph, plan.ConvertsInterface) { Masks = plan.Masks };
        copy.LowInputs.UnionWith(plan.LowInputs);
        foreach ((Graph body, GraphPlan inner) in plan.Bodies) copy.Bodies.Add(body, Holding(inner, held));
        for (int n = 0; n < plan.Choices.Length; n++)
            copy.Choices[n] = plan.Choices[n].Form is not null && held.Contains(plan.Graph.Nodes[n]) ? NodeChoice.Full("held") : plan.Choices[n];
        Complete(copy);
        return copy;
    }

    private static void Complete(GraphPlan plan)
    {
        CastCut.Choose(plan);
        SetNeeds(plan);
    }

    private static void SetNeeds(GraphPlan plan)
    {
        GraphUses uses = plan.Graph.Uses;
        for (int id = 0; id < uses.ValueCount; id++)
        {
            Value value = uses[id];
            if (value.ElementType != ElementType.Float32) continue;
            foreach (int u in uses.UsersOf(id))
            {
                Use use = plan.UseOf(u, value);
                bool isLow = plan.IsLow[u];
                plan.NeedsFull[id] |= (use & Use.Full) != 0 || ((use & Use.AsNode) != 0 && !isLow);
                plan.NeedsLow[id] |= (use & Use.Low) != 0 || ((use & Use.AsNode) != 0 && isLow);
            }
            if (!uses.IsOutput(value)) continue;
            plan.NeedsFull[id] |= !plan.IsLowOutput(value);
            plan.NeedsLow[id] |= plan.IsLowOutput(value);
        }
    }

    private void Report(GraphPlan plan)
    {
        for (int n = 0; n < plan.Choices.Length; n++)
        {
            NodeChoice choice = plan.Choices[n];
            if (choice.Role is not (NodeRole.Full or NodeRole.Faster or NodeRole.Follows)) continue;
            _nodes++;
            if (plan.IsLow[n]) continue;
            Node node = plan.Graph.Nodes[n];
            string reason = choice.Reason ?? "its neighbors are in FP32: Casts around it would cost more";
            _kept.Add(new(node.DisplayName, node.Op.ToString(), reason));
            if (choice.IsByConstant) _warnings.Add(PrecisionCodes.ConstantKept.At(node.Label, choice.Reason!));
        }
        foreach (Value mask in plan.Masks.Keys)
            _warnings.Add(PrecisionCodes.MaskClamped.At(mask.Name, $"it holds {Constants.LossOf(mask.Data!).Overflow:g6}, "
                + $"too large for {options.Format.Name}; {LowConstants.LowestMask(options.Format):g6} takes its place"));
    }
}
