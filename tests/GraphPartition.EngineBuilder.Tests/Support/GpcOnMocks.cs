using System.Diagnostics;

namespace GraphPartition.EngineBuilder.Tests.Support;

/// <summary>The tool as a process on a machine whose TensorRT and driver are mocks.</summary>
internal static class GpcOnMocks
{
    public sealed record Outcome(int ExitCode, string Output, string Errors)
    {
        public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
    }

    /// <summary>The tool's assembly, beside the tests.</summary>
    public static string Library => Path.Combine(AppContext.BaseDirectory, "gpc.dll");

    /// <summary>Runs the tool.</summary>
    /// <param name="tensorRt">TensorRT's folder; null: none is to be found.</param>
    /// <param name="arguments">The command line.</param>
    public static Outcome Run(string? tensorRt, params string[] arguments) =>
        Finish(Start(tensorRt, "", "dotnet", [Library, .. arguments]));

    /// <summary>Runs the tool with some of TensorRT's calls failing, as GP_MOCK_FAIL has it.</summary>
    public static Outcome RunFailing(string tensorRt, string failing, params string[] arguments) =>
        Finish(Start(tensorRt, failing, "dotnet", [Library, .. arguments]));

    /// <summary>Runs the tool with another CUDA driver, or with none.</summary>
    /// <param name="tensorRt">TensorRT's folder.</param>
    /// <param name="cuda">The folder of libcuda.so.1.</param>
    /// <param name="arguments">The command line.</param>
    public static Outcome RunOnDriver(string tensorRt, string cuda, params string[] arguments) =>
        Finish(Start(tensorRt, "", "dotnet", [Library, .. arguments], cuda));

    public static Process Start(string? tensorRt, string failing, string program, string[] arguments, string? cuda = null)
    {
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["TENSORRT_HOME"] = tensorRt ?? "/nonexistent";
        start.Environment["LD_LIBRARY_PATH"] = cuda ?? (tensorRt is null ? "" : MockCompiler.Cuda());
        start.Environment["GP_MOCK_FAIL"] = failing;
        return Process.Start(start)!;
    }

    public static Outcome Finish(Process process)
    {
        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            process.WaitForExit();
            return new(process.ExitCode, output.Result, errors.Result);
        }
    }
}
