using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using QuikGraph;
using QuikGraph.Algorithms;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Tests.Structure;

/// <summary>The shape of the code base: no cycles between folders, small file cycles, budgets of lines, width, folder =
/// namespace.</summary>
public sealed partial class StructureTests(ITestOutputHelper log)
{
    private const int MostFilesInACycle = 6, MostColumns = 140, MostLinesInAFile = 400;

    /// <summary>
    /// The lines that each library may have: physical lines of its .cs files. They stand in ARCHITECTURE.md, together with what raised
    /// budgets bought.
    /// </summary>
    private static readonly Dictionary<string, int> Budgets = File.ReadLines(Checkout.PathOf("ARCHITECTURE.md"))
        .Where(line => BudgetRow().IsMatch(line)).SelectMany(line => Budget().Matches(line))
        .ToDictionary(m => m.Groups[1].Value, m => int.Parse(m.Groups[2].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));

    public static TheoryData<string> Libraries => [.. Budgets.Keys];

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Checkout.PathOf(folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Libraries))]
    public void No_cycle_between_folders_and_no_large_one_between_files(string library)
    {
        AssemblyFiles files = FilesOf(library);
        Assert.True(files.Count > 2, $"only {files.Count} files of {library} were found");
        string[][] folders = Cycles(files.References.Select(r => (Path.GetDirectoryName(r.From)!, Path.GetDirectoryName(r.To)!)),
            atLeast: 2);
        string[][] large = Cycles(files.References, atLeast: MostFilesInACycle + 1);
        Assert.True(folders.Length == 0, $"folders of {library} that need each other: {Describe(folders, files)}");
        Assert.True(large.Length == 0, $"files of {library} that need each other: {Describe(large, files)}");
    }

    [Fact]
    public void Libraries_keep_their_budgets()
    {
        var over = new List<string>();
        int total = 0;
        foreach ((string library, int budget) in Budgets)
        {
            int lines = Sources(library).Sum(file => File.ReadLines(file).Count());
            total += lines;
            log.WriteLine($"{library,-24}{lines,7:N0} of {budget,7:N0}");
            if (lines > budget) over.Add($"{library} has {lines} lines, {budget} are allowed");
        }
        log.WriteLine($"{"all libraries",-24}{total,7:N0}");
        Assert.True(over.Count == 0, string.Join("\n", over));
    }

    [Fact]
    public void Every_library_has_a_budget()
    {
        string[] libraries = [.. ((string[])["ir", "compiler", "runtime"]).SelectMany(top => Directory.GetDirectories(Checkout.PathOf(top)))
            .Where(folder => Directory.GetFiles(folder, "*.csproj").Length > 0)
            .Select(folder => Path.GetRelativePath(Checkout.Root, folder).Replace('\\', '/'))];
        Assert.Equal(libraries.Order(StringComparer.Ordinal), Budgets.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Lines_and_files_are_short()
    {
        var faults = new List<string>();
        foreach (string file in AllSources())
        {
            if (IsGenerated(file)) continue;
            string[] lines = File.ReadAllLines(file);
            string name = Path.GetRelativePath(Checkout.Root, file);
            if (lines.Length > MostLinesInAFile) faults.Add($"{name} has {lines.Length} lines");
            for (int i = 0; i < lines.Length; i++)
                if (lines[i].Length > MostColumns && StringLiteral().Replace(lines[i], "").Length > MostColumns)
                    faults.Add($"{name}:{i + 1} has {lines[i].Length} columns");
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [GeneratedRegex(@"^(\| `[^`]+` \| [0-9,]+ ){2}\|$")]
    private static partial Regex BudgetRow();

    [GeneratedRegex(@"`([^`]+)` \| ([0-9,]+)")]
    private static partial Regex Budget();

    /// <summary>A text that cannot be broken without being harder to read may make a line long.</summary>
    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex StringLiteral();

    [Fact]
    public void Namespaces_are_folders()
    {
        var faults = new List<string>();
        foreach (string file in AllSources())
        {
            string? declared = File.ReadLines(file)
                .FirstOrDefault(l => l.StartsWith("namespace ", StringComparison.Ordinal))?["namespace ".Length..].TrimEnd(';');
            if (declared is null || ProjectOf(file) is not { } project) continue;
            string folder = Path.GetRelativePath(Path.GetDirectoryName(project)!, Path.GetDirectoryName(file)!);
            string expected = RootNamespace(project) + (folder == "." ? "" : "." + folder.Replace('/', '.').Replace('\\', '.'));
            if (declared != expected) faults.Add($"{Path.GetRelativePath(Checkout.Root, file)}: {declared}, expected {expected}");
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    private static IEnumerable<string> AllSources() =>
        ((string[])["ir", "compiler", "runtime", "testmodels", "tools", "tests", "samples"]).Where(
            top => Directory.Exists(Checkout.PathOf(top))).SelectMany(Sources);

    private static bool IsGenerated(string file) => file.EndsWith(".g.cs", StringComparison.Ordinal);

    private static string? ProjectOf(string file)
    {
        string? folder = Path.GetDirectoryName(file);
        while (folder is not null && folder.Length >= Checkout.Root.Length)
        {
            if (Directory.GetFiles(folder, "*.csproj") is [string project, ..]) return project;
            folder = Path.GetDirectoryName(folder);
        }
        return null;
    }

    private static string RootNamespace(string project)
    {
        string text = File.ReadAllText(project), open = "<RootNamespace>";
        int at = text.IndexOf(open, StringComparison.Ordinal);
        return at < 0 ? Path.GetFileNameWithoutExtension(project)
            : text[(at + open.Length)..text.IndexOf("</", at, StringComparison.Ordinal)];
    }

    private static AssemblyFiles FilesOf(string library)
    {
        string folder = Checkout.PathOf(library), name = Path.GetFileNameWithoutExtension(Directory.GetFiles(folder, "*.csproj")[0]);
        return AssemblyFiles.Read(Assembly.Load(name).Location, folder);
    }

    private static string[][] Cycles(IEnumerable<(string From, string To)> references, int atLeast)
    {
        var graph = references.Where(r => r.From != r.To).Select(r => new SEdge<string>(r.From, r.To))
            .ToAdjacencyGraph<string, SEdge<string>>();
        var components = new Dictionary<string, int>();
        graph.StronglyConnectedComponents(components);
        return [.. components.GroupBy(c => c.Value, c => c.Key).Where(g => g.Count() >= atLeast)
            .Select(g => g.Order(StringComparer.Ordinal).ToArray())];
    }

    /// <summary>Each cycle with the references between its members, so that a reader sees where to cut.</summary>
    private static string Describe(string[][] cycles, AssemblyFiles files) => string.Join("\n", cycles.Select(cycle =>
        string.Join(", ", cycle.Select(m => m.Length == 0 ? "(root)" : m)) + "\n  " + string.Join("\n  ", files.References
            .Where(r => IsIn(cycle, r.From) && IsIn(cycle, r.To) && Member(cycle, r.From) != Member(cycle, r.To))
            .Select(r => $"{r.From} -> {r.To}").Order(StringComparer.Ordinal))));

    private static bool IsIn(string[] cycle, string file) => Member(cycle, file) is not null;

    private static string? Member(string[] cycle, string file) =>
        cycle.Contains(file) ? file : cycle.Contains(Path.GetDirectoryName(file)!) ? Path.GetDirectoryName(file) : null;
}
