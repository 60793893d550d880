using System.IO.Compression;
using System.Text.Json;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;

namespace GraphPartition.Operators.Tests.Support;

/// <summary>A small model, and what the libraries of TensorRT-RTX 1.4 to 1.7 did with it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Op">The operator that it is about.</param>
/// <param name="Model">The model; null if the importer refuses it.</param>
/// <param name="Verdicts">For each release <c>built</c>, <c>refused</c>, <c>build failed</c>, or why the trial decides nothing.</param>
/// <param name="Text">What the library said, shortened.</param>
public sealed record VerdictModel(
    string Name, string Op, Model? Model, IReadOnlyDictionary<TensorRtRelease, string> Verdicts, string Text)
{
    /// <summary>The files, in the shared folder.</summary>
    public const string Facts = "facts/trt_verdicts.jsonl", Models = "facts/trt_verdict_models.zip";

    /// <summary>The releases that were tried.</summary>
    public static readonly TensorRtRelease[] Releases =
        [.. Enumerable.Range(4, 4).Select(minor => new TensorRtRelease(1, minor, IsRtx: true))];

    /// <summary>The graph with the types that the file declares, and no others.</summary>
    public required Graph Declared { get; init; }

    /// <summary>The graph; null if the importer refuses the model.</summary>
    public Graph? Graph => Model?.Graph;

    /// <summary>Reads all models, in the order of the file.</summary>
    public static IReadOnlyList<VerdictModel> ReadAll()
    {
        using ZipArchive zip = ZipFile.OpenRead(Path.Combine(OutsideFolders.Shared, Models));
        List<VerdictModel> all = [];
        foreach (string line in File.ReadLines(Path.Combine(OutsideFolders.Shared, Facts)))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string Of(string key) => json.RootElement.GetProperty(key).GetString()!;
            byte[] file = BytesOf(zip.GetEntry(Of("name") + ".onnx")!);
            all.Add(new(Of("name"), Of("op"), ModelOf(file), Releases.ToDictionary(r => r, r => Of($"rtx{r.Major}{r.Minor}")), Of("text"))
            {
                Declared = OnnxReader.Read(file).Graph,
            });
        }
        return all;
    }

    /// <summary>Whether a release runs the model; null if its trial decided nothing.</summary>
    public bool? IsTakenBy(TensorRtRelease release) => Verdicts[release] switch
    {
        "built" => true,
        "refused" or "build failed" => false,
        _ => null,
    };

    private static byte[] BytesOf(ZipArchiveEntry entry)
    {
        using var bytes = new MemoryStream();
        using (Stream stream = entry.Open()) stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static Model? ModelOf(byte[] file)
    {
        try
        {
            return OnnxReader.Read(file, new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
        }
        catch (ModelException)
        {
            return null;
        }
    }
}
