using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GraphPartition.ExecutionProvider.Contexts;
using GraphPartition.ExecutionProvider.Devices;
using GraphPartition.ExecutionProvider.Engines;
using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.ExecutionProvider.Options;
using GraphPartition.ExecutionProvider.Planning;
using GraphPartition.ExecutionProvider.Running;

namespace GraphPartition.ExecutionProvider;

/// <summary>The provider of one session (OrtEp): plans its graphs, and compiles the groups that ONNX Runtime makes of the plans.</summary>
internal sealed unsafe class Provider : IDisposable
{
    private const int Last = (int)EpSlot.GetEpContextDataCallbackSupport;

    private readonly HostEnvironment _host;
    private readonly Gpu? _gpu; // on which the tensors of its nodes lie; null: on the host
    private readonly CopyKernels? _copies;
    private readonly SessionLog _log;
    private readonly ProviderOptions _options;
    private readonly EngineHost? _engines;
    private readonly GroupRunners _runners;
    private readonly Dictionary<string, (string Nodes, PlannedEngine? Engine)> _planned = []; // by the first node of a group
    private (string Path, CompiledFile? File) _file = ("", null);
    private string _summary = "";

    private Provider(OrtHost ort, ProviderOptions options, Gpu? gpu, nint logger)
    {
        Ort = ort;
        _gpu = gpu;
        _log = new(ort, logger);
        _engines = EngineHost.Open(options.TensorRt, options.Device);
        _options = _engines is null ? options : options.For(_engines.Machine.Library.Release);
        _host = new(ort);
        _runners = new(_host, _options, _engines, gpu, _log);
        if (gpu is not null) _copies = new(ort, gpu);
    }

    private OrtHost Ort { get; }

