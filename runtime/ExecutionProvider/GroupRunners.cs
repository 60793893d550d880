using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Devices;
using GraphPartition.ExecutionProvider.Engines;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.ExecutionProvider.Options;
using GraphPartition.ExecutionProvider.Planning;
using GraphPartition.ExecutionProvider.Running;

namespace GraphPartition.ExecutionProvider;

/// <summary>Makes what runs the groups of a session: engines, or sessions inside it.</summary>
/// <param name="host">The host and the environment of inner sessions.</param>
/// <param name="options">The options.</param>
/// <param name="engines">Loads engines; null: groups have none.</param>
/// <param name="gpu">The GPU on which the tensors of the nodes lie; null: on the host.</param>
/// <param name="log">The log of the session.</param>
internal sealed class GroupRunners(HostEnvironment host, ProviderOptions options, EngineHost? engines, Gpu? gpu, SessionLog log)
{
    /// <summary>A group as an engine; null, with the reason, where none fits this machine.</summary>
    /// <param name="group">The group with its engines.</param>
    /// <param name="border">Its border.</param>
    /// <param name="reason">Why there is no engine.</param>
    /// <param name="portable">Makes the form for shapes that the engine does not take, if there can be any.</param>
    public EngineRunner? TryEngine(CompiledModel group, GroupBorder border, out string? reason, Func<IGroupRunner> portable)
    {
        TrtNode node = group.AllGroups.Single();
        reason = node.Engines.IsEmpty ? "it has no engine"
            : engines is null ? "no TensorRT is given (option tensorrt)" : null;
        if (reason is not null || engines!.Load(group, out reason) is not { } engine) return null;
        try
        {
            return new EngineRunner(host.Ort, engines.Machine, engine, node, border, gpu, engine.HasProfile ? portable() : null);
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    /// <summary>A group as an inner session. On the GPU it is recorded where its nodes and the user allow it.</summary>
    /// <param name="model">The group as an ONNX model.</param>
    /// <param name="weights">The weights that the model only refers to.</param>
    /// <param name="border">Its border.</param>
    /// <param name="isOnly">Whether the session of the host has no other group.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="graph">The group as a graph.</param>
    public IGroupRunner Session(ReadOnlyMemory<byte> model, IReadOnlyList<(string Name, HostTensor Tensor)> weights, GroupBorder border,
        bool isOnly, string name, Func<Graph> graph)
    {
        if (gpu is null) return Make();
        if (options.Recording != Recording.Off)
        {
            string? reason = RecordingCheck.Objection(graph(), knowsSizes: border.Sizes.All(s => s is not null));
            try
            {
                if (reason is null) return new RecordedSession(host.Ort, gpu, Make, Unrecorded);
            }
            catch (OrtException e)
            {
                reason = e.Message; // some node has no kernel for the GPU
            }
            Unrecorded(reason);
        }
        return new BoundSession(host.Ort, Make(), gpu);

        InnerSession Make(CudaStream? stream = null) => new(host, model, weights, border, options, isOnly, stream);

        void Unrecorded(string reason)
        {
            Diagnostic diagnostic = ProviderCodes.NotRecorded.At(name, reason);
            if (options.Recording == Recording.On) log.Warn(diagnostic);
            else log.Note(diagnostic.ToString());
        }
    }
}
