using System.Diagnostics;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.TensorRt.Library;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>A small model that is ready to run, to measure how long a run takes. Its inputs are ones.</summary>
internal sealed class TimedModel : IDisposable
{
    private readonly Dictionary<string, OrtValue> _feeds;
    private readonly IDisposable _session;
    private readonly Action _run;

    private TimedModel(Model model, IDisposable session, Func<IReadOnlyDictionary<string, OrtValue>, IDisposable> run)
    {
        _feeds = model.Graph.Inputs.ToDictionary(v => v.Name, v => OrtValues.ToOrt(Ones(v)));
        _session = session;
        _run = () => run(_feeds).Dispose();
    }

    /// <summary>The model on ONNX Runtime.</summary>
    /// <exception cref="EnvironmentException">GP5006: ONNX Runtime fails.</exception>
    public static TimedModel OnFallback(Model model, ModelSessionOptions options)
    {
        PlainSession session = PlainSession.Load(model, options);
        return new(model, session, session.Run);
    }

    /// <summary>The model as one engine, which is built for this.</summary>
    /// <exception cref="EnvironmentException">GP4020: no engine can be built or loaded.</exception>
    public static TimedModel OnEngine(Model model, TensorRtMachine machine, EngineOptions build, ModelSessionOptions options)
    {
        Compilation plan = new ModelCompiler(OperatorTable.Default, new CompileOptions
        {
            SupportPolicy = SupportPolicy.Parse("all", OperatorTable.Default,
                TensorRtTarget.For(machine.Library.Release) ?? TensorRtTarget.Default),
            Passes = Pipeline.None,
        }).Plan(model);
        CompiledModel compiled = new EngineCompiler(machine, build with { IsRequired = true }).Compile(plan).Compiled;
        ModelSession session = ModelSession.Create(compiled,
            options with { Engines = options.Engines with { Mode = EngineMode.Required } });
        return new(model, session, feeds => session.Run(feeds));
    }

    /// <summary>Runs once and returns the time in microseconds.</summary>
    public double Time()
    {
        long start = Stopwatch.GetTimestamp();
        _run();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        foreach (OrtValue value in _feeds.Values) value.Dispose();
    }

    private static TensorData Ones(Value value)
    {
        long[] dims = [.. ((TensorType)value.Type).Shape!.Dims.Select(d => d.Size)];
        return TensorData.Floats(Enumerable.Repeat(1f, (int)TensorData.CountOf([.. dims])).ToArray(), dims);
    }
}
