using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using Xunit;

namespace GraphPartition.MixedPrecision.Tests.Property;

/// <summary>Plans of converted models.</summary>
public sealed class EngineProperties
{
    [Fact]
    public void Casts_never_cost_an_engine() => Prop.ForAll(PrecisionModel.Codes, codes =>
    {
        Model model = PrecisionModel.FromCodes(codes);
        for (int seed = 0; seed < 4; seed++)
        {
            var options = new CompileOptions { SupportPolicy = new ByName(seed), Passes = Compiler.Passes.Pipeline.None };
            Compilation full = new ModelCompiler(OperatorTable.Default, options).Plan(model);
            Compilation low = new ModelCompiler(OperatorTable.Default, options with
            {
                Precision = new ConversionForTarget(new PrecisionOptions(LowFormat.Fp16)),
            }).Plan(model);
            Assert.True(low.Plan.TotalEngines <= full.Plan.TotalEngines,
                $"{low.Plan.TotalEngines} engines, {full.Plan.TotalEngines} in FP32");
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest((int)Grid.Size(60, 1000)));

    /// <summary>Supports half of the nodes, by their names, and Casts that a conversion adds never.</summary>
    private sealed class ByName(int seed) : SupportPolicy
    {
        public override string Name => $"by name {seed}";

        public override Verdict SupportOf(Node node, int index)
        {
            int hash = seed;
            foreach (char c in node.DisplayName) hash = unchecked(hash * 31 + c);
            return !node.Op.Is("Cast") && (hash >> 3 & 1) == 0 ? Verdict.Yes : Verdict.No("not drawn", "test");
        }
    }
}
