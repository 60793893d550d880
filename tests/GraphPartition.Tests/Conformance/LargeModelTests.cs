using System.Diagnostics;
using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>
/// A model with 3.3 GB of weights beside it (in a sparse file, which takes no room): more than a protobuf, an array or an int
/// can hold, in one tensor too. Planning it neither reads nor copies the weights.
/// </summary>
public sealed class LargeModelTests : IDisposable
{
    private const long EmbeddingRows = 550_000, Width = 1024, Layers = 250; // 2.25 GB, and 250 matrices of 4.2 MB

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Weights_of_more_than_an_int_are_planned_without_being_read()
    {
        if (!OperatingSystem.IsLinux()) return; // the peak of another process is read from /proc
        string path = Write();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "gpc.dll"), "plan", path, "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        long peak = 0, mapped = 0;
        while (!process.WaitForExit(5)) (peak, mapped) = (Math.Max(peak, PeakOf(process)), Math.Max(mapped, MappedBy(process)));
        Assert.True(process.ExitCode == 0, await errors);
        Assert.Contains("\"engines\"", await output, StringComparison.Ordinal);
        Assert.InRange(peak, 20L << 20, 600L << 20);
        Assert.InRange(mapped, 10L << 20, 300L << 20); // of files, the libraries among them: a tenth of the weights would be more
    }

    /// <summary>Bytes of mapped files that a process has touched and that are in memory.</summary>
    private static long MappedBy(Process process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process.Id}/status")
                .FirstOrDefault(l => l.StartsWith("RssFile:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            return 0; // it has just ended
        }
    }

    /// <summary>The largest resident set so far; pages of mapped files count.</summary>
    private static long PeakOf(Process process)
    {
        try
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // it has just ended
        }
    }

    /// <summary>An embedding and a chain of matrix products. All weights are zeros, the hardest case for whoever looks for equal
    /// ones.</summary>
    private string Write()
    {
        string weights = _folder.File("weights.bin"), path = _folder.File("large.onnx");
        long embedding = EmbeddingRows * Width * sizeof(float), matrix = Width * Width * sizeof(float);
        using (FileStream stream = File.Create(weights)) stream.SetLength(embedding + (Layers * matrix));
        MappedFile file = MappedFile.Open(weights);
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "large" };
        Value ids = builder.Input("ids", IrType.Tensor(ElementType.Int64, Shape.Of(1, 16)));
        Value table = builder.Constant("table", new FileTensor(ElementType.Float32, [EmbeddingRows, Width], file, 0));
        Value x = builder.Op("Gather", "x", [table, ids]);
        for (int i = 0; i < Layers; i++)
        {
            Value w = builder.Constant($"w{i}", new FileTensor(ElementType.Float32, [Width, Width], file, embedding + (i * matrix)));
            x = builder.Op(i % 50 == 49 ? "Relu" : "Tanh", $"y{i}", [builder.Op("MatMul", $"h{i}", [x, w])]);
        }
        var model = new Model(builder.Build(x))
        {
            Opsets = OpsetVersions.Standard(18),
            FormatVersion = 8,
        };
        File.WriteAllBytes(path, OnnxWriter.ToBytes(model, new() { ReferTo = _folder.Path }));
        return path;
    }
}
