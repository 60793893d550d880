using System.CommandLine;
using System.CommandLine.Parsing;
using GraphPartition.Gpc.Requests;
using GraphPartition.Operators.Definitions;

namespace GraphPartition.Gpc.Options;

/// <summary>How exact a planned graph must be.</summary>
internal sealed class AccuracyArguments
{
    private readonly BudgetOption _budgets = new(
        "On the samples, outputs of the planned graph have sqnr:DB, cosine:C, top1:SHARE or max:ERROR against the model.");
    private readonly Option<string?> _precision = new("--precision")
    {
        Description = "Measure the planned graph in this 16-bit format, emulated on the CPU.",
        HelpName = "fp16|bf16",
    };
    private readonly Option<string?> _reference = new("--reference")
    {
        Description = "Compare with this model, for instance with the float model of a quantized MODEL. Default: MODEL before the passes.",
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
    public bool AreGiven(CommandResult result) => OptionOf.AnyGiven(result, _budgets);

    /// <summary>The options of the command line; null: there is no budget.</summary>
    /// <exception cref="Foundation.ModelException">GP3112: a budget cannot be read.</exception>
    public AccuracyRequest? Request(ParseResult parsed) => _budgets.Read(parsed) is not { IsEmpty: false } budgets ? null : new(
        budgets,
        LowFormat.Named(parsed.GetValue(_precision)),
        parsed.GetValue(_reference), _samples.Request(parsed));
}
