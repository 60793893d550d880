using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// Runs models on samples with ONNX Runtime on the CPU; without optimization every model rounds alike. What it has no kernels for, such as
/// parts in BF16, runs in FP32.
/// </summary>
/// <param name="samples">The inputs by name, one set for each sample; the caller disposes them.</param>
/// <param name="operators">Libraries of custom operators; null: there are none.</param>
public sealed class OrtSampleRunner(IReadOnlyList<IReadOnlyDictionary<string, OrtValue>> samples, CustomOperators? operators = null)
    : ISampleRunner
{
    /// <inheritdoc/>
    public int Count => samples.Count;

    /// <inheritdoc/>
    public ISampleSession Load(Model model, bool optimizes = false)
    {
        var options = new ModelSessionOptions { Optimize = optimizes, CustomOperators = operators ?? CustomOperators.None };
        string? folder = model.Folder;
        try
        {
            return Guarded(model, Loaded);
        }
        catch (EnvironmentException) when (optimizes) // an optimizer of ONNX Runtime may fail on a model that it runs
        {
            return Load(model);
        }

        Session Loaded()
        {
            using SessionOptions session = OrtSessionFactory.ForReference(options);
            if (folder is not null) session.AddSessionConfigEntry(OrtSessionFactory.ExternalFolder, folder);
            try
            {
                return Of(model, session);
            }
            catch (OnnxRuntimeException e) when (OrtMessages.LacksKernel(e)
                && WideFloats.Of(model.Graph, out _) is not null)
            {
                return Of(model with { Graph = WideFloats.Of(model.Graph, out _)! }, session);
            }
        }

        Session Of(Model runs, SessionOptions session) => new(new InferenceSession(
            OnnxWriter.ToBytes(runs, new OnnxWriteOptions { ValueTypes = false, ReferTo = folder }), session), samples, runs);
    }

    private static T Guarded<T>(Model model, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (OnnxRuntimeException e)
        {
            throw new EnvironmentException(RuntimeCodes.RuntimeFailed, model.Path ?? model.Graph.Name, e.Message, e);
        }
    }

    private sealed class Session(InferenceSession session, IReadOnlyList<IReadOnlyDictionary<string, OrtValue>> samples, Model model)
        : ISampleSession
    {
        private readonly string[] _outputs = [.. session.OutputNames];
        private readonly string[] _inputs = [.. session.InputNames];
        private readonly RunOptions _run = new();

        public ImmutableArray<TensorData?> Run(
            int sample, IReadOnlyList<int> outputs, IReadOnlyDictionary<string, TensorData> more) =>
            Results(sample, outputs, more, results => results.Select(r => IsTensor(r) ? OrtValues.ToTensor(r) : null).ToImmutableArray());

        public void Read(int sample, IReadOnlyList<int> outputs, OutputReader read) =>
            Results(sample, outputs, ImmutableDictionary<string, TensorData>.Empty, results =>
            {
                for (int i = 0; i < outputs.Count; i++)
                    if (IsTensor(results[i]) && results[i].GetTensorTypeAndShape() is { IsString: false } info)
                        read(i, (ElementType)info.ElementDataType, info.ElementCount == 0 ? [] : results[i].GetTensorMutableRawData());
                return 0;
            });

        private static bool IsTensor(OrtValue value) => value.OnnxType == OnnxValueType.ONNX_TYPE_TENSOR;

        private T Results<T>(int sample, IReadOnlyList<int> outputs, IReadOnlyDictionary<string, TensorData> more,
            Func<IReadOnlyList<OrtValue>, T> use) => Guarded(model, () =>
        {
            if (outputs.Count == 0) return use([]);
            var own = new List<OrtValue>();
            try
            {
                var values = new Dictionary<string, OrtValue>(_inputs.Length);
                foreach (string name in _inputs)
                    if (more.TryGetValue(name, out TensorData? extra)) values.Add(name, Owned(OrtValues.ToOrt(extra)));
                    else if (samples[sample].TryGetValue(name, out OrtValue? value)) values.Add(name, InTypeOf(name, value));
                string[] wanted = [.. outputs.Select(o => _outputs[o])];
                using RunResult results = OptionalResults.Run(session, _run, values, wanted);
                return use(results.Values);
            }
            finally
            {
                foreach (OrtValue value in own) value.Dispose();
            }

            OrtValue Owned(OrtValue value)
            {
                own.Add(value);
                return value;
            }

            OrtValue InTypeOf(string name, OrtValue value) =>
                session.InputMetadata[name] is { IsTensor: true } wanted
                    && FloatFeeds.In((ElementType)wanted.ElementDataType, value) is { } other
                ? Owned(other) : value;
        });

        public void Dispose()
        {
            _run.Dispose();
            session.Dispose();
        }
    }
}
