using System.Diagnostics;

namespace GraphPartition.Tests.Support;

/// <summary>The tool as a user meets it: a process with arguments, output and an exit code.</summary>
internal static class GpcProcess
{
    public sealed record Outcome(int ExitCode, string Output, string Errors)
    {
        public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
    }

    /// <summary>The program that gives a process a terminal (util-linux), or null.</summary>
    public static string? Terminal { get; } = File.Exists("/usr/bin/script") ? "/usr/bin/script" : null;

    /// <summary>Runs the tool with its output in pipes.</summary>
    public static Outcome Run(params string[] arguments) => Start("dotnet", [Library, .. arguments]);

    /// <summary>Runs the tool where TensorRT and the driver are mocks.</summary>
    public static Outcome RunOnMocks(params string[] arguments) => Start("dotnet", [Library, .. arguments],
        ("TENSORRT_HOME", MockCompiler.TensorRt("trt10_16")), ("LD_LIBRARY_PATH", MockCompiler.Cuda()));

    /// <summary>Runs the tool on a terminal, where it shows its progress.</summary>
    public static Outcome RunOnTerminal(params string[] arguments) =>
        Start(Terminal!, ["-q", "-e", "-c", string.Join(' ', new[] { "dotnet", Library }.Concat(arguments).Select(a => $"'{a}'")),
            "/dev/null"]);

    /// <summary>Runs the tool with other variables of the environment.</summary>
    public static Outcome RunWith((string Name, string Value)[] variables, params string[] arguments) =>
        Start("dotnet", [Library, .. arguments], variables);

    private static string Library => Path.Combine(AppContext.BaseDirectory, "gpc.dll");

    private static Outcome Start(string program, string[] arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["TERM"] = "xterm";
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return new(process.ExitCode, output.Result, errors.Result);
    }
}
