using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.Providers;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Support;

/// <summary>An execution provider that lacks operators: ONNX Runtime on the processor, which stands for a device.</summary>
internal sealed class SimulatedProvider : ExecutionProvider
{
    /// <summary>Which nodes of the plan's graph it computes.</summary>
    public Func<int, bool> Computes { get; init; } = _ => true;

    /// <summary>For which nodes it has a kernel that fails when it is created, as some do that lack a mode of their operator.</summary>
    public Func<int, bool> Refuses { get; init; } = _ => false;

    /// <summary>The most nodes that it computes in one session.</summary>
    public int MostTogether { get; init; } = int.MaxValue;

    /// <summary>The nodes for which a session on the device was requested.</summary>
    public HashSet<int> Requested { get; } = [];

    public override string Name => "simulated";

    public override bool UsesStream => true;

    public override void Configure(SessionOptions session, Graph graph, DeviceStream? stream)
    {
    }

    public override InferenceSession? TryCreateSession(
        GraphSegment segment, DeviceStream? stream, Func<Action<SessionOptions, Graph>, InferenceSession> create)
    {
        Requested.UnionWith(segment.Nodes);
        if (segment.Nodes.Any(Refuses)) throw new EnvironmentException(RuntimeCodes.RuntimeRefuses, "test", "told to refuse");
        return segment.Nodes.All(Computes) && segment.Nodes.Length <= MostTogether ? create((_, _) => { }) : null;
    }
}
