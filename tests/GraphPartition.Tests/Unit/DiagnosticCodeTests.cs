using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using GraphPartition.Foundation;
using Xunit;

namespace GraphPartition.Tests.Unit;

/// <summary>
/// Every assembly owns its diagnostic codes, in one class named <c>...Codes</c>. <c>docs/diagnostics.md</c> lists all of them, each with a
/// test that produces it; UPDATE_GOLDEN=1 rewrites it.
/// </summary>
public class DiagnosticCodeTests
{
    private static readonly Assembly[] Owners = [.. ArchitectureTests.Libraries.Append("gpc").Select(Assembly.Load)];

    private static readonly (Type Owner, DiagnosticCode Code)[] All =
    [
        .. Owners.SelectMany(a => a.GetTypes()).SelectMany(type => type
            .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(f => f.FieldType == typeof(DiagnosticCode)).Select(f => (type, (DiagnosticCode)f.GetValue(null)!))),
    ];

    /// <summary>Why no test here can produce a code.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["GP4016"] = "only on other platforms than Linux on x64",
        ["GP5109"] = "only with ONNX Runtime's CUDA provider on a GPU",
    };

    [Fact]
    public void An_assembly_has_its_codes_in_one_class()
    {
        Assert.All(All, c => Assert.EndsWith("Codes", c.Owner.Name, StringComparison.Ordinal));
        Assert.All(All.Select(c => c.Owner).Distinct().GroupBy(o => o.Assembly), classes => Assert.Single(classes));
        Assert.True(All.Length > 80, $"only {All.Length} codes were found");
    }

    [Fact]
    public void Codes_are_unique_and_have_a_title_and_a_remedy()
    {
        Assert.Equal(All.Length, All.Select(c => c.Code.Id).Distinct().Count());
        Assert.All(All, c => Assert.Matches("^GP[1-5][0-9]{3}$", c.Code.Id));
        Assert.All(All, c => Assert.NotEmpty(c.Code.Title));
        Assert.All(All, c => Assert.NotEmpty(c.Code.Remedy));
    }

    [Fact]
    public void The_page_lists_every_code()
    {
        ILookup<string, string> tests = TestsByCode();
        var text = new StringBuilder("""
            # Diagnostics

            Every error and warning that `gpc` and the libraries report has one of these codes. A test writes this page (UPDATE_GOLDEN=1).
            GP1xxx: import; GP2xxx: types; GP3xxx: partition and options; GP4xxx: engines; GP5xxx: runtime. `w`: warning, `n`: note. The
            last column names a test that produces the message, as an example, or says why none can.

            | code | | what is wrong | what to do | defined in | example |
            | --- | --- | --- | --- | --- | --- |

            """);
        foreach ((Type owner, DiagnosticCode code) in All.OrderBy(c => c.Code.Id, StringComparer.Ordinal))
        {
            string severity = code.Severity switch { Severity.Warning => "w", Severity.Note => "n", _ => "" };
            string? test = tests[NameOf(owner, code)].Concat(tests[code.Id]).Order(StringComparer.Ordinal).FirstOrDefault();
            Assert.True(test is null == Elsewhere.ContainsKey(code.Id), $"{code.Id} has neither a test that produces it nor a reason, or both");
            text.Append($"| {code.Id} | {severity} | {code.Title} | {Cell(code.Remedy)} | `{owner.Name}` | {test ?? Elsewhere[code.Id]} |\n");
        }
        string path = Checkout.PathOf("docs", "diagnostics.md"), page = text.ToString();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, page);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == page, $"{path} is stale: run the tests once with UPDATE_GOLDEN=1");
    }

    /// <summary>The code as a source names it: <c>OnnxCodes.BadOpset</c>.</summary>
    private static string NameOf(Type owner, DiagnosticCode code) => $"{owner.Name}.{owner
        .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).First(f => code.Equals(f.GetValue(null))).Name}";

    /// <summary>The test classes that expect a code, by its number or its name.</summary>
    private static ILookup<string, string> TestsByCode() => Directory
        .EnumerateFiles(Checkout.PathOf("tests"), "*Tests.cs", SearchOption.AllDirectories)
        .Concat(Directory.EnumerateFiles(Checkout.PathOf("tests"), "*Properties.cs", SearchOption.AllDirectories))
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && Path.GetFileName(file) != $"{nameof(DiagnosticCodeTests)}.cs")
        .SelectMany(file => Regex.Matches(File.ReadAllText(file), @"\bGP[1-5][0-9]{3}\b|\b[A-Z][A-Za-z]*Codes\.[A-Z][A-Za-z]*")
            .Select(m => m.Value).Distinct(), (file, code) => (Code: code, Test: Path.GetFileNameWithoutExtension(file)))
        .ToLookup(x => x.Code, x => x.Test);

    private static string Cell(string text) => text.Replace("|", "\\|");
}
