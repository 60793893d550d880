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
        var cut = new MinimumCut(graph.Nodes.Length, graph.Uses.UseCount);
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
            Join(producer, isFrom: true);
            // In 16 bits there, in FP32 here.
            if (isLowUsed) low.RemoveAt(low.Count - 1);
            if (isFullUsed) low.Add(MinimumCut.Source);
            Join(producer, isFrom: false);
        }

        // One arc of capacity 1 between the producer and all users together, in one of the two directions.
        void Join(int producer, bool isFrom)
        {
            if (low.Count == 0) return;
            int hub = low.Count == 1 ? low[0] : cut.AddNode();
            Arc(producer, hub, 1);
            if (low.Count == 1) return;
            foreach (int user in low) Arc(hub, user, MinimumCut.Infinite);

            void Arc(int a, int b, int capacity) => cut.AddArc(isFrom ? a : b, isFrom ? b : a, capacity);
        }
    }
}
