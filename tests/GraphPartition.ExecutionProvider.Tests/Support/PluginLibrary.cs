using System.Diagnostics;
using System.Security.Cryptography;

namespace GraphPartition.ExecutionProvider.Tests.Support;

/// <summary>
/// The native library, compiled ahead of time once: a copy is kept until an assembly changes that it is made of.
/// </summary>
internal static class PluginLibrary
{
    private static readonly Lazy<(string? Path, string? Fault)> Published = new(Publish);

    /// <summary>Why there can be no library here; null where there can.</summary>
    public static string? WhyNot { get; } = !OperatingSystem.IsLinux() || System.Runtime.InteropServices.RuntimeInformation.OSArchitecture
        != System.Runtime.InteropServices.Architecture.X64 ? "the library is built for Linux on x64" : MockCompiler.WhyNot;

    /// <summary>The file.</summary>
    public static string Path => Published.Value.Path ?? throw new InvalidOperationException(Published.Value.Fault);

    private static (string?, string?) Publish()
    {
        if (Environment.GetEnvironmentVariable("GP_EP_LIBRARY") is { Length: > 0 } given) return (given, null);
        string project = Checkout.PathOf("runtime", "ExecutionProvider");
        string folder = System.IO.Path.Combine(project, "obj", "published", Hash()), library = System.IO.Path.Combine(folder, "libgraphpartition_ep.so");
        if (File.Exists(library)) return (library, null);
        string making = $"{folder}.{Environment.ProcessId}";
        // The references are built already, and must not change under other tests.
        var start = new ProcessStartInfo("dotnet", ["publish", "-c", Configuration, "-r", "linux-x64", "--no-restore", "--no-dependencies",
            "-p:UseSharedCompilation=true", "-p:RunAnalyzers=false", "-v", "q", "-nologo", "-o", making, project])
        { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) return (null, $"dotnet publish ended with {process.ExitCode}:\n{output}");
        if (!Directory.Exists(folder)) Directory.Move(making, folder);
        else Directory.Delete(making, recursive: true); // another test process was faster
        foreach (string old in Directory.GetDirectories(System.IO.Path.GetDirectoryName(folder)!))
            if (old != folder && Directory.GetCreationTimeUtc(old) < DateTime.UtcNow.AddHours(-1)) Directory.Delete(old, recursive: true);
        return (library, null);
    }

    private static string Configuration => AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";

    private static string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "GraphPartition.*.dll").Order(StringComparer.Ordinal))
            if (!System.IO.Path.GetFileName(file).Contains("Test", StringComparison.Ordinal)) hash.AppendData(File.ReadAllBytes(file));
        hash.AppendData(File.ReadAllBytes(Checkout.PathOf("runtime", "ExecutionProvider", "GraphPartition.ExecutionProvider.csproj")));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}

/// <summary>A test that registers the native library.</summary>
public sealed class PluginFactAttribute : FactAttribute
{
    public PluginFactAttribute() => Skip = PluginLibrary.WhyNot;
}

/// <summary>As <see cref="PluginFactAttribute"/>, for theories.</summary>
public sealed class PluginTheoryAttribute : TheoryAttribute
{
    public PluginTheoryAttribute() => Skip = PluginLibrary.WhyNot;
}

/// <summary>A theory that registers the native library and reads shared models.</summary>
public sealed class PluginModelTheoryAttribute : TheoryAttribute
{
    public PluginModelTheoryAttribute() => Skip = PluginLibrary.WhyNot ?? OutsideFolders.WhyNotShared("models");
}
