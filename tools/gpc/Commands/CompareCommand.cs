using System.Collections.Immutable;
using System.CommandLine;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc compare A B --test-data DIR</c>: how well the outputs, or all tensors, of B keep those of A.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("compare", "Shows how well a model keeps the outputs of another, for instance its FP16 form.");
        var expected = new Argument<string>("A") { Description = "The model that is right." };
        var actual = new Argument<string>("B") { Description = "The model to judge. FP16 and BF16 are emulated." };
        var tensors = new Option<bool>("--tensors")
        {
            Description = "Compare every tensor that both have, by name or else by how it is computed, in the order of A.",
        };
        Option<double?> least = OptionOf.OptionalNumber("--sqnr", "DB", "End with exit code 1 if an output is below this ratio.", 0d);
        var dump = new Option<string?>("--dump-tensors")
        {
            Description = "Write inputs and compared tensors in ONNX test-data form into the folders expected and actual of this folder.",
            HelpName = "DIR",
        };
        Option<string?> plot = OptionOf.Picture("--plot", "Draw the error along the graph into this file (.svg or .html); with --tensors.");
        Option<double> relative = OptionOf.Number("--rtol", "X", "Relative tolerance of l0, the share of elements outside.", 0d, 1e-5);
        Option<double> absolute = OptionOf.Number("--atol", "X", "Absolute tolerance of l0.", 0d, 1e-5);
        var json = new Option<bool>("--json") { Description = "Print one JSON object with all metrics." };
        var operators = new OperatorsOption();
        var customOperators = new CustomOperatorsOption();
        command.Add(expected);
        command.Add(actual);
        command.Add(OptionGroup.Common, tensors, least, dump, plot, relative, absolute, json);
        command.Add(OptionGroup.Operators, operators.Option, customOperators.Option);
        OptionOf.Refuse(command, result => result.GetValue(tensors) ? null : $"without {tensors.Name}", plot);
        var inputs = new InputArguments(command, many: true);
        command.SetAction(parsed =>
        {
            ModelRequest Model(Argument<string> argument) => new(parsed.GetRequiredValue(argument))
            {
                OperatorFiles = operators.Files(parsed),
                CustomOperators = customOperators.Paths(parsed),
            };
            var request = new CompareRequest(Model(expected), Model(actual), inputs.Request(parsed))
            {
                AllTensors = parsed.GetValue(tensors),
                Absolute = parsed.GetValue(absolute),
                Relative = parsed.GetValue(relative),
                DumpFolder = parsed.GetValue(dump),
            };
            OutputFile.Check([("--plot", parsed.GetValue(plot))], request.Expected.Path, request.Actual.Path);
            ImmutableArray<OutputQuality> qualities = new ModelComparison(request).Run();
            bool isTooLow = parsed.GetValue(least) is { } db && qualities.Any(q => !(q.Quality?.Decibels >= db));
            if (parsed.GetValue(plot) is { } file) ErrorPlot.Write(qualities, parsed.GetValue(least), file);
            if (parsed.GetValue(json)) JsonOutput.Print(new { Tensors = QualityView.ToJson(qualities) });
            else
            {
                QualityView.Write(parsed.GetValue(tensors) ? "tensor" : "output", qualities, parsed.GetValue(least));
                if (isTooLow) AnsiConsole.WriteLine($"below {parsed.GetValue(least)} dB");
            }
            return (int)(isTooLow ? ExitCode.OutputsDiffer : ExitCode.Ok);
        });
        return command;
    }
}
