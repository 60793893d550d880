using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Diagnostics;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Options;
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
        command.Add(file);
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
            if (faults.Count > 0) throw new ModelException([.. faults.Select(f => CompilerCodes.BadPlanFile.At(path, f))]);
            string minimum = plan.Summary.IsMinimum ? "the fewest possible"
                : $"the minimum without constraints is {plan.Summary.MinimumEngines}";
            AnsiConsole.MarkupLineInterpolated(
                $"{path} holds: {plan.Proof.Nodes.Length} nodes in {plan.Proof.Segments.Length} segments without a cycle, {PlanView.Engines(plan.Summary.Engines.Length)} ({minimum})");
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
