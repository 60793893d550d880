using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.MixedPrecision.Rewriting;
using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using Xunit;

namespace GraphPartition.MixedPrecision.Tests.Property;

/// <summary>Nodes of converted models back in FP32.</summary>
public sealed class RaisedGraphProperties
{
    [Fact]
    public void With_all_nodes_raised_a_model_computes_what_it_computed_before() => Prop.ForAll(PrecisionModel.Codes, codes =>
    {
        (Model before, ConvertedModel low) = Converted(codes, bodies: false);
        HashSet<Node> all = [.. low.Model.Graph.Nodes.Where(RaisedGraph.CanRaise)];
        Model raised = Raised(low, all);
        Assert.DoesNotContain(raised.Graph.Nodes, n => RaisedGraph.CanRaise(n));
        Dictionary<string, DataValue> inputs = TestRun.Inputs(before.Graph);
        Assert.Null(Nearness.Fault(Conversion.Run(before, inputs), Conversion.Run(raised, inputs), q => q.MaxAbsolute == 0));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest((int)Grid.Size(60, 1000)));

    [Fact]
    public void Any_raised_nodes_give_a_valid_model_whose_other_nodes_stay() => Prop.ForAll(PrecisionModel.Codes, codes =>
    {
        (_, ConvertedModel low) = Converted(codes, bodies: true);
        for (int seed = 0; seed < 3; seed++)
        {
            HashSet<Node> some = [.. low.Model.Graph.Nodes.Where((n, i) => RaisedGraph.CanRaise(n) && (i * 31 + seed) % 3 == 0)];
            Model raised = Raised(low, some);
            Assert.Null(GraphVerifier.FindFault(raised.Graph));
            Assert.Null(Conversion.OrtFault(raised));
            Assert.All(low.Model.Graph.Nodes.Where(n => RaisedGraph.CanRaise(n) && !some.Contains(n)),
                n => Assert.Contains(n, raised.Graph.Nodes));
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest((int)Grid.Size(40, 1000)));

    private static (Model Before, ConvertedModel Low) Converted(int[] codes, bool bodies)
    {
        Model model = PrecisionModel.FromCodes(codes, bodies);
        LowFormat format = codes.Length % 2 == 1 ? LowFormat.Bf16 : LowFormat.Fp16;
        return (model, MixedPrecisionConverter.Convert(model, OperatorTable.Default, new PrecisionOptions(format)));
    }

    private static Model Raised(ConvertedModel low, HashSet<Node> nodes) => low.Model with
    {
        Graph = RaisedGraph.Of(low.Model, OperatorTable.Default, nodes, low.Model.Graph.Nodes.ToHashSet(), low.Originals).Graph,
    };
}
