using System.Diagnostics;
using System.Reflection;

namespace GraphPartition.ExecutionProvider.Tests.Support;

/// <summary>The program in C++ (Native/host.cpp) that runs a model with the provider and without, in a process of its own.</summary>
internal static class HostProgram
{
    private static readonly Lazy<string> Compiled = new(() =>
    {
        string headers = typeof(CustomOperatorCompiler).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "OnnxRuntimeHeaders").Value!;
        string source = Checkout.PathOf("tests", "GraphPartition.ExecutionProvider.Tests", "Native", "host.cpp");
        string program = Path.Combine(AppContext.BaseDirectory, "host");
        Execute("g++", ["-O1", "-Wall", "-Werror", "-std=c++17", $"-I{headers}", source, "-o", program, "-ldl"], new Dictionary<string, string>());
        return program;
    });

    /// <summary>Runs a model three times and returns what the program prints; its last line is "equal" if the results are.</summary>
    /// <param name="model">The model.</param>
    /// <param name="variables">Variables of the environment.</param>
    /// <param name="options">Names and values of the provider's options.</param>
    public static string Run(string model, IReadOnlyDictionary<string, string> variables, params string[] options)
    {
        string runtime = Directory.GetFiles(AppContext.BaseDirectory, "libonnxruntime.so*", SearchOption.AllDirectories).First();
        return Execute(Compiled.Value, [runtime, PluginLibrary.Path, model, "31", "3", .. options], variables);
    }

    /// <summary>Runs a program, which must end with 0, and returns what it prints.</summary>
    public static string Execute(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}:\n{output}{errors.Result}");
        return output;
    }
}
