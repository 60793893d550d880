using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Reducing;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;

namespace GraphPartition.Benchmarks;

/// <summary>
/// Ten faults in real and exported models, reduced by <c>gpc reduce</c>: what is left, how long it takes, whether it still fails, and whether
/// a second reduction gives the same bytes.
/// </summary>
internal static class ReduceBenchmark
{
    private static readonly PlantedFault[] Faults =
    [
        PlantedFault.Of("wrong number: Softmax along another axis", "exported/vit_small", "softmax-axis"),
        PlantedFault.Of("wrong number: epsilon of a normalization", "exported/gpt2_small", "norm-epsilon"),
        PlantedFault.Of("wrong number: slope of HardSigmoid", "exported/mobilenet_v3_small", "sigmoid-slope"),
        PlantedFault.Of("wrong number: bias lost between Conv and Relu", "real/blazeface_back", "bias-before-relu"),
        PlantedFault.Of("wrong number: order of a Concat behind Resize", "exported/yolo_like", "concat-order"),
        new("wrong number: ONNX Runtime's Scan that passes a state on", "exported/wav2vec2_small", "differs") { Plant = PassedState, IsScanKept = true },
        PlantedFault.Of("crash of the process: Erf before Add", "exported/distilbert_small", "crash-erf"),
        PlantedFault.Of("crash of the process: bidirectional GRU", "exported/gru_crnn", "crash-gru"),
        new("extra engine: an operator in the middle", "real/ppocrv5_det", "engines>1") { Plant = g => Unknown(g, 2) },
        new("refused: a Conv in float64", "real/silero_vad_v5", "refused") { Plant = DoubleConv },
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
            string[] options = [];
            if (fault.IsScanKept)
            {
                string support = Path.Combine(folder, "support.txt");
                File.WriteAllLines(support, model.Graph.Operators.Where(o => !o.Is("Scan")).Select(o => $"op {o}"));
                options = ["--support", support];
            }
            string zip = Path.Combine(folder, "out.zip"), small = Path.Combine(folder, "model.onnx"), again = Path.Combine(folder, "again.onnx");
            var clock = Stopwatch.StartNew();
            int code = Gpc(["reduce", planted, "--check", fault.Check, "-o", zip, .. options]);
            double seconds = clock.Elapsed.TotalSeconds;
            if (code != 0) return $"| {fault.Name} | {fault.Model} | | | | | {seconds:F0} | exit code {code} | |";
            using ZipArchive archive = ZipFile.OpenRead(zip);
            archive.GetEntry("model.onnx")!.ExtractToFile(small);
            using var log = new StreamReader(archive.GetEntry("log.txt")!.Open());
            string trials = log.ReadToEnd().Split('\n').Last(l => l.StartsWith("trial ", StringComparison.Ordinal)).Split(' ')[1].TrimEnd(':');
            bool fails = Gpc(["reduce", small, "--check", fault.Check, "-o", again, .. options]) == 0;
            Gpc(["reduce", planted, "--check", fault.Check, "-o", again, .. options]);
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
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "gpc"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) Console.Error.WriteLine(errors.Result);
        return process.ExitCode;
    }

    /// <summary>Operators that nothing knows, behind nodes at equal distances.</summary>
    private static Graph Unknown(Graph graph, int parts) => Behind(graph, n => n % (graph.Nodes.Length / parts) == graph.Nodes.Length / parts - 1 && n < graph.Nodes.Length - 1,
        (builder, v) => builder.Add(new OpName("planted", "Mark"), [v], [new OutputSpec("planted_" + v.Name, v.Type)]).Outputs[0]!);

    /// <summary>A Scan whose state is what the graph goes on with; its body only passes it on.</summary>
    private static Graph PassedState(Graph graph) => Behind(graph, n => n == graph.Nodes.Length / 2, (builder, v) =>
    {
        var body = new GraphBuilder(OperatorTable.Default, builder.Scope) { Name = "body" };
        Value state = body.Input("s", v.Type), row = body.Input("row", new TensorType(v.ElementType, new Shape([.. v.Shape!.Skip(1)])));
        Graph inside = body.Build(state, body.Op("Neg", "row_out", [row]));
        return builder.Add("Scan", [v, v], ["planted_last", "planted_all"], AttributeMap.Of(("body", inside), ("num_scan_inputs", 1L)), "planted").Outputs[0]!;
    });

    /// <summary>The first convolution of a body computes in float64, which ONNX Runtime does not do on a CPU.</summary>
    private static Graph DoubleConv(Graph graph)
    {
        bool isDone = false;
        return In(graph);

        Graph In(Graph of)
        {
            GraphBuilder builder = GraphBuilder.For(of, OperatorTable.Default, BuildScope.For(graph));
            foreach (Value v in of.Constants) builder.Constant(v);
            foreach (Node node in of.Nodes)
            {
                if (isDone || !node.Op.Is("Conv"))
                {
                    builder.Define(node.Op, node.Inputs.AsSpan(), node.Outputs.AsSpan(), node.Attributes.MapBodies(In), node.Name, node.Version);
                    continue;
                }
                isDone = true;
                Value?[] inputs = [.. node.Inputs.Select((v, i) => v is null ? null : Cast(builder, v, $"planted_{i}", 11))];
                Value wide = builder.Op("Conv", "planted_wide", inputs, node.Attributes);
                builder.Define("Cast", [wide], node.Outputs.AsSpan(), AttributeMap.Of(("to", 1L)), "planted_back");
            }
            return builder.Build(of.Outputs.AsSpan());
        }

        static Value Cast(GraphBuilder builder, Value v, string name, long to) => builder.Op("Cast", name, [v], AttributeMap.Of(("to", to)));
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

        /// <summary>Whether engines may take all operators but Scan.</summary>
        public bool IsScanKept { get; init; }

        /// <summary>A fault of the <see cref="BrokenRuntime"/>.</summary>
        public static PlantedFault Of(string name, string model, string fault) =>
            new(name, model, $"'{Environment.ProcessPath}' {BrokenRuntime.Verb} {fault} {{model}}");
    }
}
