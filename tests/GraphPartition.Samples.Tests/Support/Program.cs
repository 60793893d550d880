using System.Diagnostics;

namespace GraphPartition.Samples.Tests.Support;

/// <summary>What a program printed, and its exit code.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Errors)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>Runs programs.</summary>
internal static class Program
{
    /// <summary>The configuration that the tests were built in.</summary>
    public static string Configuration { get; } =
        AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            ? "Release" : "Debug";

    /// <summary>Runs <c>gpc</c> as the build left it.</summary>
    public static Outcome Gpc(params string[] arguments) =>
        Run("dotnet", null, [Path.Combine(AppContext.BaseDirectory, "gpc.dll"), .. arguments]);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">The program.</param>
    /// <param name="folder">Where it runs; null: where the tests run.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Outcome Run(string program, string? folder, params string[] arguments)
    {
        using Process process = Process.Start(StartInfo(program, folder, arguments))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return new(process.ExitCode, output.Result, errors.Result);
    }

    /// <summary>How to start a program with its output in pipes.</summary>
    public static ProcessStartInfo StartInfo(string program, string? folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? Environment.CurrentDirectory,
        };
        // 'dotnet test' sets these for itself; a program that builds must not inherit them.
        foreach (
            string name in new[] { "MSBuildSDKsPath", "MSBuildExtensionsPath", "MSBUILD_EXE_PATH", "MSBuildLoadMicrosoftTargetsReadOnly" })
            start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        return start;
    }
}
