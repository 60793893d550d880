using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>Import, export, import: nothing is lost, and the bytes are the same every time.</summary>
public class OnnxRoundTripTests
{
    [SharedFact]
    public void Shared_models() => RoundTrip(OutsideFolders.SharedModels);

    [BackendFact]
    public void Backend_tests() => RoundTrip(OutsideFolders.BackendTests);

    [Fact]
    public void Repeated_results_get_own_names_and_the_file_has_the_computed_size()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "copies" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        var model = new Model(builder.Build([.. Enumerable.Repeat(x, 12)]))
        {
            Opsets =
            ImmutableSortedDictionary<string, int>.Empty.Add("", 17),
            FormatVersion = 8
        };
        Model again = OnnxReader.Read(OnnxWriter.ToBytes(model));
        Assert.Equal(12, again.Graph.Outputs.Length);
        Assert.Equal(11, again.Graph.Nodes.Length);
    }

    private static void RoundTrip(string folder)
    {
        var faults = new List<string>();
        foreach (string path in OutsideFolders.Models(folder))
        {
            try
            {
                Model first = OnnxReader.Read(path);
                if (GraphVerifier.FindFault(first.Graph) is { } fault) faults.Add($"{path}: {fault}");
                byte[] bytes = OnnxWriter.ToBytes(first);
                Model second = OnnxReader.Read(bytes);
                string text = GraphPrinter.Print(first);
                if (text != GraphPrinter.Print(second)) faults.Add($"{path}: text differs");
                if (text != GraphPrinter.Print(GraphParser.ParseModel(text))) faults.Add($"{path}: text does not parse back");
                if (!bytes.AsSpan().SequenceEqual(OnnxWriter.ToBytes(second))) faults.Add($"{path}: bytes differ");
            }
            catch (Exception e) when (e is ModelException or TextFormException)
            {
                faults.Add($"{path}: {e.Message}");
            }
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }
}
