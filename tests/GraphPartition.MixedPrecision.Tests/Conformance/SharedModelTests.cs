using GraphPartition.Compiler.Import;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision.Reports;
using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.MixedPrecision.Tests.Conformance;

/// <summary>Models of exporters and trained models in FP16 and BF16.</summary>
public sealed class SharedModelTests(ITestOutputHelper log)
{
    /// <summary>What a usual test run tries: small ones of every kind.</summary>
    private static readonly string[] Sample =
        ["control_flow", "distilbert_small", "gru_crnn", "loop_ts", "qat_qdq", "stft_net", "unet_like", "vit_small", "silero_vad_16k_op15"];

    /// <summary>Their outputs are sorted or chosen by scores: a rounding changes which, so the numbers at one place mean nothing.</summary>
    private static readonly string[] Choosing = ["ssdlite320", "mixed_unsupported", "yolo_like"];

    /// <summary>Its test data is noise: every probability is near 1e-6, so an error of 0.1 in front of exp is one of 10 %.</summary>
    private const string OnNoise = "ppocrv5_det";

    public static TheoryData<string> Names =>
    [
        .. ((string[])["exported", "real"])
            .SelectMany(folder => OutsideFolders.Models(Path.Combine(OutsideFolders.SharedModels, folder)))
            .Where(path => Grid.IsFull || Sample.Contains(NameOf(path)))
            .Select(path => Path.GetRelativePath(OutsideFolders.SharedModels, path))
            .DefaultIfEmpty("none"),
    ];

    [SharedTheory]
    [MemberData(nameof(Names))]
    public void Shared_models_are_valid_in_16_bits(string name)
    {
        string path = Path.Combine(OutsideFolders.SharedModels, name);
        Model model = ModelFile.Read(path, OperatorTable.Default);
        Model simple = Conversion.Simplified(model);
        foreach (LowFormat format in (ReadOnlySpan<LowFormat>)[LowFormat.Fp16, LowFormat.Bf16])
            foreach (bool io in (ReadOnlySpan<bool>)[false, true])
            {
                Conversion conversion = Conversion.Of(simple, format, io);
                Assert.Null(conversion.Fault());
                if (!io) Compare(conversion, model, path, format);
            }
    }

    private void Compare(Conversion conversion, Model model, string path, LowFormat format)
    {
        string set = Path.Combine(Path.GetDirectoryName(path)!, "test_data_set_0");
        PrecisionReport report = conversion.Report;
        string summary = $"{format.Name}: {report.Kept.Length} of {report.Nodes} in FP32, {report.Casts} Casts";
        if (!Directory.Exists(set) || Choosing.Contains(NameOf(path)) || NameOf(path) == OnNoise)
        {
            log.WriteLine(summary);
            return;
        }
        Dictionary<string, DataValue> inputs = TestDataSet.Read(set, model.Graph).Inputs.ToDictionary(i => i.Name, i => i.Value);
        DataValue[] full = Conversion.Run(model, inputs), low = Conversion.Run(conversion.Emulated, inputs);
        double[] decibels = [.. full.Zip(low).Select(p => p is (TensorValue a, TensorValue b)
            && SignalQuality.Between(a.Data, b.Data) is { } q ? q.Decibels : double.PositiveInfinity)];
        log.WriteLine($"{summary}, {string.Join(", ", decibels.Select(d => $"{d:F1}"))} dB");
        foreach (double d in decibels) Assert.True(d > (format == LowFormat.Fp16 ? 35 : 15), $"{format.Name}: {d:F1} dB");
    }

    private static string NameOf(string path) => Path.GetFileName(Path.GetDirectoryName(path)!);
}
