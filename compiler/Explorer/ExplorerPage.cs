using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning;
using GraphPartition.Foundation;

namespace GraphPartition.Explorer;

/// <summary>Writes a plan as one HTML page. The page loads nothing from a network.</summary>
public static class ExplorerPage
{
    private static readonly string[] Modules = ["model.js", "layers.js", "scene.js", "panel.js"];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes the page of a plan.</summary>
    /// <param name="title">The name of the model.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="report">Its report: the page shows these numbers.</param>
    /// <param name="path">The file to write. It appears when it is complete.</param>
    /// <param name="extras">What else it shows; null: nothing.</param>
    /// <exception cref="EnvironmentException">The file cannot be written (GP5005).</exception>
    public static void Write(string title, PartitionPlan plan, PlanReport report, string path, PageExtras? extras = null)
    {
        ExplorerData data = ExplorerData.Of(title, plan, JsonNode.Parse(report.ToJson())!, extras ?? new());
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            Fill(writer, data);
        });
    }

    /// <summary>Replaces the marks <c>{{...}}</c> of page.html.</summary>
    private static void Fill(TextWriter writer, ExplorerData data)
    {
        string page = Resource("page.html");
        int at = 0;
        for (int open; (open = page.IndexOf("{{", at, StringComparison.Ordinal)) >= 0;)
        {
            writer.Write(page.AsSpan(at, open - at));
            int close = page.IndexOf("}}", open, StringComparison.Ordinal);
            writer.Write(page[(open + 2)..close] switch
            {
                "title" => System.Net.WebUtility.HtmlEncode(data.Title),
                "style" => Resource("style.css"),
                "imports" => Imports(),
                "app" => Resource("app.js"),
                "data" => JsonSerializer.Serialize(data, Json), // this form escapes '<', so no text can end the script element
                var mark => throw new InternalCompilerException("explorer", $"page.html has an unknown mark {mark}"),
            });
            at = close + 2;
        }
        writer.Write(page.AsSpan(at));
    }

    /// <summary>An import map with each module in it, because a page from a file may not load modules from other files.</summary>
    private static string Imports()
    {
        var imports = new JsonObject();
        foreach (string module in Modules)
            imports[module] = "data:text/javascript;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(Resource(module)));
        return new JsonObject { ["imports"] = imports }.ToJsonString();
    }

    private static string Resource(string name)
    {
        using Stream stream = typeof(ExplorerPage).Assembly.GetManifestResourceStream(name)
            ?? throw new InternalCompilerException("explorer", $"the resource {name} is missing");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
