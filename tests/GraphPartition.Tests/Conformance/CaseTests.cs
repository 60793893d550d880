using GraphPartition.Compiler;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Writing;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>
/// The small models of <c>../shared/cases</c>, each with what is right for it. Made-up inputs, bounds of sizes, and messages about options
/// have tests of their own.
/// </summary>
public sealed class CaseTests : GpcTest
{
    /// <summary>Whole and cut at random they give the same numbers, and ONNX Runtime loads every compiled file.</summary>
    [SharedTheory("cases")]
    [InlineData("A-groupnorm18")]
    [InlineData("B-weight-is-output")]
    [InlineData("C-reduce-axes-opset17")]
    [InlineData("D-training-batchnorm")]
    [InlineData("E-quantize-u8")]
    [InlineData("F-i32-bias")]
    [InlineData("G-two-random-nodes")]
    [InlineData("H-bn7-spatial0")]
    [InlineData("J-conv4d")]
    [InlineData("J-einsum_Aij_Ajk__Aik")]
    [InlineData("J-lp3")]
    [InlineData("J-pool1d")]
    [InlineData("J-rz_tfhp_floor")]
    [InlineData("K-u8-inside")]
    [InlineData("Q-duplicate-node-names")]
    [InlineData("R-sequencemap")]
    [InlineData("S-sparse-initializer")]
    [InlineData("T-cast_f8e4m3fn")]
    [InlineData("T-cast_i4")]
    [InlineData("W-attention23")]
    [InlineData("W-fp16-inside-tolerance")]
    [InlineData("W-fp16-transpose-segv")]
    [InlineData("W-int8-weight-cast")]
    [InlineData("W-scatter-add-gnn")]
    [InlineData("X-avgpool-dilated19")]
    [InlineData("X-loop-list-append")]
    [InlineData("X-maxpool-dilated")]
    [InlineData("X-pad-negative")]
    [InlineData("X-pow-int-exponent")]
    [InlineData("X-q-gather-dq")]
    [InlineData("X-seq-concat")]
    [InlineData("X-u8-slice-cast")]
    [InlineData("X-u8-transpose-cast")]
    public void Runs_whole_and_cut(string name) => new CaseModel(name).RunsCut();

    /// <summary>Engines, and the operators that fall back.</summary>
    [SharedTheory("cases")]
    [InlineData("E-quantize-u8", "tensorrt-10.16", 1, "")]
    [InlineData("F-i32-bias", "tensorrt-10.16", 1, "")]
    [InlineData("H-bn7-spatial0", "tensorrt-10.16", 1, "")]
    [InlineData("J-conv4d", "tensorrt-10.1", 0, "Conv")]
    [InlineData("J-einsum_Aij_Ajk__Aik", "tensorrt-10.1", 1, "")]
    [InlineData("J-gru_layout", "tensorrt-10.1", 1, "")]
    [InlineData("K-u8-inside", "tensorrt-10.16", 2, "Cast")]
    [InlineData("W-attention23", "tensorrt-10.1", 1, "")]
    [InlineData("W-attention23", "rtx-1.6", 1, "")]
    [InlineData("W-scatter-add-gnn", "rtx-1.6", 2, "ScatterElements")]
    [InlineData("X-avgpool-dilated19", "tensorrt-8.5", 2, "AveragePool")]
    [InlineData("X-avgpool-dilated19", "tensorrt-8.6", 2, "AveragePool")]
    [InlineData("X-maxpool-dilated", "tensorrt-8.5", 2, "MaxPool")]
    [InlineData("X-maxpool-dilated", "tensorrt-8.6", 2, "MaxPool")]
    [InlineData("X-loop-list-append", "tensorrt-10.16", 1, "")]
    [InlineData("X-pad-negative", "tensorrt-8.5", 1, "")]
    [InlineData("X-pad-negative", "tensorrt-10.1", 1, "")]
    [InlineData("X-pow-int-exponent", "tensorrt-8.5", 1, "")]
    [InlineData("X-pow-int-exponent", "tensorrt-10.7", 1, "")]
    [InlineData("X-q-gather-dq", "rtx-1.6", 1, "")]
    [InlineData("X-seq-concat", "rtx-1.6", 1, "")]
    [InlineData("X-u8-slice-cast", "tensorrt-10.16", 1, "")]
    [InlineData("X-u8-transpose-cast", "rtx-1.6", 1, "")]
    public void Plans(string name, string target, int engines, string fallback)
    {
        Compilation plan = new CaseModel(name).Plan(target);
        Assert.Equal(engines, plan.Plan.Partitioning.EngineCount);
        Assert.Equal(fallback, string.Join(' ', plan.Plan.Graph.Nodes.Where((_, n) => !plan.Plan.Placements[n].IsYes)
            .Select(n => n.Op.Type).Distinct().Order(StringComparer.Ordinal)));
    }

