using System.Collections.Immutable;
using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Diagnostics;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc verify PLAN|COMPILED</c>: checks a plan by its certificate, without the partitioner.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var command =
            new GpcCommand(
                "verify", "Checks a plan file or a compiled model: no cycle, each node in one place, and the proof of the minimum.");
        var file = new Argument<string>("FILE") { Description = "A plan file ('gpc plan -o') or a model that gpc compiled." };
        var model = new Option<string?>("--model")
        {
            Description = "Also check that the plan is about this model: its nodes, and what the target takes.",
            HelpName = "MODEL",
        };
        var second = new Argument<string?>("MODEL") { Description = "The same as --model.", Arity = ArgumentArity.ZeroOrOne };
        var operators = new OperatorsOption();
        command.Add(file);
        command.Add(second);
        command.Add(OptionGroup.Common, model);
        command.Add(OptionGroup.Operators, operators.Option);
        OptionOf.Refuse(command, result => result.GetValue(second) is null ? null : "with a second file", model);
        OptionOf.Refuse(command, result => (result.GetValue(model) ?? result.GetValue(second)) is null ? $"without {model.Name}" : null, operators.Option);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            PlanFile plan;
            IReadOnlyList<string> faults;
            if (PlanFile.IsJson(path))
            {
                plan = PlanFile.Read(path);
                faults = PlanVerifier.Verify(plan);
            }
            else
            {
                CompiledModel compiled = PlanFile.ReadCompiled(path);
                plan = PlanFile.Read(compiled, path);
                faults = PlanVerifier.Verify(compiled, plan);
            }
            if ((parsed.GetValue(model) ?? parsed.GetValue(second)) is { } source)
                faults = [.. faults, .. PlanVerifier.Verify(plan, Planned(source, plan.Options, operators.Files(parsed)))];
            if (faults.Count > 0) throw new ModelException([.. faults.Select(f => CompilerCodes.BadPlanFile.At(path, f))]);
            string minimum = plan.Summary.IsMinimum ? "the fewest possible"
                : $"the minimum without constraints is {plan.Summary.MinimumEngines}";
            AnsiConsole.MarkupLineInterpolated(
                $"{path} holds: {plan.Proof.Nodes.Length} nodes in {plan.Proof.Segments.Length} segments without a cycle, {PlanView.Engines(plan.Summary.Engines.Length)} ({minimum})");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A plan of a model with the options of another plan.</summary>
    private static PlanFile Planned(string model, PlanOptions options, ImmutableArray<string> operators)
    {
        var request = new ModelRequest(model)
        {
            Target = options.Target,
            Support = options.Support,
            Groups = options.Groups == "connected" ? GroupMode.Connected : GroupMode.Minimum,
            OperatorFiles = operators,
        };
        return new ModelService(request, _ => { }).Plan().Compilation.ToPlanFile();
    }
}
