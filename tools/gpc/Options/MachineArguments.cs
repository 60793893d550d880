using System.CommandLine;
using GraphPartition.Gpc.Requests;
using GraphPartition.TensorRt.Library;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Gpc.Options;

/// <summary>Where TensorRT is, which device to use, and how much of TensorRT's log to print.</summary>
internal sealed class MachineArguments
{
    private readonly Option<string?> _tensorRt = new("--tensorrt")
    {
        Description = "The folder of TensorRT's libraries. Default: TENSORRT_HOME, the loader's path, the usual folders.",
        HelpName = "FOLDER",
    };
    private readonly Option<int> _ordinal = OptionOf.Number("--gpu", "N", "The number of the GPU that engines are built for and run on.",
        0);
    private readonly Option<string> _log = OptionOf.Choice(
        "--trt-log", "Print TensorRT's messages from this level on to standard error.", "off", "error", "warning", "info", "verbose");

    /// <summary>Adds the options to a command.</summary>
    public MachineArguments(GpcCommand command) => command.Add(OptionGroup.Engines, _tensorRt, _ordinal, _log);

    /// <summary>What the command line asks for.</summary>
    public MachineRequest Request(ParseResult parsed)
    {
        LibrarySearchOptions usual = LibrarySearchOptions.FromEnvironment();
        string? folder = parsed.GetValue(_tensorRt);
        var options = new MachineOptions
        {
            Libraries = folder is null ? usual : usual with { Folders = [folder, Path.Combine(folder, "lib")] },
            Ordinal = parsed.GetValue(_ordinal),
        };
        return new(options, parsed.GetRequiredValue(_log) switch
        {
            "error" => LogLevel.Error,
            "warning" => LogLevel.Warning,
            "info" => LogLevel.Information,
            "verbose" => LogLevel.Debug,
            _ => null,
        });
    }
}
