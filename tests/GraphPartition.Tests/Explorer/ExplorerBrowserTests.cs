using System.Globalization;
using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Tests.Explorer;

/// <summary>The page in a browser: as a person meets it.</summary>
public sealed class ExplorerBrowserTests(ITestOutputHelper log) : GpcTest
{
    private static readonly bool Update = Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    [BrowserFact]
    public void The_page_of_the_mixed_model_looks_like_its_picture()
    {
        string golden = Checkout.PathOf("docs", "picture", "explorer.png"), page = Page(Mixed);
        JsonElement found = Browser.Open(page, Update ? null : golden);
        if (Update) File.Copy(Path.ChangeExtension(page, ".png"), golden, overwrite: true);
        else Assert.InRange(found.GetProperty("difference").GetDouble(), 0, 0.02); // fonts differ a little between machines
        Works(found, Mixed);
    }

    [SharedBrowserTheory]
    [InlineData("bert_small")]
    [InlineData("mobilenet_v3_small")]
    [InlineData("ssdlite320")]
    [InlineData("gpt2_small")]
    [InlineData("unet_like")]
    public void Pages_of_shared_models_work(string name)
    {
        string model = SharedModels.ModelOf(name);
        Works(Browser.Open(Page(model, "--support", "random:1:0.9")), model, "--support", "random:1:0.9");
    }

    /// <summary>Each kind of color, the tables behind them, and a body: what the page shows are the numbers of the files.</summary>
    [BrowserFact]
    public void Times_errors_and_changes_are_shown_and_bodies_are_found()
    {
        string profile = Folder.File("profile.json"), errors = Folder.File("errors.json"), before = Folder.File("before.json");
        File.WriteAllText(profile, Ok("run", Mixed, "--keep-groups", "--profile", "--json").Output);
        File.WriteAllText(errors, Ok("debug", "precision", Mixed, "--json").Output);
        Ok("plan", Mixed, "--exclude", "summary.fc1/Gemm", "-o", before);
        JsonElement found = Browser.Open(Page(Mixed, "--profile", profile, "--errors", errors, "--compare", before));
        Works(found, Mixed);
        JsonElement steps = JsonDocument.Parse(File.ReadAllText(profile)).RootElement.GetProperty("profile"), tables = found.GetProperty("tables");
        Assert.Equal(steps.EnumerateArray().Select(s => s.GetProperty("medianMs").GetDouble().ToString("F4", CultureInfo.InvariantCulture)),
            Column(tables, "Measured steps", 1));
        Assert.Equal(["5", "4"], tables.GetProperty(Caption(tables, "Changes since before.json"))[0].EnumerateArray().Skip(1).Select(c => c.GetString()));
        Assert.Contains("summary.fc1/Gemm", Column(tables, "Nodes that changed", 0));
        Assert.Equal(JsonDocument.Parse(File.ReadAllText(errors)).RootElement.GetProperty("nodes").GetArrayLength(), Column(tables, "Nodes to blame", 0).Length);
        Assert.Equal(["place", "type", "operator", "error", "time", "change", "pass"], found.GetProperty("colors").EnumerateArray().Select(c => c.GetString()));
    }

