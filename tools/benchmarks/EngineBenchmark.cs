using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;

namespace GraphPartition.Benchmarks;

/// <summary>
/// How long a user waits for engines beside the time that TensorRT builds: a compile of ten small engines that are new, the same from the
/// cache, and the doctor. With a mock whose builder takes 3 s to create, as TensorRT 8.5 does, the new engines show how often it is created.
/// </summary>
internal static class EngineBenchmark
{
    private const int Engines = 10;

    public static Command Create()
    {
        var command = new Command("engines", "Ten new engines, ten engines from the cache, and the doctor: the time from start to end of gpc.");
        var tensorRt = new Option<string>("--tensorrt") { Description = "The folder of TensorRT, or of a mock.", Required = true };
        var cuda = new Option<string>("--cuda") { Description = "The folder of libcuda.so.1.", DefaultValueFactory = _ => "" };
        var constructor = new Option<int>("--constructor")
        { Description = "Milliseconds that a mock takes to create a builder.", DefaultValueFactory = _ => 3000 };
        var samples = new Option<int>("--samples") { Description = "Runs of each.", DefaultValueFactory = _ => 5 };
        foreach (Option option in (Option[])[tensorRt, cuda, constructor, samples]) command.Add(option);
        command.SetAction(parsed =>
        {
            string work = Directory.CreateTempSubdirectory("gp-engines-").FullName;
            try
            {
                Measure(work, parsed.GetValue(samples), Variables());
            }
            finally
            {
                Directory.Delete(work, recursive: true);
            }
            return 0;

            Dictionary<string, string> Variables() => new()
            {
                ["TENSORRT_HOME"] = parsed.GetRequiredValue(tensorRt),
                ["LD_LIBRARY_PATH"] = parsed.GetValue(cuda)!,
                ["GP_MOCK_FAIL"] = $"constructor={parsed.GetValue(constructor)}",
            };
        });
        return command;
    }

    private static void Measure(string work, int samples, Dictionary<string, string> variables)
    {
        string model = Path.Combine(work, "model.onnx"), output = Path.Combine(work, "compiled.onnx");
        OnnxWriter.Write(Model(), model);
        string[] Compile(string cache) => ["compile", model, "-o", output, "--engines", "required", "--exclude", "Softmax", "--passes", "none",
            "--engine-cache", cache];
        Console.WriteLine("| gpc | median s | slowest s |\n| --- | --- | --- |");
        Row("doctor", samples, _ => Run(variables, "doctor"));
        Row("doctor --deep", samples, _ => Run(variables, "doctor", "--deep"));
        Row($"compile, {Engines} new engines", samples, i => Run(variables, Compile(Path.Combine(work, $"cache{i}"))));
        Row($"compile, {Engines} engines from the cache", samples, _ => Run(variables, Compile(Path.Combine(work, "cache0"))));
    }

    private static void Row(string name, int samples, Func<int, double> run)
    {
        double[] seconds = [.. Enumerable.Range(0, samples).Select(run).Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {seconds[samples / 2]:F2} | {seconds[^1]:F2} |"));
    }

    private static double Run(Dictionary<string, string> variables, params string[] arguments)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "gpc"), arguments)
        { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (process.ExitCode != 0) throw new InvalidOperationException($"gpc ended with {process.ExitCode}:\n{output.Result}{errors.Result}");
        return seconds;
    }

    /// <summary>Ten groups of two nodes, with a node between them that is kept out of engines.</summary>
    private static Model Model()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "engines" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        for (int i = 0; i < Engines; i++)
        {
            Value w = builder.Constant($"w{i}", TensorData.Floats([0.25f + i], 1));
            x = builder.Op("Relu", $"r{i}", [builder.Op("Add", $"a{i}", [x, w])]);
            if (i < Engines - 1) x = builder.Op("Softmax", $"s{i}", [x]);
        }
        return new(builder.Build(x)) { Opsets = OpsetVersions.Standard(17), FormatVersion = 8 };
    }
}
