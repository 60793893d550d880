using GraphPartition.TestModels.Graphs;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Constraints that cannot be kept, or contradict each other, through the command line.</summary>
public sealed class GpcConstraintTests : GpcTest
{
    [Theory]
    [InlineData("GP3005", "--exclude", "no-such-node")]
    [InlineData("GP3006", "--include", "v0", "--exclude", "v0")]
    [InlineData("GP3007", "--max-engines", "0")]
    [InlineData("GP3007", "--min-nodes", "5", "--max-nodes", "4")]
    [InlineData("GP3008", "--unit", "nameless")]
    [InlineData("GP3008", "--exclude", "op:")]
    [InlineData("GP1001", "--assign", "no-such-file")]
    [InlineData("GP1001", "--device-profile", "no-such-file")]
    public void Constraints_that_cannot_be_kept_are_refused(string code, params string[] options) =>
        Refused(code, ["plan", Save(SomeModel()), "--support", "all", "--passes", "none", .. options]);

    [Theory]
    [InlineData("GP3006", "included by --include n1 and excluded by --exclude op:*", "--include", "n1", "--exclude", "op:*")]
    [InlineData("GP3006", "included by --include n2, but engines cannot take it", "--include", "n2")]
    [InlineData("GP3006", "atomic unit u -(n1 -> n2)-> n2 -(n2 -> n3)-> atomic unit u", "--unit", "u=n1,n3")]
    [InlineData("GP3007", "--max-engines: it is 0, below 1", "--max-engines", "0")]
    [InlineData("GP3007", "--max-nodes: it is 0, below 1", "--max-nodes", "0")]
    [InlineData("GP3007", "--max-weight-bytes: it is -1, below 1", "--max-weight-bytes", "-1")]
    [InlineData("GP3007", "3 nodes at least, but --max-nodes allows 2", "--min-nodes", "3", "--max-nodes", "2")]
    public void Constraints_that_contradict_name_both_sides(string code, string message, params string[] options)
    {
        var marked = MarkedGraph.Of([[], [0], [1], [2]], 0, 1, 3);
        Assert.Contains(message, Refused(code, ["plan", .. Save(marked), .. options]).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_contradictory_or_unknown_assignment_is_refused_with_its_lines()
    {
        var marked = MarkedGraph.Of([[], [0], [1], [2]], 0, 1, 3);
        string file = Folder.File("assign.txt");
        string[] arguments = ["plan", .. Save(marked), "--assign", file];
        File.WriteAllText(file, "engine a n0\nengine a n7\n");
        Assert.Contains($"{file}:2: there is no node 'n7'", Refused("GP3005", arguments).Errors, StringComparison.Ordinal);
        File.WriteAllText(file, "engine a n0\nengine b n0\n");
        Assert.Contains($"assigned to engine a by {file}:1 and to engine b by {file}:2", Refused("GP3006", arguments).Errors,
            StringComparison.Ordinal);
        File.WriteAllText(file, "engine a n0\nengine a n3\n");
        Assert.Contains("atomic unit engine a -(n0 -> n1)-> n1", Refused("GP3006", arguments).Errors, StringComparison.Ordinal);
    }
}