    /// <summary>The page of a compiled file has its plan, so the times of its run belong to its engines, layer by layer.</summary>
    [MockBrowserFact]
    public void Times_of_engines_and_their_layers_are_shown()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value first = builder.Op("Tanh", "first/act", [builder.Op("Relu", "first/relu", [x])]), middle = builder.Op("Softmax", "soft", [first]);
        string model = Save(new Model(builder.Build([builder.Op("Tanh", "last", [middle])]))), compiled = Folder.File("c.onnx");
        Assert.Equal(0, GpcProcess.RunOnMocks("compile", model, "-o", compiled, "--engine-cache", Folder.File("cache")).ExitCode);
        GpcProcess.Outcome run = GpcProcess.RunOnMocks("run", compiled, "--engines", "required", "--profile", "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        string profile = Folder.File("profile.json");
        File.WriteAllText(profile, run.Output);
        JsonElement found = Browser.Open(Page(compiled, "--profile", profile)), tables = found.GetProperty("tables");
        Assert.Empty(found.GetProperty("errors").EnumerateArray());
        Assert.Contains("time", found.GetProperty("colors").EnumerateArray().Select(c => c.GetString()));
        JsonElement[] rows = [.. JsonDocument.Parse(run.Output).RootElement.GetProperty("profile").EnumerateArray()];
        JsonElement[] engines = [.. rows.Where(r => r.GetProperty("layers").GetArrayLength() > 0)];
        Assert.Equal(2, engines.Length);
        Assert.Equal(rows.Select(r => r.GetProperty("medianMs").GetDouble().ToString("F4", CultureInfo.InvariantCulture)), Column(tables, "Measured steps", 1));
        Assert.Equal(["TrtNode_0", "TrtNode_1"], Column(tables, "Measured steps", 0).Where(name => name.StartsWith("Trt", StringComparison.Ordinal)));
        foreach (JsonElement engine in engines)
        {
            string caption = $"Measured layers of {engine.GetProperty("name").GetString()}";
            JsonElement[] layers = [.. engine.GetProperty("layers").EnumerateArray()];
            Assert.Equal(layers.Select(l => l.GetProperty("name").GetString()), Column(tables, caption, 0));
            Assert.All(Column(tables, caption, 1), ms => Assert.Equal("0.2500", ms)); // the mock says so of each layer
        }
        Assert.All(Column(tables, "Fallback", 0), op => Assert.Equal("Softmax", op)); // the mock refused it; the table would not
    }

    private static string Caption(JsonElement tables, string start) =>
        tables.EnumerateObject().Single(t => t.Name.StartsWith(start, StringComparison.Ordinal)).Name;

    private static string[] Column(JsonElement tables, string caption, int column) =>
        [.. tables.GetProperty(Caption(tables, caption)).EnumerateArray().Select(row => row[column].GetString()!)];

    [BrowserFact]
    public void A_page_of_100_000_nodes_does_not_freeze()
    {
        const int width = 100, rows = 1000;
        var builder = new GraphBuilder(OperatorTable.Default);
        Value[] last = [.. Enumerable.Range(0, width).Select(i => builder.Input($"x{i}", IrType.Tensor(ElementType.Float32, Shape.Of(4))))];
        for (int r = 0; r < rows; r++)
            last = [.. Enumerable.Range(0, width).Select(i => builder.Op("Add", $"block{r}/add{i}", [last[i], last[(i + 7) % width]]))];
        string model = Folder.File("wide.onnx");
        OnnxWriter.Write(new Model(builder.Build(last)) { Opsets = SomeModel().Opsets }, model);
        JsonElement found = Browser.Open(Page(model, "--support", "random:1:0.999", "--passes", "none"));
        log.WriteLine($"first picture after {found.GetProperty("firstPicture")} ms, {found.GetProperty("framesPerSecond")} frames per second");
        Assert.Empty(found.GetProperty("errors").EnumerateArray());
        log.WriteLine($"opened in steps: {found.GetProperty("steps")}");
        Assert.InRange(found.GetProperty("firstPicture").GetDouble(), 0, 20_000);
        Stepwise(found);
        Assert.NotEqual("", found.GetProperty("found").GetProperty("title").GetString());
    }

