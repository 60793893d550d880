using System.Globalization;
using System.Text;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Conformance;

/// <summary>
/// The operator table against what real libraries of TensorRT-RTX did with small models. A disagreement that is not of a class in
/// <see cref="Decision.All"/> fails. The figures are in docs/tensorrt-table.md; UPDATE_GOLDEN=1 writes them again.
/// </summary>
public sealed class TensorRtVerdictTests
{
    private const string Start = "<!-- figures: TensorRtVerdictTests -->\n", End = "<!-- end of figures -->";

    /// <summary>ONNX's shape inference wrote 16 bins into these files. The default (onesided) and the libraries give 9.</summary>
    private static readonly string[] WronglyDeclared = ["STFT-f32-rank2", "STFT-f32-window_and_length"];

    private static readonly string Page = Checkout.PathOf("docs", "tensorrt-table.md");

    [SharedFact(VerdictModel.Models)]
    public void The_table_agrees_with_the_libraries_but_for_the_decisions()
    {
        IReadOnlyList<VerdictModel> models = VerdictModel.ReadAll();
        List<Disagreement> all = [];
        var figures = new StringBuilder("""
            | release | decided | agree | decisions | agree outside of decisions | claims without an engine | built, not claimed |
            | --- | --- | --- | --- | --- | --- | --- |

            """.ReplaceLineEndings("\n"));
        foreach (TensorRtRelease release in VerdictModel.Releases)
        {
            VerdictModel[] decided = [.. models.Where(m => m.Graph is { Nodes.Length: > 0 } && m.IsTakenBy(release) is not null)];
            Disagreement[] here = [.. decided.Select(m => Compare(m, release)).OfType<Disagreement>()];
            int decisions = here.Count(d => Decision.All.Any(c => c.IsAbout(d))), agree = decided.Length - here.Length;
            string share = $"{agree} ({Percent(agree, decided.Length)})", outside = Percent(agree, decided.Length - decisions);
            figures.Append($"| {release} | {decided.Length} | {share} | {decisions} | {outside} ");
            figures.Append($"| {here.Count(d => d.IsClaim)} | {here.Count(d => !d.IsClaim)} |\n");
            all.AddRange(here);
        }
        string[] open = [.. all.Where(d => !Decision.All.Any(c => c.IsAbout(d))).Select(d => d.ToString())];
        Assert.True(open.Length == 0, $"{figures}\n{string.Join("\n", open)}");

        figures.Append($"\n| decision | why | {string.Join(" | ", VerdictModel.Releases.Select(r => r.Numbers))} |\n");
        figures.Append("| --- | --- |" + string.Concat(VerdictModel.Releases.Select(_ => " --- |")) + "\n");
        foreach (Decision decision in Decision.All)
            figures.Append($"| {decision.What} | {decision.Why} | {string.Join(" | ", VerdictModel.Releases.Select(r =>
                all.Count(d => d.Release == r && Decision.All.First(c => c.IsAbout(d)) == decision)))} |\n");
        CheckPage(figures.ToString());
    }

    /// <summary>
    /// A claimed model gives tensors of the same shape and type in an engine: the types that its file declares are those of the engine, and
    /// our own rules, which see no declared type, come to nothing else.
    /// </summary>
    [SharedFact(VerdictModel.Models)]
    public void No_claimed_model_has_an_engine_of_another_shape_or_type()
    {
        HashSet<string> wrong = [], faults = [];
        int compared = 0;
        foreach (VerdictModel m in VerdictModel.ReadAll().Where(m => m.Graph is { Nodes.Length: > 0 } && !WronglyDeclared.Contains(m.Name)))
        {
            Graph inferred = new Retyping(OperatorTable.Default, BuildScope.For(m.Graph!)).Of(m.Graph!);
            for (int i = 0; i < m.Declared.Outputs.Length; i++)
            {
                Value declared = m.Declared.Outputs[i];
                if (m.Declared.Uses.ProducerOf(declared) is not (>= 0 and var producer)) continue;
                IrType engine = EngineOutput.Of(m.Declared.Nodes[producer], declared);
                foreach (TensorRtRelease release in VerdictModel.Releases.Where(r => m.IsTakenBy(r) == true))
                {
                    compared++;
                    bool isSame = engine.Equals(declared.Type);
                    if (!isSame) wrong.Add(m.Declared.Nodes[producer].Op.Type);
                    if (!OperatorTable.Default.SupportOf(m.Graph!, new TensorRtTarget(release)).All(v => v.IsYes)) continue;
                    if (!isSame) faults.Add($"{release}: {m.Name}: {declared.Type}, and the engine gives {engine}");
                    else if (Contradict(inferred.Outputs[i].Type, declared.Type))
                        faults.Add($"{m.Name}: {declared.Type}, and inferred {inferred.Outputs[i].Type}");
                }
            }
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
        Assert.True(new[] { "RNN", "AveragePool", "Swish", "Abs" }.All(wrong.Contains), string.Join(" ", wrong.Order()));
        Assert.True(compared > 7000, $"{compared} outputs were compared");
    }

    private static bool Contradict(IrType inferred, IrType declared) => (inferred, declared) switch
    {
        (TensorType a, TensorType b) => (a.Element != b.Element && a.Element != ElementType.Undefined)
            || (a.Shape is { } x && b.Shape is { } y && (x.Rank != y.Rank
                || x.Zip(y).Any(d => d.First.IsKnown && d.Second.IsKnown && d.First.Size != d.Second.Size))),
        _ => false,
    };

    /// <summary>A group is written in an opset of the release's parser, so what the table takes must have a form there.</summary>
    [SharedFact(VerdictModel.Models)]
    public void Supported_nodes_can_be_written_for_the_parser_of_the_release()
    {
        List<string> faults = [];
        foreach (VerdictModel m in VerdictModel.ReadAll().Where(m => m.Graph is { Nodes.Length: > 0 }))
            foreach (KnownRelease known in KnownRelease.All.DistinctBy(k => (k.NewestOpset, k.Release.Major)))
            {
                if (!OperatorTable.Default.SupportOf(m.Graph!, new TensorRtTarget(known.Release)).All(v => v.IsYes)) continue;
                if (OpsetExport.TryForParser(m.Model!, known.NewestOpset, out var why) is null)
                    faults.Add($"{known.Release.ShortName}: {m.Name}: {why[0]}");
            }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    private static Disagreement? Compare(VerdictModel model, TensorRtRelease release)
    {
        Verdict no = OperatorTable.Default.SupportOf(model.Graph!, new TensorRtTarget(release)).FirstOrDefault(v => !v.IsYes);
        return no.IsYes == model.IsTakenBy(release) ? null : new(model, release, no);
    }

    private static string Percent(int part, int whole) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.0} %");

    private static void CheckPage(string figures)
    {
        string page = File.ReadAllText(Page);
        int start = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length, end = page.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(Page, page[..start] + figures + page[end..]);
        else Assert.Equal(figures, page[start..end]);
    }
}
