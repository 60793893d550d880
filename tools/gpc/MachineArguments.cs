using System.CommandLine;
using GraphPartition.Gpc.View;
using GraphPartition.TensorRt.Library;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Gpc;

/// <summary>Where TensorRT is, which device to use, and how much of TensorRT's log is shown.</summary>
internal sealed class MachineArguments
{
    private readonly Option<string?> _tensorRt = new("--tensorrt") { Description = "The folder of TensorRT's libraries (default: TENSORRT_HOME, the loader's path, the usual places)." };
    private readonly Option<int> _ordinal = new("--gpu") { Description = "The number of the GPU that engines are built for and run on." };
    private readonly Option<string> _log = new("--trt-log")
    {
        Description = "Print TensorRT's messages from this level on to standard error: error | warning | info | verbose.",
        DefaultValueFactory = _ => "off",
    };

    public MachineArguments(Command command)
    {
        _log.AcceptOnlyFromAmong("off", "error", "warning", "info", "verbose");
        command.Add(_tensorRt);
        command.Add(_ordinal);
        command.Add(_log);
    }

    /// <summary>Where to look.</summary>
    public MachineOptions Options(ParseResult parsed)
    {
        LibrarySearchOptions usual = LibrarySearchOptions.FromEnvironment();
        string? folder = parsed.GetValue(_tensorRt);
        return new MachineOptions
        {
            Libraries = folder is null ? usual : usual with { Folders = [folder, Path.Combine(folder, "lib")] },
            Ordinal = parsed.GetValue(_ordinal),
        };
    }

    /// <summary>Looks for TensorRT and the device.</summary>
    public MachineSearch Find(ParseResult parsed) => TensorRtMachine.Find(Options(parsed));

    /// <summary>Where TensorRT's messages go; null: nowhere but into errors.</summary>
    public ILogger? Logger(ParseResult parsed) => parsed.GetRequiredValue(_log) switch
    {
        "error" => new ErrorStreamLogger(LogLevel.Error),
        "warning" => new ErrorStreamLogger(LogLevel.Warning),
        "info" => new ErrorStreamLogger(LogLevel.Information),
        "verbose" => new ErrorStreamLogger(LogLevel.Debug),
        _ => null,
    };
}
