using System.CommandLine;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.MixedPrecision.Debugging;
using GraphPartition.Operators.Definitions;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc debug nan MODEL</c> and <c>gpc debug precision MODEL</c>: the nodes at which numbers break.</summary>
internal static class DebugCommand
{
    private const double Fp16Limit = 40, Bf16Limit = 22; // each a little below what one rounding leaves of a usual tensor

    public static Command Create() => new("debug", "Finds the nodes at which numbers break: NaN, infinities, lost precision.")
    {
        NonFinite(), Precision(),
    };

    private static GpcCommand NonFinite()
    {
        var command = new GpcCommand("nan", "Shows the first node that makes NaN or an infinity of finite numbers, with the ranges of its inputs.");
        var source = new SourceArguments(command);
        var passes = new PassArguments(command, otherwise: "none");
        var precision = new Option<string?>("--precision") { Description = "Round every node to this format.", HelpName = "fp16|bf16" };
        precision.AcceptOnlyFromAmong("fp16", "bf16");
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        command.Add(OptionGroup.Common, precision, json);
        var inputs = new InputArguments(command, many: true);
        command.SetAction(parsed =>
        {
            var request = new DebugRequest(
                passes.In(parsed, source.Request(parsed)), inputs.Request(parsed), LowFormat.Named(parsed.GetValue(precision)));
            BrokenModel broken = Stages.Show(3, (stage, progress) => new DebugService(request, stage, progress).FindNonFinite());
            if (parsed.GetValue(json)) JsonOutput.Print(broken);
            else BrokenView.Write(request.Model.Path, broken);
            return (int)(broken.Outputs.IsEmpty ? ExitCode.Ok : ExitCode.OutputsDiffer);
        });
        return command;
    }

    private static GpcCommand Precision()
    {
        var command = new GpcCommand("precision", "Shows which nodes lose precision in FP16 or BF16, and what each does to the outputs.");
        var source = new SourceArguments(command);
        var passes = new PassArguments(command, otherwise: "none");
        Option<string> precision = OptionOf.Choice("--precision", "The 16-bit format.", "fp16", "bf16");
        var converted = new Option<bool>("--converted")
        {
            Description = "Judge only the nodes that 'gpc convert' makes 16 bits. Without it every node and constant is rounded.",
        };
        Option<double?> limit = OptionOf.OptionalNumber("--sqnr", "DB",
            "The signal-to-noise ratio below which an error counts. Default: 40 for fp16, 22 for bf16.", 0d);
        Option<string?> plot = OptionOf.Picture("--plot", "Draw the error along the graph into this file (.svg, or .html for any other viewer).");
        var json = new Option<bool>("--json") { Description = "Print one JSON object with every node." };
        command.Add(OptionGroup.Common, precision, converted, limit, plot, json);
        var inputs = new InputArguments(command, many: true);
        command.SetAction(parsed =>
        {
            LowFormat format = LowFormat.Named(parsed.GetRequiredValue(precision))!;
            var request = new DebugRequest(passes.In(parsed, source.Request(parsed)), inputs.Request(parsed), format)
            {
                WithRules = parsed.GetValue(converted),
                Limit = parsed.GetValue(limit) ?? (format.IsNarrow ? Fp16Limit : Bf16Limit),
            };
            OutputFile.Check([("--plot", parsed.GetValue(plot))], request.Model.Path);
            PrecisionErrors errors = Stages.Show(3, (stage, progress) => new DebugService(request, stage, progress).FindErrors());
            if (parsed.GetValue(plot) is { } file) ErrorPlot.Write(errors, file);
            if (parsed.GetValue(json)) JsonOutput.Print(errors);
            else ErrorView.Write(request.Model.Path, errors);
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
