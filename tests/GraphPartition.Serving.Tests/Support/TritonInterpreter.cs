using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Serving.Tests.Support;

/// <summary>
/// Runs a Triton repository as Triton does: a step of an ensemble runs when its inputs are there, tensors go by name, and each part is
/// checked against its configuration. ONNX parts run on ONNX Runtime. A plan of TensorRT cannot run here: <paramref name="engines"/>
/// gives the nodes that it stands for, with the names of the engine's tensors.
/// </summary>
internal sealed class TritonInterpreter(string repository, IReadOnlyDictionary<string, byte[]> engines)
{
    /// <summary>The outputs of a model, by name.</summary>
    public Dictionary<string, DataValue> Run(string name, IReadOnlyDictionary<string, DataValue> inputs)
    {
        string folder = Path.Combine(repository, name);
        ModelConfig config = TextFormat.ReadConfig(Path.Combine(folder, "config.pbtxt"));
        Assert.Equal(name, config.Name);
        string version = Assert.Single(Directory.GetDirectories(folder));
        Check(config.Input.Where(i => !i.Optional).Select(i => i.Name), inputs.Keys, name);
        foreach (ModelInput input in config.Input)
            if (inputs.TryGetValue(input.Name, out DataValue? value))
                CheckShape(config, input.Dims, input.Reshape, input.DataType, value, $"{name}/{input.Name}");
        Dictionary<string, DataValue> outputs = config.SchedulingChoiceCase == ModelConfig.SchedulingChoiceOneofCase.EnsembleScheduling
            ? Ensemble(config, inputs) : Part(config, version, inputs);
        foreach (ModelOutput output in config.Output)
            CheckShape(config, output.Dims, output.Reshape, output.DataType, outputs[output.Name], $"{name}/{output.Name}");
        return outputs;
    }

    private Dictionary<string, DataValue> Ensemble(ModelConfig config, IReadOnlyDictionary<string, DataValue> inputs)
    {
        Assert.Equal("ensemble", config.Platform);
        Assert.Empty(config.InstanceGroup);
        var tensors = new Dictionary<string, DataValue>(inputs);
        List<ModelEnsembling.Types.Step> waiting = [.. config.EnsembleScheduling.Step.Reverse()]; // the order is not a promise
        while (waiting.Count > 0)
        {
            ModelEnsembling.Types.Step step = waiting.First(s => s.InputMap.Values.All(tensors.ContainsKey));
            waiting.Remove(step);
            Dictionary<string, DataValue> results = Run(step.ModelName, step.InputMap.ToDictionary(m => m.Key, m => tensors[m.Value]));
            foreach ((string own, string tensor) in step.OutputMap) tensors.Add(tensor, results[own]);
        }
        return config.Output.ToDictionary(o => o.Name, o => tensors[o.Name]);
    }

    private Dictionary<string, DataValue> Part(ModelConfig config, string version, IReadOnlyDictionary<string, DataValue> inputs)
    {
        Assert.Single(config.InstanceGroup);
        if (config.Platform == "tensorrt_plan")
        {
            Assert.All(config.CcModelFilenames.Values, file => Assert.True(File.Exists(Path.Combine(version, file)), file));
            return Session(config, inputs, options => new InferenceSession(engines[config.Name], options));
        }
        Assert.Equal("onnxruntime", config.Backend);
        string path = Path.Combine(version, "model.onnx");
        return Session(config, inputs, options => new InferenceSession(Directory.Exists(path) ? Path.Combine(path, "model.onnx") : path, options));
    }

    private static Dictionary<string, DataValue> Session(
        ModelConfig config, IReadOnlyDictionary<string, DataValue> inputs, Func<SessionOptions, InferenceSession> open)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using InferenceSession session = open(options);
        Check(session.InputNames, inputs.Keys, config.Name);
        DataValue[] results = TestRun.Fed(inputs, feeds =>
        {
            using var run = new RunOptions();
            using var values = session.Run(run, [.. feeds.Keys], [.. feeds.Values], [.. config.Output.Select(o => o.Name)]);
            return [.. values.Select(Runtime.Ort.OrtValues.ToData)];
        });
        return config.Output.Zip(results).ToDictionary(r => r.First.Name, r => r.Second);
    }

    private static void Check(IEnumerable<string> declared, IEnumerable<string> given, string name)
    {
        string[] missing = [.. declared.Except(given)];
        Assert.True(missing.Length == 0, $"{name} lacks {string.Join(", ", missing)}");
    }

    private static void CheckShape(
        ModelConfig config, IReadOnlyList<long> dims, ModelTensorReshape? reshape, DataType type, DataValue value, string where)
    {
        TensorData data = ((TensorValue)value).Data;
        Assert.True(Wire.WireTypes.ConfigOf(data.Element) == type, $"{where} is {data.Element}, declared {type}");
        Assert.NotEmpty(dims);
        long[] actual = [.. data.Dims.Skip(config.MaxBatchSize > 0 ? 1 : 0)], declared = [.. reshape?.Shape ?? dims];
        if (config.MaxBatchSize > 0) Assert.True(data.Dims[0] <= config.MaxBatchSize, where);
        Assert.True(actual.Length == declared.Length && actual.Zip(declared).All(d => d.Second == -1 || d.First == d.Second),
            $"{where} has [{string.Join(",", actual)}], declared [{string.Join(",", declared)}]");
    }
}
