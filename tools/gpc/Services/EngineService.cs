using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder;
using GraphPartition.EngineBuilder.Builders;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Views;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Cache;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.Gpc.Services;

/// <summary>Finds TensorRT, and makes the options to build and use engines.</summary>
/// <param name="request">The options that the user gave.</param>
internal sealed class EngineService(EngineRequest request)
{
    /// <summary>This program as a worker.</summary>
    /// <param name="memoryBytes">The most memory that it may take; null: no limit.</param>
    public static WorkerOptions Worker(long? memoryBytes)
    {
        (string program, string[] arguments) = ThisProgram.With(EngineWorker.Verb);
        return new(program, [.. arguments]) { MemoryBytes = memoryBytes };
    }

    /// <summary>Whether a result without engines is an error (--engines required).</summary>
    public bool IsRequired => request.Mode == EngineMode.Required;

    /// <summary>The 16-bit format that the command line wants engines to compute in; null: another precision.</summary>
    public LowFormat? Format => request.Build.Precision switch
    {
        Precision.Fp16 => LowFormat.Fp16,
        Precision.Bf16 => LowFormat.Bf16,
        _ => null,
    };

    /// <summary>
    /// The format that the graph gets for a release: from TensorRT 10 on, and in TensorRT-RTX, types decide what engines compute. Before,
    /// the format is a flag of the builder, and the graph stays as it is.
    /// </summary>
    /// <param name="release">The release.</param>
    /// <returns>Null: the graph keeps its types.</returns>
    public LowFormat? FormatOfGraph(TensorRtRelease release) => release.IsRtx || release.Major >= FirstTyped ? Format : null;

    /// <summary>The names and hashes of the libraries of plugins, as compiled models remember them.</summary>
    /// <exception cref="ModelException">GP4030: a file cannot be read.</exception>
    public ImmutableArray<UsedLibrary> Plugins => [.. request.Machine.Options.Plugins.Select(PluginOf)];

    private const int FirstTyped = 10;

    /// <summary>Finds the machine to build for.</summary>
    /// <param name="problem">Why there is none.</param>
    /// <returns>The machine; null where engines are not wanted or cannot be built.</returns>
    /// <exception cref="EnvironmentException">GP4020: engines are required and cannot be built.</exception>
    public TensorRtMachine? FindMachine(out Diagnostic? problem)
    {
        problem = null;
        if (request.Mode == EngineMode.Off) return null;
        MachineSearch search = TensorRtMachine.Find(request.Machine.Options);
        TensorRtMachine? machine = search.Machine;
        problem = search.Problem;
        if (machine is { Library.HasParser: false })
        {
            problem = TensorRtCodes.NoOnnxParser.At(machine.Library.Path, $"there is no ONNX parser beside {machine.Library.Release}");
            machine = null;
        }
        return machine is null && IsRequired
            ? throw new EnvironmentException(TensorRtCodes.EnginesRequired, "--engines required", problem!.ToString()) : machine;
    }

    /// <summary>Finds what to build for: the device of this machine, or the compute capabilities that the user names.</summary>
    /// <param name="target">The release that the user plans for; null: that of the library.</param>
    /// <param name="problem">Why there is nothing to build for.</param>
    /// <returns>The targets, one engine each; empty where engines are not wanted or cannot be built.</returns>
    /// <exception cref="EnvironmentException">GP4020: engines are required and cannot be built.</exception>
    public IReadOnlyList<BuildMachine> FindTargets(TensorRtRelease? target, out Diagnostic? problem)
    {
        problem = null;
        if (request.Mode == EngineMode.Off) return [];
        if (request.Command is null && !IsWithoutDevice) return FindMachine(out problem) is { } machine ? [machine] : [];
        if (request.Command is { } command) CommandTemplate.Parse(command);
        IReadOnlyList<BuildMachine> found = new TargetSearch(request).Find(target, out problem);
        return found.Count == 0 && IsRequired
            ? throw new EnvironmentException(TensorRtCodes.EnginesRequired, "--engines required", problem!.ToString()) : found;
    }

    private const int MostJobs = 4; // a build of TensorRT-RTX uses several threads itself

    private bool IsWithoutDevice => request.ForAll || request.For.Count > 0;

    /// <summary>How to build.</summary>
    /// <param name="operators">What is known about operators.</param>
    /// <param name="shapes">The shapes that engines must accept.</param>
    /// <param name="release">The release that builds.</param>
    public EngineOptions BuildOptions(OperatorTable operators, ModelShapes shapes, TensorRtRelease release) => new()
    {
        Operators = operators,
        Build = FormatOfGraph(release) is null ? request.Build : request.Build with { Precision = Precision.AsTyped },
        Shapes = shapes,
        Cache = request.CacheFolder is { } folder ? new EngineCache(folder, request.CacheBytes ?? long.MaxValue) : null,
        TimingFolder = request.TimingFolder,
        Jobs = request.Jobs ?? (IsWithoutDevice ? Math.Clamp(Environment.ProcessorCount / 2, 1, MostJobs) : 1),
        NamesValues = request.NamesValues,
        Command = request.Command,
        Worker = request.InProcess ? null : Worker(request.WorkerBytes),
        BuildTimeout = request.BuildTimeout,
        IsRequired = IsRequired,
        Logger = ErrorStreamLogger.From(request.Machine.LogFrom),
        Progress = Stages.Engines,
    };

    /// <summary>Options of a session with the engines and the device of this request (--gpu).</summary>
    public ModelSessionOptions In(ModelSessionOptions options) =>
        options with { Engines = Use(), DeviceId = request.Machine.Options.Ordinal };

    /// <summary>How a session uses engines.</summary>
    private EngineUse Use() => new()
    {
        Mode = request.Mode,
        Trust = request.Trust,
        Precision = request.Precision,
        Machine = request.Machine.Options,
        Logger = ErrorStreamLogger.From(request.Machine.LogFrom),
        Warn = warning => ModelReader.Warn([warning]),
    };

    private static UsedLibrary PluginOf(string path)
    {
        try
        {
            return UsedLibrary.Of(LibraryKind.Plugins, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TensorRtCodes.BadPlugin.Error(path, e.Message);
        }
    }
}
