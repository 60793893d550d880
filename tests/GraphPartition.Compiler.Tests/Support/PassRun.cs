using System.Collections.Immutable;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Ort;
using Xunit;

namespace GraphPartition.Compiler.Tests.Support;

/// <summary>One run of passes, verified after each, and a second run that must find nothing left to do.</summary>
internal sealed class PassRun
{
    private static readonly ImmutableSortedDictionary<string, int> Opsets18 =
        OpsetVersions.Standard(18);

    private PassRun(Model model, PassContext context, PassRunner runner) => (Model, Context, Reports) = (model, context, runner.Reports);

    public Model Model { get; }

    public Graph Graph => Model.Graph;

    public PassContext Context { get; }

    public IReadOnlyList<PassReport> Reports { get; }

    public IEnumerable<string> Reasons => Context.Refusals.Select(r => r.Reason);

    public static PassRun Of(Model model, Pipeline pipeline, long foldLimit = PassContext.DefaultFoldLimit,
        IConstantEvaluator? evaluator = null,
        long unrollLimit = 0, TensorRtTarget? target = null)
    {
        PassContext context = NewContext(model);
        var runner = new PassRunner(context) { Verify = true };
        Model after = model with { Graph = runner.Run(pipeline, model.Graph) };
        var second = new PassRunner(NewContext(after));
        Assert.True(ReferenceEquals(after.Graph, second.Run(pipeline, after.Graph)),
            "a second run changes something: " + string.Join(", ", second.Reports.Where(r => r.IsChanged)));
        return new(after, context, runner);

        PassContext NewContext(Model of) => new(of, OperatorTable.Default)
        {
            Evaluator = evaluator ?? new OrtConstantEvaluator(),
            FoldLimit = foldLimit,
            UnrollLimit = unrollLimit,
            Target = target ?? TensorRtTarget.Default,
        };
    }

    /// <summary>Runs one pass on a graph in text form.</summary>
    public static PassRun Of(string text, IGraphPass pass, long foldLimit = PassContext.DefaultFoldLimit, int opset = 18,
        IConstantEvaluator? evaluator = null) =>
        Of(Parse(text, opset), new Pipeline(pass.Name, pass), foldLimit, evaluator);

    /// <summary>A model of a graph in text form, typed.</summary>
    public static Model Parse(string text, int opset = 18)
    {
        var scope = new BuildScope();
        Graph graph = GraphParser.ParseGraph(text, OperatorTable.Default, scope);
        Assert.Empty(scope.Diagnostics);
        return Around(graph, opset);
    }

    /// <summary>A model of a graph.</summary>
    public static Model Around(Graph graph, int opset = 18) => new(graph) { Opsets = Opsets18.SetItem("", opset), FormatVersion = 8 };

    /// <summary>The pass changes the graph into another, and the results agree.</summary>
    public static PassRun Fires(
        IGraphPass pass, string before, string after, int opset = 18, long unrollLimit = 0, TensorRtTarget? target = null)
    {
        Model model = Parse(before, opset);
        PassRun run = Of(model, new Pipeline(pass.Name, pass, new EliminateDeadNodes()), unrollLimit: unrollLimit, target: target);
        Assert.Equal(GraphPrinter.Print(GraphParser.ParseGraph(after, OperatorTable.Default)), GraphPrinter.Print(run.Graph));
        AssertSameResults(model, run.Model);
        return run;
    }

    /// <summary>The pass leaves the graph as it is; the reason, if any, holds the text given.</summary>
    public static void DoesNotFire(
        IGraphPass pass, string text, string reason = "", int opset = 18, long unrollLimit = 0, TensorRtTarget? target = null)
    {
        Model model = Parse(text, opset);
        PassRun run = Of(model, new Pipeline(pass.Name, pass), unrollLimit: unrollLimit, target: target);
        Assert.Same(model.Graph, run.Graph);
        if (reason.Length > 0) Assert.Contains(run.Reasons, r => r.Contains(reason, StringComparison.Ordinal));
    }

    /// <summary>Both models give the same results in plain ONNX Runtime.</summary>
    public static void AssertSameResults(Model before, Model after)
    {
        Dictionary<string, DataValue> inputs = TestRun.Inputs(before.Graph);
        Assert.Null(TestRun.Difference(
            TestRun.RunPlain(OnnxWriter.ToBytes(before), inputs), TestRun.RunPlain(OnnxWriter.ToBytes(after), inputs)));
    }
}