    /// <summary>Creates a provider.</summary>
    /// <param name="ort">The host.</param>
    /// <param name="options">The options.</param>
    /// <param name="gpu">The GPU on which the tensors of its nodes lie; null: on the host.</param>
    /// <param name="logger">The OrtLogger of the session.</param>
    /// <returns>Its table (OrtEp), which <see cref="Release"/> frees.</returns>
    public static nint Create(OrtHost ort, ProviderOptions options, Gpu? gpu, nint logger)
    {
        nint* table = CallbackTable.Allocate(ort.Version, Last, new Provider(ort, options, gpu, logger));
        table[(int)EpSlot.GetName] = (nint)(delegate* unmanaged[Cdecl]<nint, nint>)&GetName;
        table[(int)EpSlot.GetCapability] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint>)&GetCapability;
        table[(int)EpSlot.Compile] = (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nint*, nuint, nint*, nint*, nint>)&Compile;
        table[(int)EpSlot.ReleaseNodeComputeInfos] = (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nuint, void>)&ReleaseNodeComputeInfos;
        if (gpu is null) return (nint)table;
        table[(int)EpSlot.GetDefaultMemoryDevice] = (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nint>)&GetDefaultMemoryDevice;
        table[(int)EpSlot.GetKernelRegistry] = (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nint>)&GetKernelRegistry;
        return (nint)table;
    }

    /// <summary>Frees a provider.</summary>
    public static void Release(nint table)
    {
        if (table == 0) return;
        Of(table).Dispose();
        CallbackTable.Free(table, Last);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _engines?.Dispose();
        _copies?.Dispose();
        _host.Dispose();
    }

    private static Provider Of(nint table) => CallbackTable.Owner<Provider>(table, Last);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint GetName(nint self) => ProviderFactory.NamePointer;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint GetCapability(nint self, nint graph, nint support)
    {
        Provider provider = Of(self);
        return Boundary.Guard(provider.Ort, () => provider.Plan(new HostGraph(provider.Ort, graph), support));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Compile(nint self, nint* graphs, nint* fused, nuint count, nint* functions, nint* contexts)
    {
        Provider provider = Of(self);
        return Boundary.Guard(provider.Ort, () =>
        {
            for (int i = 0; i < (int)count; i++)
            {
                (IGroupRunner runner, contexts[i]) = provider.Compile(
                    new HostGraph(provider.Ort, graphs[i]), new HostNode(provider.Ort, fused[i]), isOnly: count == 1);
                functions[i] = GroupFunction.Table(provider.Ort, runner);
            }
        });
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseNodeComputeInfos(nint self, nint* functions, nuint count)
    {
        for (nuint i = 0; i < count; i++) GroupFunction.Release(functions[i]);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint GetDefaultMemoryDevice(nint self, nint* device)
    {
        *device = Of(self)._gpu!.MemoryDevice;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint GetKernelRegistry(nint self, nint* registry)
    {
        *registry = Of(self)._copies!.Registry;
        return 0;
    }

    /// <summary>
    /// Plans a graph and names the groups to ONNX Runtime. A graph that cannot be planned is left to the next provider: a session must
    /// not fail because of what could only make it faster.
    /// </summary>
    private void Plan(HostGraph graph, nint support)
    {
        HostNode[] own =
            [.. graph.Nodes.Where(n => OwnNode.IsContext(Ort, n) || (OwnNode.IsCall(n) && FileOf(graph)?.Find(n) is not null))];
        foreach (HostNode node in own) Claim(support, [node], null);
        if (own.Length > 0)
        {
            Report(() => $"GraphPartition: graph '{graph.Name}': {own.Length} groups of an earlier compile");
            return; // the rest is what that plan left to others
        }
        long start = Stopwatch.GetTimestamp();
        GraphPlan plan;
        try
        {
            plan = GraphPlan.Of(graph, _options, _engines is null ? null : _engines.Build);
        }
        catch (ModelException e)
        {
            _log.Warn(ProviderCodes.NotPlanned.At($"graph '{graph.Name}'", e.Message));
            return;
        }
        for (int g = 0; g < plan.Groups.Length; g++)
            if (plan.WhyLeft(g) is { } reason)
                _log.Note(ProviderCodes.NotRecorded.At($"group of {plan.Groups[g][0].Label}, left to the next provider", reason).ToString());
            else Claim(support, plan.Groups[g], plan.Engines[g]);
        foreach (Diagnostic warning in plan.Warnings) _log.Warn(warning);
        if (_options.Report is { } report && !graph.IsBody) plan.Write(report);
        string time = string.Create(CultureInfo.InvariantCulture, $"planned in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms");
        Report(() => plan.Summary(graph.Name), time);
    }

    /// <summary>
    /// Logs a line once: ONNX Runtime asks for a plan before and after it expands functions. The line is made only if the logger
    /// keeps it, because the ranking of operators in it plans the graph again.
    /// </summary>
    private void Report(Func<string> summary, string time = "")
    {
        if (!_log.KeepsNotes) return;
        string line = summary();
        if (line == _summary) return;
        _summary = line;
        _log.Note(time.Length > 0 ? $"{line}; {time}" : line);
    }

    private CompiledFile? FileOf(HostGraph graph)
    {
        string path = graph.ModelPath;
        if (_file.Path != path) _file = (path, CompiledFile.TryRead(path));
        return _file.File;
    }

    /// <summary>Names a group to ONNX Runtime.</summary>
    private void Claim(nint support, ImmutableArray<HostNode> group, PlannedEngine? engine)
    {
        _planned[group[0].Key] = (KeyOf(group), engine);
        nint[] nodes = [.. group.Select(n => n.Handle)];
        long options = (uint)Ort.Version | 1L << 32; // OrtNodeFusionOptions: the version, then drop_constant_initializers
        fixed (nint* first = nodes)
            Ort.Check(((delegate* unmanaged[Cdecl]<nint, nint*, nuint, long*, nint>)Ort[EpApiSlot.EpGraphSupportInfo_AddNodesToFuse])(
                support, first, (nuint)nodes.Length, &options), nameof(EpApiSlot.EpGraphSupportInfo_AddNodesToFuse));
    }

    private (IGroupRunner Runner, nint Context) Compile(HostGraph group, HostNode fused, bool isOnly)
    {
        if (group.Nodes is [var own] && (OwnNode.IsContext(Ort, own) || OwnNode.IsCall(own))) return (Load(group, own, fused, isOnly), 0);
        HostModel model = HostModel.Of(group, fused);
        (string nodes, PlannedEngine? engine) = _planned.GetValueOrDefault(model.Nodes[0].Key);
        if (nodes != KeyOf(model.Nodes))
        {
            engine = null; // it computes other nodes
            _log.Warn(ProviderCodes.PlanChanged.At($"group '{fused.Name}'", nodes is not null
                ? $"its {model.Nodes.Count} nodes, from {model.Nodes[0].Label} on, are not those that were planned"
                : $"no planned group starts with {model.Nodes[0].Label}"));
        }
        CompiledModel? container = engine is null && _options.Context is null ? null : GroupContainer.Of(model, engine);
        GroupBorder border = GroupBorder.Of(Ort, fused);
        IGroupRunner? engineRunner = container is null ? null : _runners.TryEngine(container, border, out _, Portable);
        IGroupRunner runner = engineRunner ?? Portable();
        if (_options.Context is not { } context) return (runner, 0);
        try
        {
            return (runner, ContextNode.Create(Ort, fused, container!, context, group.ModelPath));
        }
        catch
        {
            runner.Dispose();
            throw;
        }

        IGroupRunner Portable() => _runners.Session(
            model.Bytes, model.Weights, border, isOnly, $"group '{fused.Name}'", () => GroupContainer.Of(model, null).Model.Graph);
    }

    /// <summary>A group of an earlier compile, without import and plan.</summary>
    private IGroupRunner Load(HostGraph graph, HostNode node, HostNode fused, bool isOnly)
    {
        string path = graph.ModelPath.Length > 0 ? graph.ModelPath : _options.ContextPath ?? "";
        string? folder = path.Length > 0 ? Path.GetDirectoryName(Path.GetFullPath(path)) : null;
        CompiledModel group = OwnNode.IsCall(node)
            ? FileOf(graph)?.Find(node) ?? throw ProviderCodes.BadContext.Error(node.Label, $"its group is not in '{path}'")
            : ContextNode.Read(Ort, node, folder);
        GroupBorder border = GroupBorder.Of(Ort, fused, node, group.Model.Graph);
        if (_runners.TryEngine(group, border, out string? reason, Portable) is { } engine) return engine;
        if (_options.OnMismatch == Mismatch.Error)
            throw ProviderCodes.BadContext.Error(node.Label, $"{reason}, and the option on_mismatch is error");
        if (!group.AllGroups.Single().Engines.IsEmpty) _log.Warn(ProviderCodes.ContextRebuilt.At(node.Label, reason!));
        return Portable();

        IGroupRunner Portable() =>
            _runners.Session(GroupContainer.Portable(group), [], border, isOnly, node.Label, () => group.Model.Graph);
    }

    private static string KeyOf(IEnumerable<HostNode> nodes) => string.Join('\n', nodes.Select(n => n.Key).Order(StringComparer.Ordinal));
}
