using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MindIr.Tests.Networks;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.Operators;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Conformance;

/// <summary>
/// The operator table infers the types of the emitted nodes while they are built; the file stores what MindSpore inferred for
/// its own. Where both are right they agree, so a contradiction is a fault of a row.
/// </summary>
public class InferredTypeTests
{
    [Fact]
    public void Types_of_every_primitive_agree() => Agree(PrimitiveCase.All.Select(c => (c.Name, PrimitiveTests.Write(c, MindIrStyle.B))));

    [Fact]
    public void Types_of_every_network_agree() => Agree(TestNetwork.All.Select(n => (n.Name, n.ToMindIr(MindIrStyle.C))));

    [SharedFact("models/mindir")]
    public void Types_of_real_files_agree() => Agree(RealFiles.Names
        .Where(n => !n.StartsWith("bprop", StringComparison.Ordinal) && !n.Contains("encrpty_key", StringComparison.Ordinal))
        .Select(n => (n, File.ReadAllBytes(RealFiles.PathOf(n)))));

    private static void Agree(IEnumerable<(string Name, byte[] File)> files)
    {
        var found = new List<string>();
        foreach ((string name, byte[] file) in files)
        {
            var scope = new BuildScope();
            try
            {
                Model model = MindIrReader.Read(file, new() { Rules = OperatorTable.Default, Scope = scope });
                found.AddRange(scope.Diagnostics.Select(d => $"{name}: {d}"));
                foreach (Node node in model.Graph.Nodes)
                    foreach (Value? v in node.Outputs)
                        if (v is { ElementType: ElementType.Undefined } or { Shape: null })
                            found.Add($"{name}: nothing is known of an output of {node.Label}");
            }
            catch (ModelException e)
            {
                found.Add($"{name}: {e.Message}");
            }
        }
        Assert.Empty(found);
    }
}
