using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Google.Protobuf;
using GraphPartition.Cuda;
using GraphPartition.EngineBuilder.Builders.Wire;
using GraphPartition.TensorRt;
using Microsoft.Extensions.Logging;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>What a worker found, as messages, and back. A failure becomes the same exception on the other side.</summary>
internal static class WireResults
{
    /// <summary>The codes of faults that TensorRT and the driver have.</summary>
    private static readonly Dictionary<string, DiagnosticCode> Codes = CodesOf(typeof(TensorRtCodes)).Concat(CodesOf(typeof(CudaCodes)))
        .ToDictionary(c => c.Id);

    public static Verdicts Of(ParserSupport support) => new()
    {
        Whole = support.WholeModel,
        Subgraphs = { support.Subgraphs.Select(s => new Subgraph { Nodes = { s.Nodes }, Supported = s.IsSupported }) },
        Errors = { support.Errors.Select(Of) },
        Log = { support.Log.Select(Of) },
    };

    public static ParserSupport From(Verdicts wire) => new(
        wire.Whole, [.. wire.Subgraphs.Select(s => new ParserSubgraph([.. s.Nodes], s.Supported))], [.. wire.Errors.Select(From)])
    {
        Log = [.. wire.Log.Select(From)],
    };

    /// <summary>The attribute keeps the fields in a program that is compiled ahead of time.</summary>
    private static IEnumerable<DiagnosticCode> CodesOf(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] Type owner) =>
        owner.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => f.GetValue(null)).OfType<DiagnosticCode>();

    /// <summary>An engine without its bytes.</summary>
    public static Wire.Engine Of(BuiltEngine built) => new()
    {
        Length = built.Data.Length,
        TimingCache = UnsafeByteOperations.UnsafeWrap(built.TimingCache),
        Warnings = { built.Warnings.Select(Of) },
    };

    public static BuiltEngine From(Wire.Engine wire, ReadOnlyMemory<byte> bytes, TensorRtRelease release) =>
        new(bytes, release, wire.TimingCache.Memory, [.. wire.Warnings.Select(From)]);

    public static Progress Of(BuildProgress progress)
    {
        Progress wire = new() { Phase = progress.Phase, Step = progress.Step, Steps = progress.Steps, Finished = progress.IsFinished };
        if (progress.Parent is { } parent) wire.Parent = parent;
        return wire;
    }

    public static BuildProgress From(Progress wire) =>
        new(wire.Phase, wire.HasParent ? wire.Parent : null, wire.Step, wire.Steps, wire.Finished);

    public static Log Of(LogLine line) => new() { Level = (int)line.Level, Message = line.Message };

    public static LogLine From(Log wire) => new((LogLevel)wire.Level, wire.Message);

    public static Failure Of(Exception fault) => fault switch
    {
        TensorRtException e => new()
        {
            Kind = Failure.Types.Kind.Tensorrt,
            Findings = { Of(e.Diagnostic.Code.At(e.Diagnostic.Where, e.Fault)) },
            Log = { e.Log.Select(Of) },
            Errors = { e.ParserErrors.Select(Of) },
        },
        EnvironmentException e => new() { Kind = Failure.Types.Kind.Environment, Findings = { Of(e.Diagnostic) } },
        ModelException e => new() { Kind = Failure.Types.Kind.Options, Findings = { e.Diagnostics.Select(Of) } },
        IOException or UnauthorizedAccessException => new()
        {
            Kind = Failure.Types.Kind.Environment,
            Findings = { Of(TensorRtCodes.WorkerUnusable.At("files of the worker", fault.Message)) },
        },
        _ => new() { Kind = Failure.Types.Kind.Internal, Text = fault.ToString() },
    };

    public static Exception From(Failure wire) => wire.Kind switch
    {
        Failure.Types.Kind.Tensorrt => new TensorRtException(CodeOf(wire.Findings[0]), wire.Findings[0].Where, wire.Findings[0].Message,
            [.. wire.Log.Select(From)], [.. wire.Errors.Select(From)]),
        Failure.Types.Kind.Environment => new EnvironmentException(
            CodeOf(wire.Findings[0]), wire.Findings[0].Where, wire.Findings[0].Message),
        Failure.Types.Kind.Options => new ModelException([.. wire.Findings.Select(From)]),
        _ => new EnvironmentException(TensorRtCodes.WorkerUnusable, "engine worker", $"it has a bug; please report it:\n{wire.Text}"),
    };

    private static Error Of(ParserError e) => new()
    {
        Node = e.NodeIndex,
        Name = e.NodeName,
        Operator = e.Operator,
        Code = e.Code,
        Description = e.Description,
        Source = e.Source,
    };

    private static ParserError From(Error e) => new(e.Node, e.Name, e.Operator, e.Code, e.Description, e.Source);

    private static Finding Of(Diagnostic d) => new() { Code = d.Code.Id, Where = d.Where, Message = d.Message };

    private static Diagnostic From(Finding f) => CodeOf(f).At(f.Where, f.Message);

    /// <summary>Versions are equal on both sides, so an unknown code can only be one that no fault of TensorRT has.</summary>
    private static DiagnosticCode CodeOf(Finding f) => Codes.GetValueOrDefault(f.Code) ?? TensorRtCodes.TensorRtFailed;
}
