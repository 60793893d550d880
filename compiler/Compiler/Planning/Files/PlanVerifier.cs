using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Compiler.Planning.Files;

/// <summary>Checks plan files and compiled models without trusting the program that wrote them.</summary>
public static class PlanVerifier
{
    /// <summary>Everything that is wrong with a plan file: in its certificate, or between that and its summary.</summary>
    public static IReadOnlyList<string> Verify(PlanFile file)
    {
        var faults = new List<string>(file.Proof.Verify());
        Compare(file.Summary, file.Proof, "", faults);
        return faults;
    }

    /// <summary>
    /// Everything that is wrong with a compiled model: the plan that it carries, whether its own segments form a cycle or stand in the
    /// wrong order, whether its groups are the engines of the plan, and whether an engine was built from other nodes or weights.
    /// </summary>
    public static IReadOnlyList<string> Verify(CompiledModel compiled, PlanFile file)
    {
        var faults = new List<string>(Verify(file));
        Graph graph = compiled.Model.Graph;
        if (GraphVerifier.FindFault(graph) is { } fault) faults.Add(fault);
        else Compare(graph, compiled.Cut, file.Summary, "", faults);
        faults.AddRange(EngineOrigin.FindUnusable(compiled.Lower()).Select(s => $"TrtNode_{s.Group.Id}: {s.Reason}"));
        return faults;
    }

    private static void Compare(PlanReport summary, PlanProof proof, string where, List<string> faults)
    {
        int engines = proof.Segments.Count(s => s.Engine);
        Same("nodes", summary.Nodes, proof.Nodes.Length);
        Same("supported nodes", summary.Supported, proof.Nodes.Count(n => n.Supported));
        Same("engines", summary.Engines.Length, engines);
        Same("engines as the minimum", summary.MinimumEngines, proof.Bound);
        Same("segments", summary.Segments, proof.Segments.Length);
        if (summary.IsMinimum != (engines == proof.Bound))
            faults.Add($"{where}the summary is wrong about whether {engines} engines are the minimum");
        IReadOnlyList<BodyReport> bodies = summary.Bodies ?? [];
        IReadOnlyList<BodyProof> proofs = proof.Bodies ?? [];
        Same("bodies", bodies.Count, proofs.Count);
        foreach ((BodyReport body, BodyProof of) in bodies.Zip(proofs))
            Compare(body.Plan, of.Proof, $"body {body.Body} of {body.Node}: ", faults);

        void Same(string what, int told, int counted)
        {
            if (told != counted) faults.Add($"{where}the summary has {told} {what}, the proof has {counted}");
        }
    }

    private static void Compare(Graph graph, Cut cut, PlanReport summary, string where, List<string> faults)
    {
        PartitionGraph topology = GraphTopology.Of(graph);
        var segmentOf = new int[graph.Nodes.Length];
        foreach (GraphSegment segment in cut.Segments)
            foreach (int n in segment.Nodes) segmentOf[n] = segment.Index;
        if (AcyclicityChecker.FindCycle(topology, segmentOf) is { } cycle)
            faults.Add($"{where}the segments form a cycle: {cycle.ToString(n => graph.Nodes[n].DisplayName, s => $"segment {s}")}");
        for (int n = 0; n < segmentOf.Length; n++)
            foreach (int next in topology.Successors(n))
                if (segmentOf[next] < segmentOf[n])
                    faults.Add($"{where}{graph.Nodes[next].Label} runs before {graph.Nodes[n].Label}, whose result it needs");

        if (cut.Groups.Length != summary.Engines.Length)
            faults.Add($"{where}the file has {cut.Groups.Length} groups, its plan {summary.Engines.Length} engines");
        foreach ((TrtNode group, EngineReport engine) in cut.Groups.Zip(summary.Engines))
        {
            if (group.Id != engine.Id) faults.Add($"{where}TrtNode_{group.Id} is at the place of engine {engine.Id} of the plan");
            if (!Same(group.Segment.Inputs, engine.Inputs) || !Same(group.Segment.Outputs, engine.Outputs))
                faults.Add($"{where}TrtNode_{group.Id} has other inputs or outputs than engine {engine.Id} of the plan");
        }
        foreach ((BodyCut body, BodyReport report) in cut.Bodies.Zip(summary.Bodies ?? []))
            Compare(body.In(graph), body.Cut, report.Plan, $"{where}body {body.Body} of {report.Node}: ", faults);

        static bool Same(ImmutableArray<Value> values, ImmutableArray<string> names) =>
            values.Select(v => v.Name).ToHashSet().SetEquals(names);
    }
}
