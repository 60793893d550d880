using System.Text.RegularExpressions;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Tests.Support;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Onnx.Tests.Conformance;

/// <summary>The models beside the checkout through the whole way in and out.</summary>
public partial class SharedModelTests
{
    private static readonly OnnxReadOptions Canonical = new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance };

    [SharedFact]
    public void Normalized_models_survive_export_and_import() => AssertSurvive(OutsideFolders.SharedModels);

    [SharedFact]
    public void Models_that_are_listed_as_refused_are_refused() =>
        Assert.All(OutsideFolders.RefusedModels(), path => Assert.Throws<ModelException>(() => OnnxReader.Read(path, Canonical)));

    [BackendFact]
    public void Normalized_backend_tests_survive_export_and_import() => AssertSurvive(OutsideFolders.BackendTests);

    [SharedFact]
    public void Exports_to_every_opset_that_can_express_a_model_give_its_outputs()
    {
        List<string> faults = [], refused = [];
        foreach (string path in OutsideFolders.Models(Path.Combine(OutsideFolders.SharedModels, "exported")))
        {
            var test = new BackendTest(Path.GetDirectoryName(path)!);
            if (test.Run(File.ReadAllBytes(path)) is not null) continue; // not even plain ONNX Runtime gives the expected outputs
            Model model = OnnxReader.Read(path, Canonical);
            if (test.Run(OnnxWriter.ToBytes(OpsetExport.Lowest(model))) is { } fault) faults.Add($"{test.Name} (lowest): {fault}");
            foreach (int opset in (int[])[13, 17, 21])
                if (OpsetExport.TryAt(model, opset, out var why) is { } lowered)
                    faults.AddRange(test.Run(OnnxWriter.ToBytes(lowered)) is { } differs ? [$"{test.Name} ({opset}): {differs}"] : []);
                else refused.Add($"{test.Name} {opset}: {why[0].Where}: {why[0].Message}");
        }
        KnownList.AssertHasNotGrown("refused-shared.txt", refused);
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [SharedFact]
    public void Exports_of_classic_networks_give_their_outputs()
    {
        var faults = new List<string>();
        foreach (string path in OutsideFolders.Models(Path.Combine(OutsideFolders.SharedModels, "onnx-light")))
        {
            Model model = OnnxReader.Read(path, Canonical);
            bool isHeavy = !Grid.IsFull && (path.Contains("vgg", StringComparison.Ordinal)
                || path.Contains("alexnet", StringComparison.Ordinal) || path.Contains("zfnet", StringComparison.Ordinal));
            foreach (int opset in isHeavy ? (int[])[17] : [13, 17, 21]) // the heavy ones fill 60 million weights and more for each run
                if (LightModel.Run(path, OnnxWriter.ToBytes(OpsetExport.At(model, opset))) is { } fault)
                    faults.Add($"{Path.GetFileName(path)} ({opset}): {fault}");
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    /// <summary>In the lowest opset that can say it, and in the canonical one: the same text when it comes back.</summary>
    private static void AssertSurvive(string folder)
    {
        List<string> faults = [], renamed = [];
        foreach (string path in OutsideFolders.Models(folder))
            try
            {
                Model model = OnnxReader.Read(path, Canonical);
                string text = GraphPrinter.Print(model); // what gpc inspect --graph prints
                if (text != GraphPrinter.Print(GraphParser.ParseModel(text))) faults.Add($"{path}: the text does not parse back");
                foreach (Model exported in (Model[])[OpsetExport.At(model, OperatorSchemas.CanonicalOpset), OpsetExport.Lowest(model)])
                    if (Difference(text, GraphPrinter.Print(OnnxReader.Read(OnnxWriter.ToBytes(exported), Canonical))) is { } difference)
                        (Anonymous(difference) ? renamed : faults).Add(
                            $"{Path.GetFileName(Path.GetDirectoryName(path))} {exported.Opsets[""]}: {difference.ReplaceLineEndings(" ")}");
            }
            catch (ModelException e)
            {
                // Operators of opsets before 7 that changed since are refused.
                if (e.Diagnostics[^1].Code != OnnxCodes.UnsupportedOpset) faults.Add($"{path}: {e.Message}");
            }
        KnownList.AssertHasNotGrown("renamed-constants.txt", renamed);
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    /// <summary>Whether the difference is only the name of a constant that has no name in the file and gets the next free one.</summary>
    private static bool Anonymous(string difference) => AnonymousName().IsMatch(difference);

    [GeneratedRegex(@"\bv[0-9]+\b")]
    private static partial Regex AnonymousName();

    /// <summary>
    /// The first line that differs. Constants stand in any order: what an older opset has as an attribute comes back behind the
    /// constants of the file.
    /// </summary>
    private static string? Difference(string expected, string actual)
    {
        string[] e = Sorted(expected), a = Sorted(actual);
        if (e.SequenceEqual(a)) return null;
        int line = 0;
        while (line < Math.Min(e.Length, a.Length) && e[line] == a[line]) line++;
        return $"line {line}:\n  {e.ElementAtOrDefault(line)}\n  {a.ElementAtOrDefault(line)}";

        static string[] Sorted(string text) =>
            [.. text.Split('\n').OrderBy(l => l.StartsWith("  const", StringComparison.Ordinal) ? l : "", StringComparer.Ordinal)];
    }
}
