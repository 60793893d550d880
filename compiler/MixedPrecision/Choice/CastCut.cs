namespace GraphPartition.MixedPrecision.Choice;

/// <summary>
/// Chooses the precision of the nodes that may have either so that the fewest Casts are needed. A value costs a Cast where it is computed
/// in one precision and any number of nodes use it in the other; that is a minimum cut between FP32 (the source) and 16 bits (the sink).
/// Of equal choices the one with the most nodes in 16 bits is taken.
/// </summary>
internal static class CastCut
{
    /// <summary>Sets <see cref="GraphPlan.IsLow"/>.</summary>
    public static void Choose(GraphPlan plan)
    {
        Graph graph = plan.Graph;
        var cut = new MinimumCut();
        var nodes = new int[graph.Nodes.Length];
        bool mayChange = false;
        for (int n = 0; n < nodes.Length; n++)
        {
            nodes[n] = plan.Choices[n].Role switch
            {
                NodeRole.Faster or NodeRole.CastFromLow => MinimumCut.Sink,
                NodeRole.Follows or NodeRole.CastFromOther => cut.AddNode(),
                _ => MinimumCut.Source,
            };
            mayChange |= nodes[n] != MinimumCut.Source || plan.Choices[n].Role == NodeRole.CastToLow;
        }
        if (!mayChange && plan.LowInputs.Count == 0) return;
        var low = new List<int>();
        for (int id = 0; id < graph.Uses.ValueCount; id++)
            if (graph.Uses[id] is { ElementType: ElementType.Float32, IsConstant: false } value) AddValue(value, id);
        bool[] isFull = cut.SourceSide();
        for (int n = 0; n < nodes.Length; n++) plan.IsLow[n] = plan.Choices[n].Form is not null && !isFull[nodes[n]];

        void AddValue(Value value, int id)
        {
            int p = graph.Uses.ProducerOf(id), producer;
            if (p < 0) producer = plan.LowInputs.Contains(value) ? MinimumCut.Sink : MinimumCut.Source;
            else
            {
                producer = nodes[p];
                if (plan.Choices[p].Form is { } form && !form.Outputs[graph.Nodes[p].Outputs.IndexOf(value)]) producer = MinimumCut.Source;
            }
            low.Clear();
            bool isFullUsed = false, isLowUsed = false;
            if (graph.Uses.IsOutput(value))
            {
                isLowUsed |= plan.IsLowOutput(value);
                isFullUsed |= !plan.IsLowOutput(value);
            }
            foreach (int u in graph.Uses.UsersOf(id))
            {
                Use use = plan.UseOf(u, value);
                isFullUsed |= (use & Use.Full) != 0;
                isLowUsed |= (use & Use.Low) != 0;
                if ((use & Use.AsNode) != 0) low.Add(nodes[u]);
            }
            // In FP32 there, in 16 bits here: producer on the side of the source, a user on the other.
            if (isLowUsed) low.Add(MinimumCut.Sink);
            Join(low, to => cut.AddArc(producer, to, 1), (hub, to) => cut.AddArc(hub, to, MinimumCut.Infinite),
                hub => cut.AddArc(producer, hub, 1));
            // In 16 bits there, in FP32 here.
            if (isLowUsed) low.RemoveAt(low.Count - 1);
            if (isFullUsed) low.Add(MinimumCut.Source);
            Join(low, from => cut.AddArc(from, producer, 1), (hub, from) => cut.AddArc(from, hub, MinimumCut.Infinite),
                hub => cut.AddArc(hub, producer, 1));
        }

        void Join(List<int> users, Action<int> direct, Action<int, int> toHub, Action<int> hubArc)
        {
            if (users.Count == 1) direct(users[0]);
            if (users.Count < 2) return;
            int hub = cut.AddNode();
            hubArc(hub);
            foreach (int user in users) toHub(hub, user);
        }
    }
}
