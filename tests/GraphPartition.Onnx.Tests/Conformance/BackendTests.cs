using System.Collections.Concurrent;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Tests.Support;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;

namespace GraphPartition.Onnx.Tests.Conformance;

/// <summary>
/// The ONNX backend tests through import, normalization and export, and compiled: in one step, and cut into random groups that
/// stay apart. What plain ONNX Runtime passes must pass, in every opset that can say it. Tests that plain ONNX Runtime fails, and exports
/// that are refused, are lists in this folder, which cannot
/// grow unnoticed; <c>UPDATE_LISTS=1</c> rewrites them.
/// </summary>
public class BackendTests
{
    [BackendFact]
    public void Tests_that_ONNX_Runtime_passes_pass_in_every_opset_that_can_express_them()
    {
        var plain = new ConcurrentBag<string>();
        var refused = new ConcurrentBag<string>();
        var faults = new ConcurrentBag<string>();
        string[] folders = [.. OutsideFolders.Models(OutsideFolders.BackendTests).Select(m => Path.GetDirectoryName(m)!)];
        Parallel.ForEach(folders, new ParallelOptions { MaxDegreeOfParallelism = 2 }, folder => Check(new(folder), plain, refused, faults));

        KnownList.AssertHasNotGrown("plain-failures.txt", plain);
        KnownList.AssertHasNotGrown("refused.txt", refused);
        Assert.True(faults.IsEmpty, string.Join("\n", faults.Order(StringComparer.Ordinal)));
    }

    private static void Check(BackendTest test, ConcurrentBag<string> plain, ConcurrentBag<string> refused, ConcurrentBag<string> faults)
    {
        if (test.Run(File.ReadAllBytes(test.ModelPath)) is { } reason)
        {
            plain.Add($"{test.Name}: {reason}");
            return;
        }
        try
        {
            Model model = OnnxReader.Read(test.ModelPath, new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
            if (GraphVerifier.FindFault(model.Graph) is { } fault) faults.Add($"{test.Name}: {fault}");
            Check(test, "lowest", OpsetExport.Lowest(model), faults);
            foreach (int opset in (int[])[13, 17, 21])
                if (OpsetExport.TryAt(model, opset, out var why) is { } lowered) Check(test, $"opset {opset}", lowered, faults);
                else refused.Add($"{test.Name} {opset}: {why[0].Where}: {why[0].Message}");
            if (test.RunPlanned(model, "none", keepGroups: false) is { } whole) faults.Add($"{test.Name} (none): {whole}");
            if (test.RunPlanned(model, "random:1:0.5", keepGroups: true) is { } cut) faults.Add($"{test.Name} (random): {cut}");
        }
        catch (ModelException e)
        {
            faults.Add($"{test.Name}: {e.Message}");
        }
    }

    private static void Check(BackendTest test, string what, Model model, ConcurrentBag<string> faults)
    {
        byte[] bytes = OnnxWriter.ToBytes(model);
        if (test.Run(bytes) is { } fault) faults.Add($"{test.Name} ({what}): {fault}");
    }
}
