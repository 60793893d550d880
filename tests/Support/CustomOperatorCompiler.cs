using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace GraphPartition.TestSupport;

/// <summary>
/// Compiles libraries of custom operators with g++ from <c>tests/Support/CustomOps</c> and the headers that ONNX Runtime's package ships;
/// keeps them until the source changes.
/// </summary>
public static class CustomOperatorCompiler
{
    private static readonly string Source = Checkout.PathOf("tests", "Support", "CustomOps", "operators.cpp");
    private static readonly string Kept = Checkout.PathOf("tests", "Support", "obj", "custom-ops");
    private static readonly ConcurrentDictionary<string, Lazy<string>> Libraries = new();

    private static readonly string Headers = typeof(CustomOperatorCompiler).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "OnnxRuntimeHeaders").Value!;

    /// <summary>Why there can be no such libraries here, or null.</summary>
    public static string? WhyNot { get; } = MockCompiler.WhyNot
        ?? (File.Exists(Path.Combine(Headers, "onnxruntime_cxx_api.h")) ? null : $"the headers of ONNX Runtime are not in {Headers}");

    /// <summary>The path of a library.</summary>
    /// <param name="name">The name of the file, without extension.</param>
    /// <param name="flags">Flags for the compiler: which variant.</param>
    public static string Compile(string name = "libtestops", string flags = "") =>
        Libraries.GetOrAdd(name + flags, _ => new Lazy<string>(() => Make(name, flags))).Value;

    private static string Make(string name, string flags)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(File.ReadAllText(Source) + flags + Headers));
        string folder = Path.Combine(Kept, Convert.ToHexStringLower(hash)[..16]), library = Path.Combine(folder, $"{name}.so");
        if (File.Exists(library)) return library;
        Directory.CreateDirectory(folder);
        string making = $"{library}.{Environment.ProcessId}";
        var start = new ProcessStartInfo("g++",
            $"-std=c++17 -O1 -fPIC -shared -fvisibility=hidden -I{Headers} {flags} {Source} -o {making}")
        { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"g++ failed for {name}:\n{output}");
        File.Move(making, library, overwrite: true);
        return library;
    }
}
