using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Scheduling;

namespace GraphPartition.Runtime.Tests.Property;

/// <summary>Which nodes the host takes over, on random graphs with a random third of the operators lacking on the device.</summary>
public sealed class HostPlacementProperties
{
    [Fact]
    public void The_host_computes_what_it_can_and_what_it_needs()
    {
        int moved = 0, cases = 0;
        Prop.ForAll(RandomModel.Codes(25), codes =>
        {
            Graph graph = RandomModel.FromCodes(codes).Graph;
            int seed = codes.Length == 0 ? 0 : codes[^1];
            HashSet<int> lacking = [.. Enumerable.Range(0, graph.Nodes.Length).Where(n => (n * 7919 + seed) % 3 == 0)];
            HashSet<int> host = HostPlacement.Of(graph, lacking.Contains, n => n % 5 != 4);
            cases++;
            moved += host.Count;
            return host.All(n => n % 5 != 4 && !lacking.Contains(n) && Needs(n).All(IsThere))
                && host.All(n => Enumerable.Range(0, graph.Nodes.Length).Any(user => IsThere(user) && Needs(user).Contains(n)));

            IEnumerable<int> Needs(int node) => graph.Nodes[node].Inputs.OfType<Value>().Concat(graph.Nodes[node].Captures)
                .Select(v => graph.Uses.ProducerOf(graph.Uses.IdOf(v))).Where(p => p >= 0);

            bool IsThere(int node) => host.Contains(node) || lacking.Contains(node);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
        Assert.True(moved > cases / 10, $"only {moved} nodes in {cases} graphs were taken over");
    }
}
