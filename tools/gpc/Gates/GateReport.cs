using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using GraphPartition.Gpc.Views;

namespace GraphPartition.Gpc.Gates;

/// <summary>The result of <c>gpc check</c> in the forms that CI systems read.</summary>
/// <param name="models">The models; all have the same conditions.</param>
internal sealed class GateReport(IReadOnlyList<CheckedModel> models)
{
    private const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    /// <summary>
    /// SARIF 2.1.0 (OASIS): one rule for each condition, one result for each violation, with the node as logical location.
    /// </summary>
    public string Sarif()
    {
        JsonArray rules = [.. models[0].Gates.Select(g => new JsonObject
        {
            ["id"] = g.Name,
            ["shortDescription"] = new JsonObject { ["text"] = $"the plan keeps --{g.Name}" },
        })];
        JsonArray results = [.. models.SelectMany(m =>
            m.Gates.SelectMany((g, rule) => g.Findings.Select(f => Result(m.Path, g, rule, models.Count > 1 ? $"{m.Target}: {f.Text}" : f.Text, f.Node))))];
        var log = new JsonObject
        {
            ["$schema"] = Schema,
            ["version"] = "2.1.0",
            ["runs"] = new JsonArray(new JsonObject
            {
                ["tool"] = new JsonObject
                {
                    ["driver"] = new JsonObject { ["name"] = "gpc", ["semanticVersion"] = Version, ["rules"] = rules },
                },
                ["results"] = results,
            }),
        };
        return log.ToJsonString(JsonOutput.Options);
    }

    /// <summary>JUnit's XML: one suite for each model, one test case for each condition.</summary>
    public string JUnit() => new XDocument(new XDeclaration("1.0", "utf-8", null), new XElement("testsuites", models.Select(Suite))).ToString();

    /// <summary>A summary for a pull request.</summary>
    public string Markdown()
    {
        var text = new StringBuilder();
        if (models.Count > 1) Matrix(text);
        foreach (CheckedModel m in models)
        {
            if (models.Count > 1 && m.Holds) continue; // the matrix has all numbers of it
            text.Append(CultureInfo.InvariantCulture, $"### gpc check {Code(m.Path)} for {m.Target}: {(m.Holds ? "passed" : "failed")}\n\n");
            text.Append("| check | limit | plan | result |\n| --- | --- | --- | --- |\n");
            foreach (Gate g in m.Gates)
                text.Append(CultureInfo.InvariantCulture, $"| {g.Name} | {Cell(g.Limit)} | {Cell(g.Actual)} | {(g.Holds ? "passed" : "**failed**")} |\n");
            foreach (Gate g in m.Gates.Where(g => !g.Holds))
            {
                text.Append(CultureInfo.InvariantCulture, $"\n**{g.Name}**\n\n");
                foreach (var f in g.Findings) text.Append(CultureInfo.InvariantCulture, $"- {Line(f.Text)}\n");
            }
            text.Append('\n');
        }
        return text.ToString().TrimEnd();
    }

    /// <summary>One row for each model and release, one column for each condition.</summary>
    private void Matrix(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"### gpc check: {(models.All(m => m.Holds) ? "passed" : $"{models.Count(m => !m.Holds)} of {models.Count} plans failed")}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| model | release | {string.Join(" | ", models[0].Gates.Select(g => g.Name))} |\n");
        text.Append(CultureInfo.InvariantCulture, $"| --- | --- | {string.Join(" | ", models[0].Gates.Select(_ => "---"))} |\n");
        foreach (CheckedModel m in models)
            text.Append(CultureInfo.InvariantCulture, $"| {Code(m.Path)} | {m.Target} | "
                + $"{string.Join(" | ", m.Gates.Select(g => Cell(g.Actual) + (g.Holds ? "" : " **failed**")))} |\n");
        text.Append('\n');
    }

    private static XElement Suite(CheckedModel m) => new("testsuite", new XAttribute("name", Clean($"gpc check {m.Path} {m.Target}")),
        new XAttribute("tests", m.Gates.Count), new XAttribute("failures", m.Gates.Count(g => !g.Holds)), new XAttribute("errors", 0),
        new XAttribute("skipped", 0), m.Gates.Select(g => new XElement("testcase", new XAttribute("classname", "gpc.check"), new XAttribute("name", g.Name),
            g.Holds ? null : new XElement("failure", new XAttribute("message", Clean(g.Findings[0].Text)),
                Clean(string.Join('\n', g.Findings.Select(f => f.Text)))))));

    private static string Version => typeof(GateReport).Assembly.GetName().Version!.ToString(3);

    /// <summary>The file relative to the working folder where it lies inside, as code scanning wants it; with forward slashes.</summary>
    private static string UriOf(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        string shown = Path.IsPathRooted(relative) || relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
        return Uri.EscapeDataString(shown.Replace('\\', '/')).Replace("%2F", "/", StringComparison.Ordinal);
    }

    private static JsonObject Result(string model, Gate gate, int rule, string text, string? node)
    {
        var location = new JsonObject
        {
            ["physicalLocation"] = new JsonObject
            {
                ["artifactLocation"] = new JsonObject { ["uri"] = UriOf(model) },
            },
        };
        if (node is not null)
            location["logicalLocations"] = new JsonArray(new JsonObject { ["name"] = node, ["kind"] = "member" });
        return new JsonObject
        {
            ["ruleId"] = gate.Name,
            ["ruleIndex"] = rule,
            ["level"] = "error",
            ["message"] = new JsonObject { ["text"] = text },
            ["locations"] = new JsonArray(location),
        };
    }

    private static string Cell(string text) => Line(text).Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>Text of a model in Markdown: on one line, and never taken as HTML.</summary>
    private static string Line(string text) => text.ReplaceLineEndings(" ").Replace("<", "&lt;", StringComparison.Ordinal);

    /// <summary>A name as code; a grave accent in it would end it.</summary>
    private static string Code(string name) => $"`{Cell(name).Replace('`', '\'')}`";

    /// <summary>Text without characters that XML 1.0 does not allow.</summary>
    private static string Clean(string text) =>
        string.Concat(text.EnumerateRunes().Where(r => !r.IsBmp || System.Xml.XmlConvert.IsXmlChar((char)r.Value)));
}
