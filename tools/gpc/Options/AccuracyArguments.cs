using System.CommandLine;
using System.CommandLine.Parsing;
using GraphPartition.Gpc.Requests;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.Operators.Definitions;

namespace GraphPartition.Gpc.Options;

/// <summary>How exact a planned graph must be.</summary>
internal sealed class AccuracyArguments
{
    private readonly Option<string[]> _budgets = new("--budget")
    {
        Description = "On the samples, outputs of the planned graph have sqnr:DB, cosine:C, top1:SHARE or max:ERROR against the model. It may "
            + "be given several times, also for one output each.",
        HelpName = "[OUTPUT=]METRIC:LIMIT",
    };
    private readonly Option<string?> _precision = new("--precision")
    {
        Description = "Measure the planned graph in this 16-bit format, emulated on the CPU.",
        HelpName = "fp16|bf16",
    };
    private readonly Option<string?> _reference = new("--reference")
    {
        Description = "The model that is right, for instance the one that MODEL was quantized from; without it, MODEL before the passes.",
        HelpName = "MODEL",
    };
    private readonly SampleArguments _samples;

    /// <summary>Adds the options to a command.</summary>
    public AccuracyArguments(GpcCommand command)
    {
        _precision.AcceptOnlyFromAmong("fp16", "bf16");
        command.Add(OptionGroup.Common, _budgets, _precision, _reference);
        _samples = new(command);
        OptionOf.Refuse(command, result => _samples.AreGiven(result) ? null : "without --test-data or --calibration-data", _budgets);
        OptionOf.Refuse(command, result => AreGiven(result) ? null : $"without {_budgets.Name}", [_precision, _reference, .. _samples.Options]);
    }

    /// <summary>Whether the command line gives a budget.</summary>
    public bool AreGiven(CommandResult result) => result.GetResult(_budgets) is { Implicit: false };

    /// <summary>The options of the command line; null: there is no budget.</summary>
    /// <exception cref="Foundation.ModelException">GP3112: a budget cannot be read.</exception>
    public AccuracyRequest? Request(ParseResult parsed) => parsed.GetValue(_budgets) is not { Length: > 0 } budgets ? null : new(
        [.. budgets.Select(text => AccuracyBudget.Parse(text, $"{_budgets.Name} {text}"))],
        parsed.GetValue(_precision) switch { "fp16" => LowFormat.Fp16, "bf16" => LowFormat.Bf16, _ => null },
        parsed.GetValue(_reference), _samples.Request(parsed));
}
