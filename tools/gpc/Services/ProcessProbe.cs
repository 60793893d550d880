using System.Diagnostics;
using GraphPartition.EngineBuilder.Builders;
using GraphPartition.Foundation;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.TensorRt.Library;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>Creates sessions and loads engines in child processes of this program.</summary>
/// <param name="logger">Receives TensorRT's messages; null: nobody does.</param>
internal sealed class ProcessProbe(ILogger? logger = null) : ICrashProbe
{
    private static readonly TimeSpan MostToLoad = TimeSpan.FromMinutes(5); // an engine of gigabytes takes seconds

    /// <summary>The first argument of a child; the command line of users does not have it.</summary>
    public const string Verb = "probe-session";

    /// <inheritdoc/>
    public string? SessionCrash(string path, string? directory, GraphOptimizationLevel level)
    {
        var (program, arguments) = ThisProgram.With(Verb, path, directory ?? "", ((int)level).ToString());
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Task.WaitAll(output, errors);
        return process.ExitCode == 0 ? null : $"ONNX Runtime crashes (exit code {process.ExitCode})";
    }

    /// <inheritdoc/>
    public string? EngineFault(TensorRtMachine machine, ReadOnlyMemory<byte> engine, bool allowHostCode)
    {
        using WorkerBuilder worker = new(
            EngineService.Worker(memoryBytes: null), BuildMachine.Of(machine.Library, machine.Device), logger, loadsOnly: true);
        try
        {
            worker.Load(engine, allowHostCode, MostToLoad, default);
            return null;
        }
        catch (EnvironmentException e)
        {
            return e.Diagnostic.ToString();
        }
    }

    /// <summary>The child: creates the session. Its exit code is 0 unless the process dies.</summary>
    public static int Run(string path, string directory, int level)
    {
        try
        {
            OrtSessionFactory.Probe(path, directory.Length == 0 ? null : directory, (GraphOptimizationLevel)level);
        }
        catch (OnnxRuntimeException)
        {
            // A refusal is not a crash; the parent process gets the message itself.
        }
        return 0;
    }
}
