using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Reducing;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Explorer;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
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
            int[] parent = Numbers(nodes, "parent");
            for (int e = 0; e < edges.Length; e += 3) // a body reads what is around it, wherever that is drawn
                Assert.True(row[edges[e]] < row[edges[e + 1]] || parent[edges[e]] != parent[edges[e + 1]]);
            foreach (IGrouping<int, double> same in column.Zip(row).GroupBy(p => p.Second, p => p.First))
                foreach ((double left, double right) in same.Order().Zip(same.Order().Skip(1))) Assert.True(right - left > 0.98);
            Assert.Equal(ModelReducer.CountOf(plan.Graph), row.Length); // bodies too
            Assert.Equal(plan.BoundaryTensors, LeavingTensors(data));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bodies_are_drawn_with_their_engines_and_reasons() => Prop.ForAll(FlowModel.Codes, codes =>
    {
        SupportPolicy support = SupportPolicy.Parse("random:5:0.7", OperatorTable.Default, TensorRtTarget.Default);
        var options = new CompileOptions { SupportPolicy = support, Passes = Pipeline.None };
        PartitionPlan plan = new ModelCompiler(OperatorTable.Default, options).Plan(FlowModel.Of(codes)).Plan;
        string page = Folder.File("page.html");
        ExplorerPage.Write("flow", plan, PlanReport.Of(plan), page);
        JsonElement nodes = DataOf(File.ReadAllText(page)).GetProperty("nodes");
        int[] engine = Numbers(nodes, "engine"), reason = Numbers(nodes, "reason"), parent = Numbers(nodes, "parent");
        Assert.Equal(ModelReducer.CountOf(plan.Graph), engine.Length);
        Assert.All(engine.Zip(reason), n => Assert.True(n.First < 0 != n.Second < 0));
        Assert.Equal(plan.Graph.Nodes.Length, parent.Count(p => p < 0));
        Assert.Equal(plan.Cut.AllGroups.Select(g => g.Id).Order(), engine.Where(e => e >= 0).Distinct().Order());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    /// <summary>
    /// Regions make a tree from segments to nodes. No block has more than a hundred parts or fewer than two; its nodes have its name in
    /// common, or are a run; and no two parts overlap.
    /// </summary>
    [Fact]
    public void Blocks_by_name_hold_each_node_once_and_are_small() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<ushort>>(), codes =>
        {
            int[] all = [.. codes.Get.SelectMany(c => Enumerable.Range(0, c % 40).Select(i => c * 31 + i))];
            PartitionPlan plan = PlanOf(NamedModel(all), 0.8);
            string page = Folder.File("page.html");
            ExplorerPage.Write("names", plan, PlanReport.Of(plan), page);
            JsonElement data = DataOf(File.ReadAllText(page)), nodes = data.GetProperty("nodes"), blocks = data.GetProperty("blocks");
            int segments = data.GetProperty("segments").GetArrayLength();
            int[] region = Numbers(nodes, "region"), segment = Numbers(nodes, "segment"), parent = Numbers(blocks, "parent");
            string[] label = [.. blocks.GetProperty("label").EnumerateArray().Select(l => l.GetString()!)];
            double[] column = [.. nodes.GetProperty("regionColumn").EnumerateArray().Concat(blocks.GetProperty("column").EnumerateArray())
                .Select(c => c.GetDouble())];
            int[] row = [.. Numbers(nodes, "regionRow"), .. Numbers(blocks, "row")], around = [.. region, .. parent];
            for (int b = 0; b < parent.Length; b++) Assert.InRange(parent[b], 0, segments + b - 1);
            for (int n = 0; n < region.Length; n++)
            {
                string name = nodes.GetProperty("name")[n].GetString()!;
                int r = region[n];
                for (; r >= segments; r = parent[r - segments])
                    Assert.True(label[r - segments].Contains(" ... ", StringComparison.Ordinal)
                        || name.Contains(label[r - segments], StringComparison.Ordinal));
                Assert.Equal(segment[n], r);
            }
            foreach (IGrouping<int, int> parts in Enumerable.Range(0, around.Length).GroupBy(i => around[i]))
            {
                Assert.InRange(parts.Count(), parts.Key < segments ? 1 : 2, 100);
                foreach (IGrouping<int, double> same in parts.GroupBy(i => row[i], i => column[i]))
                    foreach ((double left, double right) in same.Order().Zip(same.Order().Skip(1))) Assert.True(right - left > 0.98);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    /// <summary>
    /// What the page says of passes adds up, and agrees with the plan; each node that stayed is the same node after the passes.
    /// </summary>
    [Fact]
    public void Passes_remove_and_make_as_many_nodes_as_the_plan_says() => Prop.ForAll(
        ArbMap.Default.ArbFor<int[]>(), codes => PassesAddUp(RandomModel.FromCodes([.. codes.Select(Math.Abs)], OperatorTable.Default)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void Passes_in_bodies_add_up() => Prop.ForAll(FlowModel.Codes, codes => PassesAddUp(FlowModel.Of(codes)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    private void PassesAddUp(Model model)
    {
        Compilation compilation = new ModelCompiler(OperatorTable.Default, new CompileOptions { KeepsGraphs = true }).Plan(model);
        string page = Folder.File("page.html");
        PlanReport report = PlanReport.Of(compilation.Plan) with { Passes = compilation.Passes };
        ExplorerPage.Write("passes", compilation.Plan, report, page, new PageExtras { Passes = compilation.Changes });
        JsonElement data = DataOf(File.ReadAllText(page)), before = data.GetProperty("before");
        PassReport[] changed = [.. compilation.Passes.Where(p => p.IsChanged)];
        if (changed.Length == 0)
        {
            Assert.Equal(JsonValueKind.Null, before.ValueKind);
            return;
        }
        Assert.Equal(changed.Select(p => (p.Pass, p.NodesAfter - p.NodesBefore)), before.GetProperty("changes").EnumerateArray()
            .Select(c => (c.GetProperty("pass").GetString()!, c.GetProperty("made").GetInt32() - c.GetProperty("removed").GetInt32())));
        JsonElement old = before.GetProperty("nodes"), now = data.GetProperty("nodes");
        string[] oldNames = Texts(old, "name"), names = Texts(now, "name"), oldOps = OperatorsOf(old), ops = OperatorsOf(now);
        int[] becomes = Numbers(old, "becomes"), removedBy = Numbers(old, "removedBy"), madeBy = Numbers(now, "madeBy"), origin = Numbers(now, "origin");
        Assert.Equal(changed[0].NodesBefore, oldNames.Length);
        Assert.Equal(changed[^1].NodesAfter, names.Length);
        Assert.Equal(removedBy.Count(c => c < 0), madeBy.Count(c => c < 0));
        for (int n = 0; n < oldNames.Length; n++)
            if (removedBy[n] < 0) Assert.Equal(oldOps[n], ops[becomes[n]]); // equal nodes that were merged may have the name of either
        for (int n = 0; n < names.Length; n++) Assert.True(madeBy[n] >= 0 || becomes[origin[n]] == n);
    }

    /// <summary>A chain of nodes with names of some parts, or none.</summary>
    private static Model NamedModel(int[] codes)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value last = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(4)));
        foreach (int code in codes)
        {
            string name = string.Join(code % 2 == 0 ? "/" : ".", Enumerable.Range(0, code % 5).Select(i => "abc"[(code >> (2 * i)) % 3].ToString()));
            last = builder.Op(code % 7 == 0 ? "Erf" : "Relu", name, [last]);
        }
        return new(builder.Build([last]));
    }

    [Fact]
    public void Measured_times_errors_and_changes_are_those_of_the_files()
    {
        string page = Folder.File("page.html"), profile = Folder.File("profile.json"), errors = Folder.File("errors.json"), before = Folder.File("before.json");
        File.WriteAllText(profile, Ok("run", Mixed, "--keep-groups", "--profile", "--json").Output);
        File.WriteAllText(errors, Ok("debug", "precision", Mixed, "--json").Output);
        Ok("plan", Mixed, "-o", before);
        string after = Folder.File("after.json");
        Ok("plan", Mixed, "--exclude", "summary.fc1/Gemm", "-o", after);
        Ok("explore", Mixed, "--exclude", "summary.fc1/Gemm", "--profile", profile, "--errors", errors, "--compare", before, "-o", page, "--no-open");
        JsonElement extras = DataOf(File.ReadAllText(page)).GetProperty("extras");
        Assert.True(JsonElement.DeepEquals(JsonOf(File.ReadAllText(profile)).GetProperty("profile"), extras.GetProperty("profile")));
        Assert.True(JsonElement.DeepEquals(JsonOf(File.ReadAllText(errors)), extras.GetProperty("errors")));
        Assert.True(JsonElement.DeepEquals(JsonOf(GpcProcess.Run("diff", before, after, "--json").Output), extras.GetProperty("changes")));
        Assert.Equal("before.json", extras.GetProperty("comparedWith").GetString());
        Refused("GP3012", "explore", Mixed, "--profile", errors, "--no-open", "-o", page);
        Refused("GP3012", "explore", Mixed, "--errors", profile, "--no-open", "-o", page);
        Refused("GP3012", "explore", Mixed, "--errors", Mixed, "--no-open", "-o", page);
        Refused("GP1001", "explore", Mixed, "--compare", Folder.File("absent"), "--no-open", "-o", page);
        Refused("GP3021", "explore", Mixed, "--compare", before, "--no-open", "-o", before);
    }

    private static int[] Numbers(JsonElement nodes, string column) =>
        [.. nodes.GetProperty(column).EnumerateArray().Select(n => n.GetInt32())];

    private static string[] Texts(JsonElement nodes, string column) =>
        [.. nodes.GetProperty(column).EnumerateArray().Select(n => n.GetString()!)];

    private static string[] OperatorsOf(JsonElement nodes)
    {
        string[] all = Texts(nodes, "operators");
        return [.. Numbers(nodes, "operator").Select(o => all[o])];
    }

    private static JsonElement JsonOf(string text) => JsonDocument.Parse(text).RootElement;

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

    private static PartitionPlan PlanOf(int[] codes, double share) => PlanOf(RandomModel.FromCodes(codes, OperatorTable.Default), share);

    private static PartitionPlan PlanOf(Model model, double share)
    {
        var options = new CompileOptions
        {
            SupportPolicy = SupportPolicy.Parse(
                FormattableString.Invariant($"random:3:{share}"), OperatorTable.Default, TensorRtTarget.Default),
        };
        return new ModelCompiler(OperatorTable.Default, options).Plan(model).Plan;
    }

    private static JsonElement DataOf(string page) => JsonDocument.Parse(DataElement().Match(page).Groups[1].Value).RootElement;

    [GeneratedRegex("""<script type="application/json" id="data">(.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex DataElement();
}
