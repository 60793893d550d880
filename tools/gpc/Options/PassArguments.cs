using System.CommandLine;
using GraphPartition.Compiler.Diagnostics;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Expanding;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;

namespace GraphPartition.Gpc.Options;

/// <summary>How the graph is simplified.</summary>
internal sealed class PassArguments
{
    private static readonly string[] AfterPasses = ["ExpandForTarget", .. Expansions.Rules]; // the planner applies them behind the passes

    private readonly Option<string> _passes;
    private readonly Option<long> _foldLimit = OptionOf.Number(
        "--fold-limit", "BYTES", "How many bytes a folded constant may add to the model.", 0L, PassContext.DefaultFoldLimit);
    private readonly Option<long> _unrollLimit = OptionOf.Number(
        "--unroll-limit", "N", "Unroll loops of known length up to N iterations; 0 keeps loops.", 0L);
    private readonly Option<string?> _dumpAfter = new("--dump-after")
    {
        Description = "Print the graph to standard error after this pass, or after 'all' passes.",
        HelpName = "PASS",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="otherwise">The passes where the command line names none.</param>
    /// <param name="dumps">Whether the command runs the passes once, so that a graph can be printed.</param>
    public PassArguments(GpcCommand command, string otherwise = "standard", bool dumps = true)
    {
        _passes = new("--passes")
        {
            Description = "standard, exact (only passes that keep every bit), none, or names of passes separated by commas: "
                + string.Join(", ", Pipeline.Names) + ".",
            HelpName = "LIST",
            DefaultValueFactory = _ => otherwise,
        };
        command.Add(OptionGroup.Passes, _passes, _foldLimit, _unrollLimit);
        if (dumps) command.Add(OptionGroup.Passes, _dumpAfter);
        OptionOf.Refuse(command, result => result.GetValue(_passes) == "none" ? $"with {_passes.Name} none" : null,
            _foldLimit, _unrollLimit, _dumpAfter);
    }

    /// <summary>Whether the command line has any of these options.</summary>
    public bool AreGiven(ParseResult parsed) => OptionOf.AnyGiven(parsed, [_passes, _foldLimit, _unrollLimit]);

    /// <summary>A request with the options of the command line.</summary>
    /// <exception cref="ModelException">GP3003: a pass is not known.</exception>
    public ModelRequest In(ParseResult parsed, ModelRequest request)
    {
        string? dump = parsed.GetResult(_dumpAfter) is null ? null : parsed.GetValue(_dumpAfter);
        string[] known = [.. Pipeline.Names, .. AfterPasses, "all"];
        if (dump is not null && !known.Contains(dump))
            throw CompilerCodes.UnknownPass.Error($"--dump-after {dump}", $"no pass has this name{NearNames.Hint(dump, known)}");
        return request with
        {
            Passes = parsed.GetRequiredValue(_passes),
            FoldLimit = parsed.GetValue(_foldLimit),
            UnrollLimit = parsed.GetValue(_unrollLimit),
            DumpAfter = dump,
        };
    }
}
