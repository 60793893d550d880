using GraphPartition.Compiler.Planning;
using GraphPartition.Quantization.Placement;

namespace GraphPartition.Quantization.Targets;

/// <summary>Whether quantization keeps the engines of the FP32 model: none more, none split, no layer out of its engine.</summary>
internal sealed class EngineChoice
{
    private readonly TargetCompiler _compiler;
    private readonly Dictionary<string, (int Segment, Verdict Placement)> _before;
    private readonly Dictionary<string, int> _producers;
    private readonly int _engines, _boundaries;

    /// <summary>Plans the FP32 model.</summary>
    public EngineChoice(TargetCompiler compiler, Model model)
    {
        _compiler = compiler;
        PartitionPlan plan = compiler.Plan(model);
        (_engines, _boundaries) = (plan.TotalEngines, plan.BoundaryTensors);
        _before = Places(plan);
        _producers = [];
        foreach (Node node in model.Graph.Nodes)
            foreach (Value? input in node.Inputs)
                if (input is not null) _producers[input.Name] = SegmentOf(input.Name);
        Counts = (_engines, _engines);
    }

    /// <summary>Engines of the FP32 model and of the last quantized one.</summary>
    public (int Before, int After) Counts { get; private set; }

    /// <summary>Why a layer is in no engine; null: it is in one.</summary>
    public string? WhyNot(Node node) => node.Output(0) is not { } result || !_before.TryGetValue(result.Name, out var place) ? null
        : place.Placement.IsYes ? null : $"no engine takes it: {place.Placement.Reason}";

    /// <summary>
    /// Uses with equal numbers share a pair: those in the engine of the producer. A pair in front of another engine is for it alone, so
    /// that its quantized tensor never crosses a boundary.
    /// </summary>
    public int PairOf(Node user) => user.Output(0) is { } result ? SegmentOf(result.Name) : 0;

    /// <summary>The layers that quantization takes out of their engine, or that make it split.</summary>
    /// <param name="model">The quantized model.</param>
    /// <param name="plan">The layers.</param>
    /// <param name="chosen">Which are quantized.</param>
    public IReadOnlyList<(int Layer, string Reason)> Objections(Model model, QuantizationPlan plan, bool[] chosen)
    {
        PartitionPlan after = _compiler.Plan(model);
        Counts = (_engines, after.TotalEngines);
        var placements = new Dictionary<Node, Verdict>(ReferenceEqualityComparer.Instance);
        var nodes = new Dictionary<string, Node>();
        for (int n = 0; n < after.Graph.Nodes.Length; n++)
        {
            placements[after.Graph.Nodes[n]] = after.Placements[n];
            foreach (Value? output in after.Graph.Nodes[n].Outputs)
                if (output is not null) nodes[output.Name] = after.Graph.Nodes[n];
        }
        var objections = new List<(int, string)>();
        for (int l = 0; l < chosen.Length; l++)
            if (chosen[l] && nodes.TryGetValue(plan.Layers[l].Node.Output(0)!.Name, out Node? layer)
                && Whole(layer, after.Graph).Select(n => placements[n]).FirstOrDefault(v => !v.IsYes) is { Reason: not null } no)
                objections.Add((l, $"quantized, it leaves its engine: {no.Reason}"));
        if (objections.Count > 0 || (after.TotalEngines <= _engines && after.BoundaryTensors <= _boundaries)) return objections;
        string reason = after.TotalEngines > _engines
            ? $"its pairs would make {after.TotalEngines} engines of {_engines}"
            : $"its pairs would add boundaries: {after.BoundaryTensors} instead of {_boundaries}";
        // The layers next to a boundary are at fault; without one nothing can be at fault but all.
        int[] atEdge = [.. Enumerable.Range(0, chosen.Length).Where(l => chosen[l] && plan.Layers[l].Places.Any(p =>
            _producers.GetValueOrDefault(p.Value.Name, -1) != PairOf(p.User)))];
        return [.. (atEdge.Length > 0 ? atEdge : Enumerable.Range(0, chosen.Length).Where(l => chosen[l])).Select(l => (l, reason))];
    }

    /// <summary>A layer with its DequantizeLinear and QuantizeLinear nodes.</summary>
    private static IEnumerable<Node> Whole(Node layer, Graph graph)
    {
        yield return layer;
        foreach (Value? input in layer.Inputs)
            for (Value? v = input; v is not null && graph.Uses.IdOf(v) >= 0 && graph.Uses.ProducerOf(v) is >= 0 and var n
                && graph.Nodes[n].Op.Type is "DequantizeLinear" or "QuantizeLinear"; v = graph.Nodes[n].Inputs[0])
                yield return graph.Nodes[n];
    }

    private int SegmentOf(string value) => _before.TryGetValue(value, out var place) ? place.Segment : -1;

    private static Dictionary<string, (int, Verdict)> Places(PartitionPlan plan)
    {
        var places = new Dictionary<string, (int, Verdict)>();
        ReadOnlySpan<int> segments = plan.Partitioning.SegmentOf;
        for (int n = 0; n < plan.Graph.Nodes.Length; n++)
            foreach (Value? output in plan.Graph.Nodes[n].Outputs)
                if (output is not null) places[output.Name] = (segments[n], plan.Placements[n]);
        return places;
    }
}
