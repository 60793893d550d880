using FsCheck;
using FsCheck.Fluent;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Batching;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Tests.Support;
using Microsoft.ML.OnnxRuntime;
using Xunit.Abstractions;

namespace GraphPartition.Runtime.Tests.Property;

/// <summary>Random graphs with an open batch dimension, random support, a random half of the groups on a device: requests of random
/// sizes.</summary>
public sealed class BatchProperties(ITestOutputHelper log)
{
    private static readonly string[] Unary = ["Relu", "Neg", "Abs", "Tanh", "Sigmoid"];
    private static readonly string[] Binary = ["Add", "Sub", "Max", "Min"];

    [Fact]
    public void Batched_equals_unbatched_equals_the_whole_model()
    {
        long batches = 0, requests = 0;
        Prop.ForAll(RandomModel.Codes(20), codes =>
        {
            Model model = Of(codes);
            int seed = codes.Length == 0 ? 1 : codes[^1] % 1000;
            CompiledModel compiled = Partitions.Compile(model, $"random:{seed}:0.6");
            var options = new ModelSessionOptions { Threads = 1, KeepGroups = seed % 2 == 0, Optimize = false, Contexts = 1 + seed % 2 };
            using ModelSession session = seed % 5 == 0 ? ModelSession.Create(compiled, options)
                : ModelSession.Create(compiled, options, () => new SimulatedStream(),
                    new SimulatedEngines(compiled, group => (group.Id * 7919 + seed) % 2 == 0));
            (long Batches, long Requests) counts = CheckAsync(model, session, seed).GetAwaiter().GetResult();
            batches += counts.Batches;
            requests += counts.Requests;
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
        log.WriteLine($"{requests} requests in {batches} batches");
        Assert.True(batches < requests);
    }

    private static async Task<(long, long)> CheckAsync(Model model, ModelSession session, int seed)
    {
        byte[] bytes = OnnxWriter.ToBytes(model);
        await using var batching = new BatchingSession(session, new() { MaxBatch = 8, MaxWait = TimeSpan.FromMilliseconds(5) });
        Dictionary<string, DataValue>[] requests = [.. Enumerable.Range(0, 8).Select(request => new Dictionary<string, DataValue>
        {
            ["x"] = Floats(1 + (request + seed) % 3, seed + request),
            ["y"] = Floats(1 + (request + seed) % 3, seed * 3 + request),
        })];
        DataValue[][] whole = [.. requests.Select(inputs => TestRun.RunPlain(bytes, inputs, optimize: false))];
        string?[] faults = await Task.WhenAll(requests.Zip(whole, async (inputs, expected) =>
        {
            Dictionary<string, OrtValue> feeds = inputs.ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value));
            try
            {
                using RunResult batched = await batching.RunAsync(feeds), single = await session.RunAsync(feeds);
                return TestRun.Difference(expected, Data(single)) ?? TestRun.Difference(expected, Data(batched));
            }
            finally
            {
                foreach (OrtValue value in feeds.Values) value.Dispose();
            }
        }));
        if (faults.FirstOrDefault(f => f is not null) is { } fault) throw new InvalidOperationException(fault);
        return batching.Counts;
    }

    /// <summary>A graph over [n,3]; some nodes see weights, some a Scan along the rows' own axis, one an open shape in between.</summary>
    private static Model Of(int[] codes)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "batched" };
        IrType type = IrType.Tensor(ElementType.Float32, new Shape("n", 3));
        var values = new List<Value> { builder.Input("x", type), builder.Input("y", type) };
        for (int i = 0; i < codes.Length; i++)
        {
            int code = codes[i], kind = code % 12;
            Value a = values[^(1 + code / 12 % Math.Min(values.Count, 5))], b = values[^(1 + code / 60 % Math.Min(values.Count, 5))];
            values.Add(kind switch
            {
                < 5 => builder.Op(Unary[kind], $"v{i}", [a]),
                < 9 => builder.Op(Binary[kind - 5], $"v{i}", [a, b]),
                9 => builder.Op("MatMul", $"v{i}", [
                    a, builder.Constant($"w{i}", TensorData.Floats([.. Enumerable.Range(0, 9).Select(k => (k * 5 % 7 - 3) / 8f)], 3, 3))]),
                10 => builder.Op("Where", $"v{i}", [builder.Op("Greater", $"g{i}", [a, b]), a, b]),
                _ => RunningSum(builder, a, b, i),
            });
        }
        Value result = builder.Op("Identity", "z", [values[^1]]);
        return new Model(builder.Build(result)) { Opsets = RandomModel.FromCodes([]).Opsets.SetItem("", 18), FormatVersion = 8 };
    }

    private static Value RunningSum(GraphBuilder builder, Value a, Value b, int i)
    {
        var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = $"b{i}" };
        IrType column = IrType.Tensor(ElementType.Float32, new Shape("n"));
        Value state = body.Input($"s{i}", column), element = body.Input($"e{i}", column);
        Value sum = body.Op("Add", $"a{i}", [state, element]);
        Value zero = builder.Op("ReduceMax", $"m{i}", [b, builder.Constant($"x{i}", TensorData.Int64s(1))],
            AttributeMap.Of(("keepdims", 0L)));
        return builder.Add("Scan", [zero, a], [$"f{i}", $"v{i}"],
            AttributeMap.Of(("body", body.Build(sum, body.Op("Tanh", $"t{i}", [sum]))), ("num_scan_inputs", 1L),
            ("scan_input_axes", new IntsAttribute([1])), ("scan_output_axes", new IntsAttribute([1]))), $"scan{i}").Outputs[1]!;
    }

    private static TensorValue Floats(int samples, int seed) =>
        new(TensorData.Floats([.. Enumerable.Range(0, samples * 3).Select(i => MathF.Sin(seed * 7 + i))], samples, 3));

    private static DataValue[] Data(RunResult result) => [.. result.Values.Select(OrtValues.ToData)];
}
