using System.CommandLine;
using GraphPartition.Gpc.Requests;

namespace GraphPartition.Gpc.Options;

/// <summary>How exact a converted model must be on the samples.</summary>
internal sealed class BudgetArguments
{
    private readonly BudgetOption _budgets = new(
        "Keep the fewest nodes in FP32 that are needed so that outputs have sqnr:DB, cosine:C, top1:SHARE or max:ERROR on the samples.");
    private readonly Option<string?> _command = new("--budget-command")
    {
        Description = "A shell command that judges a conversion: exit code 0 if it is good enough. It finds the model in $GPC_MODEL, and an "
            + "FP32 model that computes the same numbers on a CPU in $GPC_EMULATION.",
        HelpName = "CMD",
    };
    private readonly Option<string?> _measurements = new("--measurements")
    {
        Description = "Keep what the search measures in this file. A search that was stopped continues from it.",
        HelpName = "FILE",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="samples">Its samples, without which there is nothing to measure.</param>
    public BudgetArguments(GpcCommand command, SampleArguments samples)
    {
        command.Add(OptionGroup.Common, _budgets, _command, _measurements);
        OptionOf.Refuse(command, result => samples.AreGiven(result) ? null : "without --test-data or --calibration-data", _budgets, _command);
        OptionOf.Refuse(command, result => OptionOf.AnyGiven(result, _budgets, _command) ? null
            : $"without {_budgets.Name} or {_command.Name}", _measurements);
    }

    /// <summary>A request with the options of the command line.</summary>
    /// <exception cref="Foundation.ModelException">GP3112: a budget cannot be read.</exception>
    public ConvertRequest In(ParseResult parsed, ConvertRequest request) => request with
    {
        Budgets = _budgets.Read(parsed),
        BudgetCommand = parsed.GetValue(_command),
        Measurements = parsed.GetValue(_measurements),
    };
}