    /// <summary>Names without any structure, and one that could end the script element: runs of nodes take the place of blocks.</summary>
    [BrowserFact]
    public void Nodes_without_names_are_opened_in_steps_too()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value last = builder.Input("<script>x</script>", IrType.Tensor(ElementType.Float32, Shape.Of(4)));
        for (int i = 0; i < 2500; i++) last = builder.Op("Relu", i == 7 ? "</script><b>\"ü'&" : "", [last]);
        string model = Folder.File("unnamed.onnx");
        OnnxWriter.Write(new Model(builder.Build([last])) { Opsets = SomeModel().Opsets }, model);
        JsonElement found = Browser.Open(Page(model, "--passes", "none"));
        Works(found, model, "--passes", "none");
        Assert.Equal(3, found.GetProperty("steps").GetArrayLength()); // the engine, one of 50 runs, a node
        Assert.Equal(["regions", "nodes"], found.GetProperty("layers").EnumerateArray().Select(l => l.GetString()));
    }

    private string Page(string model, params string[] options)
    {
        string page = Folder.File("page.html");
        Ok(["explore", model, "-o", page, "--no-open", .. options]);
        return page;
    }

    private static void Works(JsonElement found, string model, params string[] options)
    {
        JsonElement plan = Json(["plan", model, .. options]);
        Assert.Empty(found.GetProperty("errors").EnumerateArray());
        Assert.Empty(found.GetProperty("requests").EnumerateArray());
        Assert.Equal([], found.GetProperty("violations").EnumerateArray().Select(v => v.GetString()));
        JsonElement text = found.GetProperty("text");
        Assert.StartsWith($"{plan.GetProperty("nodes")} nodes, {plan.GetProperty("engines").GetArrayLength()} engine",
            text.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Equal(plan.GetProperty("segments").GetInt32(), text.GetProperty("lane").GetInt32());
        Assert.Equal(plan.GetProperty("engines").GetArrayLength(), text.GetProperty("engines").GetInt32());
        JsonElement search = found.GetProperty("found");
        Assert.Equal(search.GetProperty("name").GetString(), search.GetProperty("title").GetString());
        Assert.Contains(search.GetProperty("reason").GetString()!, search.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("#node=", search.GetProperty("hash").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(-1, found.GetProperty("byKey").GetInt32());
        Assert.Equal(found.GetProperty("clicked").GetInt32(), found.GetProperty("byClick").GetInt32());
        Stepwise(found);
        PassesAreShown(found, plan);
    }

    /// <summary>The keyboard opens regions down to a node, few parts at a time; links lead to each; Backspace closes them.</summary>
    private static void Stepwise(JsonElement found)
    {
        JsonElement[] steps = [.. found.GetProperty("steps").EnumerateArray()];
        Assert.All(steps.Skip(1), s => Assert.InRange(s.GetProperty("parts").GetInt32(), 1, 100));
        Assert.False(steps[^1].GetProperty("isRegion").GetBoolean());
        Assert.StartsWith("#node=", steps[^1].GetProperty("hash").GetString(), StringComparison.Ordinal);
        Assert.All(found.GetProperty("links").EnumerateArray(), link => Assert.True(link.GetBoolean()));
        Assert.True(found.GetProperty("isClosed").GetBoolean());
    }

    /// <summary>The table of passes has the numbers of the JSON plan, and a removed node leads to what it became and back.</summary>
    private static void PassesAreShown(JsonElement found, JsonElement plan)
    {
        JsonElement[] changed = [.. plan.GetProperty("passes").EnumerateArray().Where(p => p.GetProperty("isChanged").GetBoolean())];
        if (changed.Length == 0) return;
        JsonElement tables = found.GetProperty("tables");
        Assert.Equal(changed.Select(p => p.GetProperty("pass").GetString()), Column(tables, "Passes that changed the graph", 0));
        Assert.Equal(changed.Select(p => $"{p.GetProperty("nodesBefore")}"), Column(tables, "Passes that changed the graph", 1));
        Assert.Equal(changed.Select(p => $"{p.GetProperty("nodesAfter")}"), Column(tables, "Passes that changed the graph", 4));
        if (found.GetProperty("passes") is not { ValueKind: JsonValueKind.Object } passes) return;
        string shown = passes.GetProperty("shown").GetString()!, name = passes.GetProperty("name").GetString()!;
        Assert.Contains($"removed by{passes.GetProperty("pass")}", shown, StringComparison.Ordinal);
        Assert.StartsWith("#before=", passes.GetProperty("hash").GetString(), StringComparison.Ordinal);
        Assert.Equal(passes.GetProperty("became").GetString(), passes.GetProperty("title").GetString());
        Assert.Contains(name, passes.GetProperty("back").GetString(), StringComparison.Ordinal);
    }
}
