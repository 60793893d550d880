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
        if (file.Model.Nodes != file.Proof.Nodes.Length)
            faults.Add($"the model has {file.Model.Nodes} nodes, the proof has {file.Proof.Nodes.Length}");
        int first = 0;
        Compare(file.Summary, file.Proof, "", ref first, faults);
        return faults;
    }

    /// <summary>
    /// Everything in which a plan does not fit a model: nodes that are missing, new or changed, and nodes that the target refuses.
    /// </summary>
    /// <param name="file">The plan.</param>
    /// <param name="model">A plan of the model with the options of the first one.</param>
    public static IReadOnlyList<string> Verify(PlanFile file, PlanFile model)
    {
        var faults = new List<string>();
        PlanDiff diff = PlanDiff.Of(file, model);
        faults.AddRange(diff.Options.Select(o => $"the plan is for {o.Option} {o.Before}, the model was planned for {o.After}"));
        foreach (NodeChange change in diff.Nodes)
            if (change.Itself is { } itself) faults.Add($"{change.Op} '{change.Node}': {itself}");
            else if (change.After is null) faults.Add($"the model has no {change.Op} '{change.Node}'");
            else if (change.Before is null) faults.Add($"the plan has no {change.Op} '{change.Node}'");
        string[] refused = [.. PlanDiff.Supported(file.Proof).Except(PlanDiff.Supported(model.Proof))];
        faults.AddRange(refused.Where(name => !diff.Nodes.Any(c => c.Node == name && c.After is null))
            .Select(name => $"the plan says that an engine may take '{name}', the support policy does not"));
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
        if (compiled.Structure is { } structure && structure != ContentKey.StructureOf(compiled.Model.Graph))
            faults.Add("its nodes are not those that were compiled: operators, attributes or connections were changed in the file");
        faults.AddRange(EngineOrigin.FindUnusable(compiled.Lower()).Select(s => $"TrtNode_{s.Group.Id}: {s.Reason}"));
        return faults;
    }

    /// <summary>Recomputes the summary from the proof. Engines are numbered on through the bodies.</summary>
    private static void Compare(PlanReport summary, PlanProof proof, string where, ref int first, List<string> faults)
    {
        int engines = proof.Segments.Count(s => s.Engine);
        Compare(summary, proof, where, first, faults);
        first += engines;
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
            Compare(body.Plan, of.Proof, $"body {body.Body} of {body.Node}: ", ref first, faults);

        void Same(string what, int told, int counted)
        {
            if (told != counted) faults.Add($"{where}the summary has {told} {what}, the proof has {counted}");
        }
    }

    /// <summary>Names in the summary against those in the proof: the nodes of each engine, the witness, and what falls back.</summary>
    private static void Compare(PlanReport summary, PlanProof proof, string where, int first, List<string> faults)
    {
        int[] segments = [.. Enumerable.Range(0, proof.Segments.Length).Where(s => proof.Segments[s].Engine)];
        ILookup<int, string> nodes = proof.Nodes.ToLookup(n => n.Segment, n => n.Name);
        foreach ((int segment, EngineReport engine) in segments.Zip(summary.Engines))
        {
            int id = first++;
            if (engine.Id != id) faults.Add($"{where}engine {engine.Id} of the summary is at the place of engine {id}");
            if (!engine.Nodes.SequenceEqual(nodes[segment])) faults.Add($"{where}engine {engine.Id} has other nodes in the summary than in the proof");
        }
        if (!summary.Witness.SequenceEqual(proof.Witness.Where(n => n >= 0 && n < proof.Nodes.Length).Select(n => proof.Nodes[n].Name)))
            faults.Add($"{where}the summary has another witness than the proof");
        HashSet<(string, int, string)> fallback = [.. proof.Nodes.Where(n => n.Reason is not null).GroupBy(n => (n.Op, n.Reason!))
            .Select(g => (g.Key.Op, g.Count(), g.Key.Item2))];
        if (!fallback.SetEquals(summary.Fallback.Select(f => (f.Op, f.Count, f.Reason))))
            faults.Add($"{where}the summary has other operators or reasons for the fallback than the proof");
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