    /// <summary>Weights that a file keeps in int8 are cast once, however large they are: the Cast would fall back otherwise.</summary>
    [SharedFact("cases")]
    public void A_cast_of_weights_is_folded_above_the_limit() =>
        Assert.Equal("MatMul", Assert.Single(new CaseModel("W-int8-weight-cast").Plan(foldLimit: 1000).Plan.Graph.Nodes).Op.Type);

    /// <summary>ONNX Runtime crashes on this segment at its highest level; a process of its own shows it.</summary>
    [SharedFact("cases")]
    public void The_known_crash_is_still_there_and_its_nodes_are_found()
    {
        Model model = new CaseModel("W-fp16-transpose-segv").Model;
        string file = Folder.File("whole.onnx");
        File.WriteAllBytes(file, OnnxWriter.ToBytes(OpsetExport.Lowest(model), new OnnxWriteOptions { ValueTypes = false }));
        GpcProcess.Outcome at99 = GpcProcess.Run("probe-session", file, "", "99"), at2 = GpcProcess.Run("probe-session", file, "", "2");
        Assert.True(at99.ExitCode != 0, "ONNX Runtime no longer crashes: the entry of KnownOrtFaults can go");
        Assert.Equal(0, at2.ExitCode);
    }

    /// <summary>The outputs that training needs stay, also if nothing uses them.</summary>
    [SharedFact("cases")]
    public void Training_keeps_its_outputs() => Assert.Equal(3,
        Assert.Single(new CaseModel("D-training-batchnorm").Plan().Model.Graph.Nodes, n => n.Op.Is("BatchNormalization")).Outputs.Length);

    [SharedFact("cases")]
    public void Invalid_models_get_a_diagnostic_at_import()
    {
        Assert.Contains("'scales' and 'sizes'", Refused("GP2003", "plan", CaseModel.PathOf("Q-resize-both")).Errors, StringComparison.Ordinal);
        Diagnostic warning = Assert.Single(new CaseModel("Q-duplicate-node-names").Model.Warnings);
        Assert.Equal("GP1015", warning.Code.Id);
    }

    [SharedTheory("cases")]
    [InlineData("G-two-random-nodes", "the model draws random numbers")]
    [InlineData("I-f16-cast", "f16 is on the way to an output")]
    [InlineData("T-cast_f8e4m3fn", "ONNX Runtime refuses the file itself")]
    [InlineData("Q-duplicate-node-names", "ONNX Runtime refuses the file itself")]
    public void A_run_says_what_it_compares(string name, string note) => Assert.Contains(note,
        Ok("run", CaseModel.PathOf(name), "--support", "random:2:0.5", "--keep-groups").Output.ReplaceLineEndings(" "),
        StringComparison.Ordinal);

    [SharedFact("cases")]
    public void Shipped_plugins_are_known() => Assert.Contains("--operators",
        Ok("why", CaseModel.PathOf("L-plugin"), "nms").Output, StringComparison.Ordinal);
}
