using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Tests;

public class ZooOptionTests
{
    private static readonly ZooEntry LeNet = ModelZoo.Find("lenet")!;

    [Fact]
    public void The_same_seed_gives_the_same_bytes()
    {
        Assert.Equal(OnnxWriter.ToBytes(LeNet.Build()), OnnxWriter.ToBytes(LeNet.Build()));
        Assert.NotEqual(OnnxWriter.ToBytes(LeNet.Build()), OnnxWriter.ToBytes(LeNet.Build(new() { Seed = 2 })));
    }

    /// <summary>The numbers are from a few lines of Python: FNV-1a of the name, SplitMix64, ±√3/5 (a fan-in of 25).</summary>
    [Fact]
    public void Weights_are_the_same_in_every_language()
    {
        Value weight = LeNet.Build().Graph.Constants.Single(c => c.Name == "c1.weight");
        Assert.Equal([0.314028382f, -0.0111571252f, -0.0783050656f, -0.0608406663f], weight.Data!.As<float>()[..4]);
    }

    [Fact]
    public void A_named_batch_stays_open()
    {
        Graph graph = ModelZoo.Find("bert_small")!.Build(new() { Batch = "batch", Sequence = 8 }).Graph;
        Assert.Equal("[batch,8]", graph.Inputs[0].Shape!.ToString());
        Assert.Equal(["[batch,8,512]", "[batch,512]"], graph.Outputs.Select(o => o.Shape!.ToString()));
    }

    [Theory]
    [InlineData("bert_small", 224, null, "bert_small takes no image size")]
    [InlineData("lenet", null, 16, "lenet takes no sequence length")]
    [InlineData("lenet", 0, null, "0 is not a valid image size")]
    [InlineData("lenet", 16, null, "the image is too small: 5 × 5 is needed where 1 × 1 is left of it")]
    [InlineData("bert_small", null, 513, "BERT takes at most 512 tokens, not 513")]
    public void What_a_model_cannot_take_is_refused(string name, int? image, int? sequence, string message)
    {
        ZooEntry entry = ModelZoo.Find(name)!;
        var options = new NetworkOptions { Image = image, Sequence = sequence };
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => entry.Build(options)).Message);
    }

    [Fact]
    public void An_empty_batch_is_refused()
    {
        Assert.Throws<ArgumentException>(() => LeNet.Build(new() { Batch = 0 }));
        Assert.Throws<ArgumentException>(() => LeNet.Build(new() { Batch = Dim.Unknown }));
    }
}
