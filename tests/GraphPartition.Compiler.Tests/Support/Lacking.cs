using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Expanding;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;

namespace GraphPartition.Compiler.Tests.Support;

/// <summary>A target that takes everything but some nodes; so every function body can be tried.</summary>
internal sealed class Lacking(Func<Node, bool> lacks) : SupportPolicy
{
    public override string Name => "lacking";

    public override Verdict SupportOf(Node node, int index) => lacks(node) ? Verdict.No("lacking", "test") : Verdict.Yes;

    /// <summary>The model with the nodes that the target lacks expanded, and what the pass reports.</summary>
    public (Model Model, PassContext Context) Expand(Model model)
    {
        var context = new PassContext(model, OperatorTable.Default);
        var runner = new PassRunner(context) { Verify = true };
        Graph graph = runner.Run(new Pipeline("expand", new ExpandForTarget(this, _ => false), new EliminateDeadNodes()), model.Graph);
        return (model with { Graph = graph }, context);
    }
}
