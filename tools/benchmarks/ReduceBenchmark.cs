using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Reducing;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Operators;

namespace GraphPartition.Benchmarks;

/// <summary>
/// Ten faults in real and exported models, reduced by <c>gpc reduce</c>: what is left, how long it takes, whether it still fails, and
/// whether a second reduction gives the same bytes.
/// </summary>
internal static class ReduceBenchmark
{
    private static readonly PlantedFault[] Faults =
    [
        PlantedFault.Of("wrong number: Softmax along another axis", "exported/vit_small", "softmax-axis"),
        PlantedFault.Of("wrong number: epsilon of a normalization", "exported/gpt2_small", "norm-epsilon"),
        PlantedFault.Of("wrong number: offset of HardSigmoid", "exported/mobilenet_v3_small", "sigmoid-offset"),
        PlantedFault.Of("wrong number: bias lost between Conv and Relu", "real/blazeface_back", "bias-before-relu"),
        PlantedFault.Of("wrong number: order of a Concat behind Resize", "exported/yolo_like", "concat-order"),
        PlantedFault.Of("wrong number: order of the inputs of Where", "exported/wav2vec2_small", "where-order"),
        PlantedFault.Of("crash of the process: Erf before Add", "exported/distilbert_small", "crash-erf"),
        PlantedFault.Of("crash of the process: GRU", "exported/gru_crnn", "crash-gru"),
        new("extra engine: an operator in the middle", "real/ppocrv5_det", "engines>1") { Plant = g => Unknown(g, 2) },
        new("refused: an LSTM with an unknown activation, in a body", "real/silero_vad_v5", "refused") { Plant = UnknownActivation },
    ];

    public static Command Create()
    {
        var command = new Command("reduce", "Ten planted faults, reduced to small models: nodes, seconds, and whether they still fail.");
        var models = new Argument<string>("MODELS") { Description = "The folder with exported/NAME and real/NAME." };
        var only = new Option<string?>("--only") { Description = "Only faults whose description has this text.", HelpName = "TEXT" };
        command.Add(models);
        command.Add(only);
        command.SetAction(parsed =>
        {
            Console.WriteLine("| fault | model | nodes | nodes left | bytes left | trials | seconds | still fails | same bytes again |");
            Console.WriteLine("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | --- |");
            foreach (PlantedFault fault in Faults.Where(f => f.Name.Contains(parsed.GetValue(only) ?? "", StringComparison.Ordinal)))
                Console.WriteLine(Row(fault, parsed.GetRequiredValue(models)));
            return 0;
        });
        return command;
    }

    private static string Row(PlantedFault fault, string models)
    {
        string folder = Directory.CreateTempSubdirectory("reduce-").FullName, planted = Path.Combine(folder, "planted.onnx");
        try
        {
            Model model = ModelFile.Read(Directory.GetFiles(Path.Combine(models, fault.Model), "*.onnx").Order(StringComparer.Ordinal).First(),
                OperatorTable.Default);
            model = model with { Graph = fault.Plant(model.Graph) };
            ModelFile.Write(model, planted);
            string zip = Path.Combine(folder, "out.zip"), small = Path.Combine(folder, "model.onnx"), again = Path.Combine(folder, "again.onnx");
            var clock = Stopwatch.StartNew();
            int code = Gpc(["reduce", planted, "--check", fault.Check, "-o", zip]);
            double seconds = clock.Elapsed.TotalSeconds;
            if (code != 0) return $"| {fault.Name} | {fault.Model} | | | | | {seconds:F0} | exit code {code} | |";
            using ZipArchive archive = ZipFile.OpenRead(zip);
            archive.GetEntry("model.onnx")!.ExtractToFile(small);
            using var log = new StreamReader(archive.GetEntry("log.txt")!.Open());
            string trials = log.ReadToEnd().Split('\n').Last(l => l.StartsWith("trial ", StringComparison.Ordinal)).Split(' ')[1].TrimEnd(':');
            bool fails = Gpc(["reduce", small, "--check", fault.Check, "-o", again]) == 0;
            Gpc(["reduce", planted, "--check", fault.Check, "-o", again]);
            Graph left = ModelFile.Read(small, OperatorTable.Default).Graph;
            return string.Create(CultureInfo.InvariantCulture, $"| {fault.Name} | {fault.Model} | {ModelReducer.CountOf(model.Graph)} "
                + $"| {ModelReducer.CountOf(left)} | {new FileInfo(small).Length} | {trials} | {seconds:F0} | {(fails ? "yes" : "no")} "
                + $"| {(File.ReadAllBytes(small).SequenceEqual(File.ReadAllBytes(again)) ? "yes" : "no")} |");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Gpc(string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "gpc");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) Console.Error.WriteLine(errors.Result);
        return process.ExitCode;
    }

    /// <summary>Operators that nothing knows, behind nodes at equal distances.</summary>
    private static Graph Unknown(Graph graph, int parts) =>
        Behind(graph, n => n % (graph.Nodes.Length / parts) == graph.Nodes.Length / parts - 1 && n < graph.Nodes.Length - 1,
        (builder, v) => builder.Add(new OpName("planted", "Mark"), [v], [new OutputSpec("planted_" + v.Name, v.Type)]).Outputs[0]!);

    /// <summary>ONNX Runtime refuses an activation that it does not know.</summary>
    private static Graph UnknownActivation(Graph graph)
    {
        GraphBuilder builder = GraphBuilder.For(graph, DeclaredTypes.Instance);
        foreach (Value v in graph.Constants) builder.Constant(v);
        foreach (Node node in graph.Nodes)
            builder.Define(node.Op, node.Inputs.AsSpan(), node.Outputs.AsSpan(), node.Op.Is("LSTM")
                ? node.Attributes.With("activations", new StringsAttribute([.. Enumerable.Repeat((ReadOnlyMemory<byte>)"Planted"u8.ToArray(), 3)]))
                : node.Attributes.MapBodies(UnknownActivation), node.Name, node.Version);
        return builder.Build(graph.Outputs.AsSpan());
    }

    /// <summary>A graph in which a value made of the first output of some nodes takes its place.</summary>
    private static Graph Behind(Graph graph, Func<int, bool> where, Func<GraphBuilder, Value, Value> make)
    {
        GraphBuilder builder = GraphBuilder.For(graph, OperatorTable.Default, BuildScope.For(graph));
        foreach (Value v in graph.Constants) builder.Constant(v);
        var map = new Dictionary<Value, Value>();
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            new Substitution(map).Append(builder, graph.Nodes[n]);
            if (where(n) && graph.Nodes[n].Outputs[0] is { } v) map[v] = make(builder, v);
        }
        return builder.Build(graph.Outputs.AsSpan());
    }

    /// <summary>A fault.</summary>
    /// <param name="Name">What it is.</param>
    /// <param name="Model">The folder of the model.</param>
    /// <param name="Check">What <c>gpc reduce --check</c> gets.</param>
    private sealed record PlantedFault(string Name, string Model, string Check)
    {
        /// <summary>Puts the fault into the graph; the graph itself where the runtime has the fault.</summary>
        public Func<Graph, Graph> Plant { get; init; } = g => g;

        /// <summary>A fault of the <see cref="BrokenRuntime"/>.</summary>
        public static PlantedFault Of(string name, string model, string fault) =>
            new(name, model, $"'{Environment.ProcessPath}' {BrokenRuntime.Verb} {fault} {{model}}");
    }
}
