using System.CommandLine;
using System.Text.Json;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Plan;
using GraphPartition.Gpc.View;
using GraphPartition.Ir;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary>
/// <c>gpc why MODEL</c>: which operators keep the engines from being fewer. <c>gpc why MODEL NODE</c>: why a node is where it is.
/// <c>gpc why MODEL A B</c>: why two nodes are not in one engine.
/// </summary>
internal static class WhyCommand
{
    public static Command Create()
    {
        var command = new Command("why", "Explain fallbacks: the ranking of operators that cost engines, one node, or what keeps two nodes apart.");
        var model = new ModelArguments(command);
        var nodes = new Argument<string[]>("NODE") { Description = "None, one or two node names.", Arity = new ArgumentArity(0, 2) };
        command.Add(nodes);
        command.SetAction(parsed =>
        {
            PlannedModel planned = Stages.Show(2, stage => model.Plan(parsed, stage));
            PartitionPlan plan = planned.Compilation.Plan;
            int[] asked = [.. (parsed.GetValue(nodes) ?? []).Select(name => NodeNames.IndexOf(plan.Graph, name))];
            object answer = asked switch
            {
                [] => BlockerRanking.Of(plan, OperatorTable.Default, planned.Target),
                [var n] => NodeAnswer.Of(plan, n, planned.Target),
                _ => Separation.Of(plan, asked[0], asked[1]),
            };
            if (model.Json(parsed)) Console.Out.WriteLine(JsonSerializer.Serialize(answer, answer.GetType(), RunView.Json));
            else WhyView.Write(answer);
            return (int)ExitCode.Ok;
        });
        return command;
    }
}

/// <summary>Why a node is where it is.</summary>
/// <param name="Node">The node.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Supported">Whether an engine may take it.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Rule">The rule that says so.</param>
/// <param name="Release">The first newer release that takes it.</param>
/// <param name="EnginesSaved">Engines saved if this node alone were supported.</param>
/// <param name="BoundaryTensorsSaved">Boundary tensors saved likewise.</param>
internal sealed record NodeAnswer(
    string Node, string Op, bool Supported, string? Reason, string? Rule, string? Release, int EnginesSaved, int BoundaryTensorsSaved)
{
    public static NodeAnswer Of(PartitionPlan plan, int index, TensorRtTarget target)
    {
        Node node = plan.Graph.Nodes[index];
        Support tag = plan.Tags[index].IsYes ? plan.Placements[index] : plan.Tags[index];
        (int engines, int tensors) = plan.Tags[index].IsYes ? (0, 0) : BlockerRanking.SavedBy(plan, index);
        return new(node.DisplayName, node.Op.ToString(), tag.IsYes, tag.Reason, tag.Rule,
            plan.Tags[index].IsYes ? null : OperatorTable.Default.FirstReleaseThatSupports(node, target)?.ToString(), engines, tensors);
    }
}
