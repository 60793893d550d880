using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Ort;
using GraphPartition.Serving.Wire;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Serving.Tests.Conformance;

/// <summary>
/// Shared models over JSON, bytes and gRPC, with batching on and off, give the outputs that their exporter computed; models without such
/// outputs give those of the same file in this process. A sample in every run, all with GRAPHPARTITION_FULL_GRID=1.
/// </summary>
public sealed class SharedModelTests : IDisposable
{
    private static readonly string[] Sample = ["exported/mixed_unsupported", "exported/wide_deep", "exported/nonzero_dyn",
        "exported/control_flow", "exported/gpt2_small", "exported/qat_qdq", "real/silero_vad_16k_op15", "converted/distilbert_small.ortqdq"];

    private readonly TemporaryFolder _folder = new();

    // A detector sorts boxes of nearly equal scores, so the last bit decides. A float8 input has no type in the protocol.
    public static TheoryData<string> Models => [.. Grid.IsFull ? Files().Where(m => !m.EndsWith("/ssdlite320", StringComparison.Ordinal)) : Sample];

    public void Dispose() => _folder.Dispose();

    [SharedTheory]
    [MemberData(nameof(Models))]
    public async Task A_shared_model_gives_the_expected_outputs_over_each_form(string name)
    {
        string folder = Path.Combine(OutsideFolders.SharedModels, name), data = Path.Combine(folder, "test_data_set_0");
        Model model = ModelFile.Read(Directory.Exists(folder) ? Path.Combine(folder, "model.onnx") : folder + ".onnx", OperatorTable.Default);
        foreach (string mode in new[] { "auto", "off" })
        {
            Directory.CreateDirectory(_folder.File($"{mode}/1"));
            CompiledModelFormat.Write(Partitions.Compile(model, "table"), _folder.File($"{mode}/1/model.onnx"));
            File.WriteAllText(_folder.File($"{mode}/serving.json"), $$"""{ "batching": "{{mode}}", "warmUp": false }""");
        }
        Dictionary<string, DataValue> inputs = Directory.Exists(data)
            ? TestDataSet.Read(data, model.Graph).Inputs.ToDictionary(i => i.Name, i => i.Value) : TestRun.Inputs(model.Graph);
        NamedValue[] outputs = name.StartsWith("exported/", StringComparison.Ordinal) ? [.. TestDataSet.Read(data, model.Graph).Outputs]
            : Alone(_folder.File("off/1/model.onnx"), inputs);
        await using TestServer server = await TestServer.ServeAsync(_folder.Path);
        foreach (string mode in new[] { "auto", "off" })
        {
            // Three requests at once, so that those of a model that can be batched are.
            foreach (int _ in Enumerable.Range(0, 3))
            {
                await Task.WhenAll(CheckAsync("bytes", Binary(server, mode, inputs)), CheckAsync("gRPC", Rpc(server, mode, inputs)));
                bool isSmall = inputs.Values.Cast<TensorValue>()
                    .All(i => i.Data.ElementCount < 10_000 && i.Data.Element != ElementType.String);
                if (isSmall) await CheckAsync("JSON", Json(server, mode, inputs));
            }

            async Task CheckAsync(string form, Task<Dictionary<string, TensorData>> run)
            {
                Dictionary<string, TensorData> actual = await run;
                foreach (NamedValue expected in outputs)
                {
                    var tolerance = name.EndsWith("/qat_qdq", StringComparison.Ordinal) ? new Tolerance(1e-2, 1e-2) : new Tolerance(1e-3, 1e-4);
                    TensorDifference difference = TensorDifference.Between(((TensorValue)expected.Value).Data, actual[expected.Name],
                        tolerance);
                    Assert.True(difference.Fault is null, $"{name}, batching {mode}, {form}, {expected.Name}: {difference.Fault}");
                }
            }
        }
    }

