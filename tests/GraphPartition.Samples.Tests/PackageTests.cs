using System.IO.Compression;
using System.Xml.Linq;
using GraphPartition.Samples.Tests.Support;
using Xunit;

namespace GraphPartition.Samples.Tests;

/// <summary>The packages are complete, and a stranger's project and machine can use them.</summary>
public sealed class PackageTests(PackageFeed feed) : IClassFixture<PackageFeed>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Libraries_and_the_tool_are_packed_and_nothing_else()
    {
        string[] libraries =
            [.. Program.Run("git", Checkout.Root, "ls-files", "ir/*.csproj", "compiler/*.csproj", "runtime/*.csproj").Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(p => Path.GetFileNameWithoutExtension(p))
            .Where(name => name != "GraphPartition.ExecutionProvider")]; // packed only with its native library; its own tests do that
        Assert.Equal(
            libraries.Append("gpc").Select(name => $"{name}.{PackageFeed.Version}.nupkg").Order(StringComparer.Ordinal),
            feed.Packages.Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
        Assert.All(feed.Packages, p => Assert.True(File.Exists(Path.ChangeExtension(p, ".snupkg")), p));
    }

    [Fact]
    public void Every_package_has_a_description()
    {
        foreach (string path in feed.Packages)
        {
            using ZipArchive package = ZipFile.OpenRead(path);
            using Stream nuspec = package.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
            XElement metadata = XDocument.Load(nuspec).Root!.Elements().Single(e => e.Name.LocalName == "metadata");
            string Of(string name) => metadata.Elements().SingleOrDefault(e => e.Name.LocalName == name)?.Value ?? "";
            Assert.Equal("The GraphPartition authors", Of("authors"));
            Assert.Equal("Apache-2.0", Of("license"));
            Assert.DoesNotContain("Package Description", Of("description"), StringComparison.Ordinal);
            Assert.NotEmpty(Of("description"));
            Assert.Contains(package.Entries, e => e.FullName == Of("readme"));
            Assert.Contains(package.Entries, e => e.FullName == "THIRD-PARTY-NOTICES");
            if (!path.Contains("gpc.", StringComparison.Ordinal))
                Assert.Contains(package.Entries, e => e.FullName.StartsWith("lib/net10.0/", StringComparison.Ordinal)
                    && e.Name.EndsWith(".xml", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_project_outside_restores_the_packages_and_runs_the_program_of_the_readme()
    {
        feed.WriteConfiguration(_folder.Path, alone: false);
        File.WriteAllText(_folder.File("App.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="GraphPartition.Compiler" Version="{PackageFeed.Version}" />
                <PackageReference Include="GraphPartition.Runtime" Version="{PackageFeed.Version}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(_folder.File("Program.cs"), Assert.Single(new MarkdownPage(Checkout.PathOf("README.md")).Blocks("csharp")));
        Directory.CreateDirectory(_folder.File("testmodels"));
        File.Copy(Checkout.PathOf("testmodels", "mixed.onnx"), _folder.File("testmodels/mixed.onnx"));
        Outcome outcome = Program.Run("dotnet", _folder.Path, "run", "--project", "App.csproj");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("4 engines", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tool_installs_and_runs()
    {
        string configuration = feed.WriteConfiguration(_folder.Path, alone: true), tools = _folder.File("tools");
        Outcome installed = Program.Run(
            "dotnet", _folder.Path, "tool", "install", "gpc", "--tool-path", tools, "--version", PackageFeed.Version, "--configfile",
            configuration);
        Assert.True(installed.ExitCode == 0, installed.ToString());
        Outcome run = Program.Run(Path.Combine(tools, "gpc"), _folder.Path, "run", Checkout.PathOf("testmodels", "mixed.onnx"));
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("the result equals the unpartitioned run", run.Output, StringComparison.Ordinal);
    }
}
