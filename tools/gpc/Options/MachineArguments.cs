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

    private readonly Option<string[]> _plugins = new("--plugin")
    {
        Description = "A library of TensorRT plugins. Its code runs in this process. May be given several times.",
        HelpName = "LIBRARY",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="usesEngines">Whether the command builds or loads engines, which may need plugins.</param>
    public MachineArguments(GpcCommand command, bool usesEngines = true)
    {
        command.Add(OptionGroup.Engines, _tensorRt, _log);
        if (!usesEngines) return;
        command.Add(OptionGroup.Engines, _ordinal);
        command.Add(OptionGroup.Operators, _plugins);
    }

    /// <summary>The options of a command that builds or loads engines.</summary>
    public Option[] All => [_tensorRt, _ordinal, _log, _plugins];

    /// <summary>The options that mean something only where there is a device: a plugin may ask for it while an engine is built.</summary>
    public Option[] OfDevice => [_ordinal, _plugins];

    /// <summary>The options of the command line.</summary>
    public MachineRequest Request(ParseResult parsed)
    {
        LibrarySearchOptions usual = LibrarySearchOptions.FromEnvironment();
        string? folder = parsed.GetValue(_tensorRt);
        var options = new MachineOptions
        {
            Libraries = folder is null ? usual : usual with { Folders = [folder, Path.Combine(folder, "lib")] },
            Ordinal = parsed.GetResult(_ordinal) is null ? 0 : parsed.GetValue(_ordinal),
            Plugins = parsed.GetResult(_plugins) is null ? [] : parsed.GetValue(_plugins) ?? [],
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
