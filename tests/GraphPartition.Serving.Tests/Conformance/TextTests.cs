using System.Text.Json.Nodes;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Serving.Tests.Conformance;

/// <summary>A trained text model end to end: sentences in over HTTP, nearest neighbors out.</summary>
public sealed class TextTests
{
    private static readonly string[] Sentences =
    [
        "The cat sits outside.", "A cat is sitting outdoors.", "Shares fell at the stock exchange.", "The market lost two percent today.",
        "He is cooking pasta for dinner.", "Tonight he makes spaghetti.",
    ];

    [ExtensionsFact]
    public async Task Sentences_find_their_neighbors_over_HTTP()
    {
        using var folder = new TemporaryFolder();
        Runtime.Options.CustomOperators library = CustomOperatorLoader.Load(Packages.Extensions);
        OperatorTable table = OperatorTable.Default.WithOthers(new OrtNodeTypes(library));
        Model model = SentenceEncoder.Build(folder, table);
        var options = new CompileOptions { Libraries = library.Libraries, Evaluator = new OrtConstantEvaluator(library) };
        CompiledModelFormat.Write(
            new ModelCompiler(table, options).Plan(model).ToCompiledModel(),
            folder.File("sentences.onnx"));
        await using TestServer server = await TestServer.StartAsync(serving =>
        {
            serving.Models.Add(folder.File("sentences.onnx"));
            serving.Session = serving.Session with { CustomOperators = library };
        });
        float[][] vectors = await Task.WhenAll(Sentences.Select(async sentence => (await server.Http.InferJsonAsync(
            "sentences", Wires.Request(Wires.Input("text", "BYTES", [1], [(JsonNode)sentence]))).JsonAsync()).Floats()));
        for (int i = 0; i < Sentences.Length; i++)
        {
            int nearest = Enumerable.Range(0, Sentences.Length).Where(j => j != i).MaxBy(j => Likeness(vectors[i], vectors[j]));
            Assert.Equal(i ^ 1, nearest); // the sentences stand in pairs
        }
    }

    private static double Likeness(float[] a, float[] b) =>
        a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(y => (double)y * y));
}