    private static async Task<Dictionary<string, TensorData>> Binary(TestServer server, string model, Dictionary<string, DataValue> inputs)
    {
        byte[][] tail = [.. inputs.Values.Select(Bytes)];
        JsonObject request = Wires.Request([.. inputs.Select((input, i) => new JsonObject
        {
            ["name"] = input.Key,
            ["shape"] = Wires.Numbers(((TensorValue)input.Value).Data.Dims),
            ["datatype"] = WireTypes.NameOf(((TensorValue)input.Value).Data.Element),
            ["parameters"] = new JsonObject { ["binary_data_size"] = tail[i].Length },
        })]);
        request["parameters"] = new JsonObject { ["binary_data_output"] = true };
        (JsonElement json, byte[] bytes) = await server.Http.InferAsync(model, request, tail).BinaryAsync();
        var outputs = new Dictionary<string, TensorData>();
        int at = 0;
        foreach (JsonElement output in json.GetProperty("outputs").EnumerateArray())
        {
            int size = output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32();
            outputs.Add(output.GetProperty("name").GetString()!, Tensor(output.GetProperty("datatype").GetString()!,
                [.. output.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())], bytes.AsSpan(at, size)));
            at += size;
        }
        Assert.Equal(bytes.Length, at);
        return outputs;
    }

    private static async Task<Dictionary<string, TensorData>> Json(TestServer server, string model, Dictionary<string, DataValue> inputs)
    {
        JsonElement json = await server.Http.InferJsonAsync(model, Wires.Request([.. inputs.Select(input =>
        {
            TensorData tensor = ((TensorValue)input.Value).Data;
            JsonArray elements = [.. Enumerable.Range(0, (int)tensor.ElementCount).Select(i => tensor.Element switch
            {
                ElementType.Bool => (JsonNode)(tensor.Bytes.Span[i] != 0),
                ElementType.Int64 => JsonValue.Create(tensor.As<long>()[i]),
                ElementType.Float32 => JsonValue.Create(tensor.As<float>()[i]),
                _ => JsonValue.Create((long)Numbers.At(tensor.Element, tensor.Bytes.Span, i)),
            })];
            return Wires.Input(input.Key, WireTypes.NameOf(tensor.Element)!, [.. tensor.Dims], elements);
        })])).JsonAsync();
        return json.GetProperty("outputs").EnumerateArray().ToDictionary(o => o.GetProperty("name").GetString()!, o =>
        {
            ElementType element = WireTypes.Parse(o.GetProperty("datatype").GetString(), "output");
            byte[] bytes = [.. o.GetProperty("data").EnumerateArray().SelectMany(e => element switch
            {
                ElementType.Bool => [(byte)(e.GetBoolean() ? 1 : 0)],
                ElementType.Int64 => BitConverter.GetBytes(e.GetInt64()),
                ElementType.Int32 => BitConverter.GetBytes(e.GetInt32()),
                _ => BitConverter.GetBytes(e.GetSingle()),
            })];
            return (TensorData)new MemoryTensor(element, [.. o.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())], bytes);
        });
    }

    private static async Task<Dictionary<string, TensorData>> Rpc(TestServer server, string model, Dictionary<string, DataValue> inputs)
    {
        var request = new ModelInferRequest { ModelName = model };
        foreach ((string name, DataValue value) in inputs)
        {
            TensorData tensor = ((TensorValue)value).Data;
            request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor
            { Name = name, Datatype = WireTypes.NameOf(tensor.Element), Shape = { tensor.Dims } });
            request.RawInputContents.Add(ByteString.CopyFrom(Bytes(value)));
        }
        ModelInferResponse response = await server.Rpc.ModelInferAsync(request);
        return response.Outputs.Zip(response.RawOutputContents)
            .ToDictionary(o => o.First.Name, o => Tensor(o.First.Datatype, [.. o.First.Shape], o.Second.Span));
    }

    private static NamedValue[] Alone(string file, Dictionary<string, DataValue> inputs)
    {
        using ModelSession session = ModelSession.Load(file);
        return [.. session.Outputs.Zip(TestRun.Run(session, inputs), (o, value) => new NamedValue(o.Name, value))];
    }

    private static IEnumerable<string> Files() => OutsideFolders.Models(OutsideFolders.SharedModels)
        .Select(file => Path.GetRelativePath(OutsideFolders.SharedModels, file))
        .Select(file => Path.GetFileName(file) == "model.onnx" ? Path.GetDirectoryName(file)! : Path.ChangeExtension(file, null));

    private static byte[] Bytes(DataValue value)
    {
        using OrtValue tensor = OrtValues.ToOrt(value);
        return BinaryTensors.ToArray(tensor).ToArray();
    }

    private static TensorData Tensor(string datatype, long[] shape, ReadOnlySpan<byte> bytes)
    {
        using OrtValue tensor = BinaryTensors.Read("output", WireTypes.Parse(datatype, "output"), shape, bytes);
        return OrtValues.ToTensor(tensor);
    }
}
