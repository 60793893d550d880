using System.CommandLine;
using System.Text.Json;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Runtime.Ort;
using GraphPartition.TensorRt.Diagnosis;
using GraphPartition.TensorRt.Library;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc doctor</c>: shows what this machine has for engines and for the fallback, and what is missing.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command =
            new GpcCommand("doctor", "Shows what this machine has (CUDA driver, devices, TensorRT, ONNX Runtime), and what is missing.");
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var deep = new Option<bool>("--deep")
        {
            Description = "Also build an engine of two layers, in a process of its own. That takes as long as TensorRT needs to load its kernels.",
        };
        command.Add(json);
        command.Add(deep);
        var machine = new MachineArguments(command, usesEngines: false);
        command.SetAction(parsed =>
        {
            MachineRequest request = machine.Request(parsed);
            EngineOptions options = new() { Worker = EngineService.Worker(null), Logger = ErrorStreamLogger.From(request.LogFrom) };
            DoctorReport report = Doctor.Examine(request.Options.Libraries,
                trial: parsed.GetValue(deep) ? target => BuilderTrial.Run(target, options) : null);
            string version = OrtEnvironment.Instance.GetVersionString();
            string[] providers = OrtEnvironment.Instance.GetAvailableProviders();
            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(new
                {
                    report.Platform,
                    cuda = report.Cuda is { } c ? new { c.Path, version = c.CudaVersion.ToString() } : null,
                    devices = report.Devices.Select(
                        d => new { d.Ordinal, d.Name, computeCapability = d.ComputeCapability.ToString(), d.MemoryBytes }),
                    tensorRt = report.TensorRt.Select(t => new
                    {
                        t.Path,
                        version = t.Release.ToString(),
                        t.HasParser,
                        t.IsUsable,
                        capabilities = t.Capabilities.Select(c => c.ToString())
                    }),
                    onnxRuntime = new { version, providers },
                    tried = report.Attempts.Select(a => a.ToString()),
                    problems = report.Problems.Select(p => p.ToString()),
                    report.CanBuild,
                    report.CanRun,
                }, JsonOutput.Options));
            else Write(report, version, providers);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void Write(DoctorReport report, string version, string[] providers)
    {
        AnsiConsole.WriteLine($"platform      {report.Platform}");
        AnsiConsole.WriteLine($"ONNX Runtime  {version} with {string.Join(", ", providers)}");
        AnsiConsole.WriteLine($"CUDA driver   {(report.Cuda is { } cuda ? $"{cuda.Path}, CUDA {cuda.CudaVersion}" : "none")}");
        foreach (DeviceFinding d in report.Devices)
            AnsiConsole.WriteLine($"device {d.Ordinal}      {d.Name}, compute capability {d.ComputeCapability}, {d.MemoryBytes >> 20} MiB");
        foreach (TensorRtFinding t in report.TensorRt)
        {
            string usable = t.IsUsable switch { true => ", a trial build succeeded", false => ", not usable here", null => "" };
            AnsiConsole.WriteLine($"TensorRT      {t.Release} at {t.Path}{(t.HasParser ? "" : ", without its parser")}{usable}");
            if (t.Capabilities.Count > 0)
                AnsiConsole.WriteLine($"              builds without a GPU for compute capability {string.Join(", ", t.Capabilities)} (--for)");
        }
        foreach (LibraryAttempt attempt in report.Attempts) AnsiConsole.WriteLine($"tried         {attempt}");
        foreach (Diagnostic problem in report.Problems) AnsiConsole.WriteLine(problem.ToString());
        AnsiConsole.WriteLine((report.CanBuild, report.CanRun) switch
        {
            (true, true) => "engines can be built here",
            (true, false) => "engines can be built here, not run",
            _ => "engines cannot be built here; models run on ONNX Runtime",
        });
    }
}
