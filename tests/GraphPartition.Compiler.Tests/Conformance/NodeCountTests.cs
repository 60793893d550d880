using GraphPartition.Benchmarks;
using Xunit;

namespace GraphPartition.Compiler.Tests.Conformance;

/// <summary>Nodes that are left, against ONNX Runtime's own optimizer at its basic level. The table is made by <c>benchmarks
/// passes</c>.</summary>
public sealed class NodeCountTests
{
    public static TheoryData<string> Models => [.. SharedModels.Exported.Concat(SharedModels.Light)];

    [SharedTheory]
    [MemberData(nameof(Models))]
    public void No_more_nodes_are_left_than_by_ONNX_Runtime_unless_there_is_a_reason(string name)
    {
        NodeCounts counts = NodeCounts.Of(name.StartsWith("light_", StringComparison.Ordinal)
            ? Path.Combine(OutsideFolders.SharedModels, "onnx-light", name + ".onnx") : SharedModels.ModelOf(name));
        Assert.True(counts.Ours <= counts.Before && counts.EnginesAfter <= counts.EnginesBefore, counts.ToString());
        Assert.True(counts.Ours <= counts.Theirs || NodeCounts.ReasonFor(name) is not null, counts.ToString());
    }
}
