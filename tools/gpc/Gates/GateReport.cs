using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using GraphPartition.Gpc.Views;

namespace GraphPartition.Gpc.Gates;

/// <summary>The result of <c>gpc check</c> in the forms that CI systems read.</summary>
/// <param name="model">The model file as the user named it.</param>
/// <param name="gates">The conditions.</param>
internal sealed class GateReport(string model, IReadOnlyList<Gate> gates)
{
    private const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    /// <summary>
    /// SARIF 2.1.0 (OASIS): one rule for each condition, one result for each violation, with the node as logical location.
    /// </summary>
    public string Sarif()
    {
        JsonArray rules = [.. gates.Select(g => new JsonObject
        {
            ["id"] = g.Name,
            ["shortDescription"] = new JsonObject { ["text"] = $"the plan keeps --{g.Name}" },
        })];
        JsonArray results = [.. gates.SelectMany((g, rule) => g.Findings.Select(f => Result(g, rule, f.Text, f.Node)))];
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

    /// <summary>JUnit's XML: one test case for each condition.</summary>
    public string JUnit()
    {
        int failures = gates.Count(g => !g.Holds);
        var suite = new XElement("testsuite", new XAttribute("name", $"gpc check {model}"), new XAttribute("tests", gates.Count),
            new XAttribute("failures", failures), new XAttribute("errors", 0), new XAttribute("skipped", 0),
            gates.Select(g => new XElement("testcase", new XAttribute("classname", "gpc.check"), new XAttribute("name", g.Name),
                g.Holds ? null : new XElement("failure", new XAttribute("message", Clean(g.Findings[0].Text)),
                    Clean(string.Join('\n', g.Findings.Select(f => f.Text)))))));
        return new XDocument(new XDeclaration("1.0", "utf-8", null), new XElement("testsuites", suite)).ToString();
    }

    /// <summary>A summary for a pull request.</summary>
    public string Markdown()
    {
        var text = new StringBuilder();
        bool holds = gates.All(g => g.Holds);
        text.Append(CultureInfo.InvariantCulture, $"### gpc check `{model}`: {(holds ? "passed" : "failed")}\n\n");
        text.Append("| check | limit | plan | result |\n| --- | --- | --- | --- |\n");
        foreach (Gate g in gates)
            text.Append(CultureInfo.InvariantCulture, $"| {g.Name} | {Cell(g.Limit)} | {Cell(g.Actual)} | {(g.Holds ? "passed" : "**failed**")} |\n");
        foreach (Gate g in gates.Where(g => !g.Holds))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n**{g.Name}**\n\n");
            foreach (var f in g.Findings) text.Append(CultureInfo.InvariantCulture, $"- {f.Text}\n");
        }
        return text.ToString();
    }

    private static string Version => typeof(GateReport).Assembly.GetName().Version!.ToString(3);

    private JsonObject Result(Gate gate, int rule, string text, string? node)
    {
        var location = new JsonObject
        {
            ["physicalLocation"] = new JsonObject
            {
                ["artifactLocation"] = new JsonObject { ["uri"] = Uri.EscapeDataString(model).Replace("%2F", "/", StringComparison.Ordinal) },
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

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>Text without characters that XML 1.0 does not allow.</summary>
    private static string Clean(string text) => string.Concat(text.Where(System.Xml.XmlConvert.IsXmlChar));
}
