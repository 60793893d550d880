using Xunit;

namespace GraphPartition.Samples.Tests.Support;

/// <summary>The packages of this checkout in a folder, packed once for all tests from what is built already.</summary>
public sealed class PackageFeed : IDisposable
{
    /// <summary>A version that no other source has.</summary>
    public const string Version = "9.9.9-test";

    private readonly TemporaryFolder _folder = new();

    /// <summary>Packs.</summary>
    public PackageFeed()
    {
        Outcome packed = Program.Run(
            "dotnet", Checkout.Root, "pack", "GraphPartition.sln", "-c", Program.Configuration, "--no-build", "-v", "q", "-o", Path,
            $"-p:Version={Version}");
        Assert.True(packed.ExitCode == 0, packed.ToString());
    }

    /// <summary>The folder of the packages.</summary>
    public string Path => _folder.Path;

    /// <summary>The packages, without those of symbols.</summary>
    public string[] Packages => Directory.GetFiles(Path, "*.nupkg");

    /// <summary>Writes a NuGet configuration with this feed.</summary>
    /// <param name="folder">Where to write it; packages are unpacked there too.</param>
    /// <param name="alone">Whether no other source may be used.</param>
    /// <returns>The file.</returns>
    public string WriteConfiguration(string folder, bool alone)
    {
        // What the machine has unpacked already is used from there; nothing of this test is left in it.
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string file = System.IO.Path.Combine(folder, "nuget.config");
        File.WriteAllText(file, $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources>{(alone ? "<clear />" : "")}<add key="graphpartition-test" value="{Path}" /></packageSources>
              <fallbackPackageFolders>{(Directory.Exists(cache) ? $"""<add key="cache" value="{cache}" />""" : "")}</fallbackPackageFolders>
            </configuration>
            """);
        return file;
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
