using System.Collections.Immutable;
using GraphPartition.Compare;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.Operators;

namespace GraphPartition.MindIr.Tests.Conformance;

/// <summary>What MindSpore's rule with MindSpore's list of operators would have made of a network (<c>gpc plan --compare</c>).</summary>
public class MindSporePlanTests
{
    [SharedFact("models/mindir")]
    public void LeNet_is_one_engine_on_MindSpore_s_list_too() => Assert.Equal((1, 1), Engines("ori_net.mindir"));

    /// <summary>
    /// An LSTM is not on its list. The arithmetic on its weights, which nothing folds here, is one engine, what follows another.
    /// </summary>
    [SharedFact("models/mindir")]
    public void A_network_with_an_LSTM_is_cut_in_two() => Assert.Equal((1, 2), Engines("old_version_mindir_2.mindir"));

    /// <summary>Exp Log | Erf | Exp | Erf | Log Exp: three runs of operators on its list, of which one is a single node.</summary>
    [Fact]
    public void A_chain_is_cut_at_what_is_not_listed_and_single_nodes_are_left()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        foreach (string op in new[] { "Exp", "Log", "Erf", "Exp", "Erf", "Log", "Exp" }) x = builder.Op(op, "", [x]);
        Assert.Equal(
            (1, 2), Engines(
                new Model(builder.Build(x))
                {
                    Opsets =
                    ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, [KeyValuePair.Create("", 21)])
                }));
    }

    private static (int Ours, int Theirs) Engines(string file) => Engines(ModelFile.Read(RealFiles.PathOf(file), OperatorTable.Default));

    private static (int Ours, int Theirs) Engines(Model model)
    {
        var rows = RuleComparison.Of(new ModelCompiler(OperatorTable.Default, new CompileOptions()).Plan(model).Plan);
        return (rows.Single(r => r.System == "gpc").Engines, rows.Single(r => r.System == "MindSpore r1.3, its operators").Engines);
    }
}
