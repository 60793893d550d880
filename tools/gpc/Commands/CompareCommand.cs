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
        var tensors = new Option<bool>("--tensors") { Description = "Compare every tensor whose name both have, in the order of A." };
        Option<double?> least = OptionOf.OptionalNumber("--sqnr", "DB", "End with exit code 1 if an output is below this ratio.", 0d);
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var operators = new OperatorsOption();
        var customOperators = new CustomOperatorsOption();
        command.Add(expected);
        command.Add(actual);
        command.Add(OptionGroup.Common, tensors, least, json);
        command.Add(OptionGroup.Operators, operators.Option, customOperators.Option);
        var inputs = new InputArguments(command);
        command.SetAction(parsed =>
        {
            ModelRequest Model(Argument<string> argument) => new(parsed.GetRequiredValue(argument))
            {
                OperatorFiles = operators.Files(parsed),
                CustomOperators = customOperators.Paths(parsed),
            };
            ImmutableArray<OutputQuality> qualities =
                new ModelComparison(Model(expected), Model(actual), inputs.Request(parsed)).Run(parsed.GetValue(tensors));
            bool isTooLow = parsed.GetValue(least) is { } db && qualities.Any(q => !(q.Quality?.Decibels >= db));
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
