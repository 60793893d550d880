using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Explorer;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Explorer;

/// <summary>The page of a plan, read back.</summary>
public sealed partial class ExplorerPageTests : GpcTest
{
    [Fact]
    public void The_numbers_of_the_page_are_those_of_the_plan()
    {
        string page = Folder.File("page.html");
        Ok("plan", Mixed, "--html", page);
        JsonElement data = DataOf(File.ReadAllText(page)), plan = Json("plan", Mixed), shown = data.GetProperty("plan");
        foreach (string name in new[] { "nodes", "supported", "engines", "minimumEngines", "isMinimum", "witness", "segments", "boundaryTensors",
            "boundaryBytes", "fallback" })
            Assert.True(JsonElement.DeepEquals(plan.GetProperty(name), shown.GetProperty(name)), name);
        Assert.Equal(plan.GetProperty("nodes").GetInt32(), data.GetProperty("nodes").GetProperty("name").GetArrayLength());
        Assert.Equal(plan.GetProperty("witness").EnumerateArray().Select(n => n.GetString()), data.GetProperty("witness").EnumerateArray()
            .Select(n => data.GetProperty("nodes").GetProperty("name")[n.GetInt32()].GetString()));
    }

    [Fact]
    public void Names_cannot_break_out_of_the_page()
    {
        PartitionPlan plan = PlanOf([11, 6, 26, 13], 0.5);
        string page = Folder.File("page.html");
        ExplorerPage.Write("</title><script>alert(1)</script>", plan, PlanReport.Of(plan), page);
        string text = File.ReadAllText(page);
        Assert.DoesNotContain("<script>alert", text, StringComparison.Ordinal);
        DataOf(text);
    }

    [Fact]
    public void Each_node_is_below_what_it_reads_and_no_two_overlap() => Prop.ForAll(
        ArbMap.Default.ArbFor<int[]>(), codes =>
        {
            PartitionPlan plan = PlanOf([.. codes.Select(Math.Abs)], 0.6);
            string page = Folder.File("page.html");
            ExplorerPage.Write("random", plan, PlanReport.Of(plan), page);
            JsonElement data = DataOf(File.ReadAllText(page)), nodes = data.GetProperty("nodes");
            int[] row = [.. nodes.GetProperty("row").EnumerateArray().Select(r => r.GetInt32())];
            double[] column = [.. nodes.GetProperty("column").EnumerateArray().Select(c => c.GetDouble())];
            int[] edges = [.. data.GetProperty("edges").EnumerateArray().Select(e => e.GetInt32())];
            for (int e = 0; e < edges.Length; e += 3) Assert.True(row[edges[e]] < row[edges[e + 1]]);
            foreach (IGrouping<int, double> same in column.Zip(row).GroupBy(p => p.Second, p => p.First))
                foreach ((double left, double right) in same.Order().Zip(same.Order().Skip(1))) Assert.True(right - left > 0.98);
            Assert.Equal(plan.Topology.NodeCount, row.Length);
            Assert.Equal(plan.BoundaryTensors, LeavingTensors(data));
        }).QuickCheckThrowOnFailure();

    /// <summary>Tensors that another segment or the caller reads; each counts once, however many read it.</summary>
    private static int LeavingTensors(JsonElement data)
    {
        HashSet<int> leaving = [.. data.GetProperty("crossings").EnumerateArray()
            .SelectMany(c => c.GetProperty("tensors").EnumerateArray().Select(t => t.GetInt32()))];
        JsonElement tensors = data.GetProperty("tensors");
        leaving.UnionWith(Enumerable.Range(0, tensors.GetProperty("name").GetArrayLength()).Where(
            t => tensors.GetProperty("isOutput")[t].GetBoolean() && tensors.GetProperty("producer")[t].GetInt32() >= 0));
        return leaving.Count;
    }

    private static PartitionPlan PlanOf(int[] codes, double share)
    {
        var options = new CompileOptions
        {
            SupportPolicy = SupportPolicy.Parse(
                FormattableString.Invariant($"random:3:{share}"), OperatorTable.Default, TensorRtTarget.Default),
        };
        return new ModelCompiler(OperatorTable.Default, options).Plan(RandomModel.FromCodes(codes, OperatorTable.Default)).Plan;
    }

    private static JsonElement DataOf(string page) => JsonDocument.Parse(DataElement().Match(page).Groups[1].Value).RootElement;

    [GeneratedRegex("""<script type="application/json" id="data">(.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex DataElement();
}
