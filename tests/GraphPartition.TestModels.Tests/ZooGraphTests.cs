using GraphPartition.Ir;
using GraphPartition.TestModels;

namespace GraphPartition.Tests.TestModels;

/// <summary>What can be said of the zoo's models without running them.</summary>
public class ZooGraphTests
{
    public static TheoryData<string> Names => [.. ModelZoo.Entries.Select(e => e.Name)];

    public static TheoryData<string> Published => [.. ModelZoo.Entries.Where(e => e.Parameters is not null).Select(e => e.Name)];

    [Theory, MemberData(nameof(Published))]
    public void A_network_has_its_published_number_of_parameters(string name)
    {
        ZooEntry entry = ModelZoo.Find(name)!;
        IEnumerable<Value> trained = entry.Build().Graph.Constants.Where(IsTrained);
        Assert.Equal(entry.Parameters, trained.Sum(c => c.Data!.ElementCount));
    }

    [Theory, MemberData(nameof(Names))]
    public void Values_have_a_type_and_a_name_of_their_own(string name)
    {
        Graph graph = ModelZoo.Find(name)!.Build().Graph;
        Assert.Null(GraphVerifier.FindFault(graph));
        Value[] values = [.. graph.Inputs, .. graph.Constants, .. graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>()];
        Assert.All(values, v => Assert.NotNull(v.Shape));
        Assert.All(values, v => Assert.NotEqual("", v.Name));
        Assert.Equal(values.Length, values.DistinctBy(v => v.Name).Count());
    }

    [Fact]
    public void Names_are_found_and_differ()
    {
        Assert.All(ModelZoo.Entries, e => Assert.Same(e, ModelZoo.Find(e.Name)));
        Assert.Null(ModelZoo.Find("LeNet"));
    }

    private static bool IsTrained(Value constant) =>
        constant.Name.EndsWith(".weight", StringComparison.Ordinal) || constant.Name.EndsWith(".bias", StringComparison.Ordinal);
}
