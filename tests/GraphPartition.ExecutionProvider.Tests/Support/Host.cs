using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.ExecutionProvider.Tests.Support;

/// <summary>ONNX Runtime with the library registered, and the lines that it logs.</summary>
internal static class Host
{
    public const string Provider = "GraphPartitionExecutionProvider", Registration = "graphpartition";

    private static readonly ConcurrentQueue<string> Lines = new();
    private static readonly DOrtLoggingFunction Logger = (_, level, _, _, _, message) =>
        Lines.Enqueue($"{(int)level} {message}");

    private static readonly Lazy<OrtEnv> Opened = new(() =>
    {
        var options = new EnvironmentCreationOptions
        {
            logId = "tests",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_INFO,
            loggingFunction = Logger,
        };
        OrtEnv environment = OrtEnv.CreateInstanceWithOptions(ref options);
        // With a driver, the library finds a GPU that ONNX Runtime does not list.
        NativeLibrary.Load(Path.Combine(MockCompiler.Cuda(), "libcuda.so.1"));
        environment.RegisterExecutionProviderLibrary(Registration, PluginLibrary.Path);
        return environment;
    });

    public static OrtEnv Environment => Opened.Value;

    /// <summary>The devices of the provider.</summary>
    public static OrtEpDevice[] Devices => [.. Environment.GetEpDevices().Where(d => d.EpName == Provider)];

    /// <summary>The processor, of the copy of the library that was registered last.</summary>
    public static OrtEpDevice Processor => Devices.Last(d => d.HardwareDevice.Type == OrtHardwareDeviceType.CPU);

    /// <summary>What was logged since the last call, by all sessions.</summary>
    public static string[] TakeLines()
    {
        var lines = new List<string>();
        while (Lines.TryDequeue(out string? line)) lines.Add(line);
        return [.. lines];
    }

    /// <summary>Options of a session with the provider first and ONNX Runtime's CPU provider second.</summary>
    public static SessionOptions Options(params (string Key, string Value)[] options) => Options(OrtHardwareDeviceType.CPU, options);

    /// <summary>As above, on a device of a type.</summary>
    public static SessionOptions Options(OrtHardwareDeviceType type, params (string Key, string Value)[] options)
    {
        // Opens the environment, which must be there before any options.
        OrtEpDevice device = Devices.First(d => d.HardwareDevice.Type == type);
        var session = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_INFO };
        session.AppendExecutionProvider(Environment, [device], options.Append(("threads", "1")).DistinctBy(o => o.Item1)
            .ToDictionary(o => o.Item1, o => o.Item2));
        return session;
    }

    /// <summary>Runs a model with the provider.</summary>
    public static DataValue[] Run(string path, IReadOnlyDictionary<string, DataValue> inputs, bool optimize = true,
        params (string Key, string Value)[] options)
    {
        using SessionOptions settings = Options(optimize ? options : [.. options, ("optimization", "none")]);
        if (!optimize) settings.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        using var session = new InferenceSession(path, settings);
        return Run(session, inputs);
    }

    /// <summary>Runs a model without the provider.</summary>
    public static DataValue[] RunPlain(string path, IReadOnlyDictionary<string, DataValue> inputs, bool optimize = true)
    {
        using SessionOptions settings = PlainOptions(optimize);
        using var session = new InferenceSession(path, settings);
        return Run(session, inputs);
    }

    /// <summary>The message with which ONNX Runtime refuses a model; null where it takes it.</summary>
    public static string? WhyNotPlain(string path)
    {
        try
        {
            InputNames(path);
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            return e.Message;
        }
    }

    /// <summary>The names of a model's inputs.</summary>
    public static string[] InputNames(string path)
    {
        using SessionOptions settings = PlainOptions(optimize: false);
        using var session = new InferenceSession(path, settings);
        return [.. session.InputNames];
    }

    private static SessionOptions PlainOptions(bool optimize)
    {
        Assert.NotNull(Environment);
        return new()
        {
            IntraOpNumThreads = 1,
            GraphOptimizationLevel = optimize ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
    }

    /// <summary>Runs a session.</summary>
    public static DataValue[] Run(InferenceSession session, IReadOnlyDictionary<string, DataValue> inputs) => TestRun.Fed(inputs, feeds =>
    {
        using var run = new RunOptions();
        string[] names = [.. session.InputNames.Where(feeds.ContainsKey)];
        using var results = session.Run(run, names, [.. names.Select(n => feeds[n])], session.OutputNames);
        return [.. results.Select(OrtValues.ToData)];
    });
}
