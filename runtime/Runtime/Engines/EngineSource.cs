using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.Runtime.Engines;

/// <summary>The engines of a compiled model that this machine can run, loaded.</summary>
internal sealed class EngineSource(
    TensorRtMachine machine, EngineUse use, CompiledModel compiled, ICrashProbe? probe) : IEngineSource
{
    private readonly EngineUse _use = use;
    private readonly CompiledModel _compiled = compiled;
    private readonly Dictionary<int, LoadedEngine> _engines = [];
    private readonly HashSet<int> _refused = []; // groups with a warning
    private readonly Dictionary<DeviceStream, SharedScratch> _scratch = new(ReferenceEqualityComparer.Instance);
    private TrtRuntime? _runtime; // made behind the first probe, which finds out whether the library can be used at all

    /// <summary>TensorRT and the device.</summary>
    public TensorRtMachine Machine { get; } = machine;

    /// <summary>Loads the engines that fit this machine. One warning gives the reasons for the others.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="use">How to use them.</param>
    /// <param name="ordinal">The device.</param>
    /// <param name="probe">Loads each engine in another process first; null: none does.</param>
    /// <returns>Null if no engine can be loaded.</returns>
    /// <exception cref="EnvironmentException">Engines are required and some group has none (GP4020).</exception>
    public static EngineSource? Load(CompiledModel compiled, EngineUse use, int ordinal, ICrashProbe? probe)
    {
        PlacedGroup[] groups = [.. compiled.PlacedGroups];
        if (use.Mode == EngineMode.Off || groups.Length == 0) return null;
        if (use.Mode == EngineMode.Auto && groups.All(g => g.Group.Engines.IsEmpty)) return null; // it never had any
        List<string> problems = [];
        EngineSource? source = null;
        MachineSearch search = TensorRtMachine.Find((use.Machine ?? new MachineOptions()) with { Ordinal = ordinal });
        if (search.Machine is { } machine)
            try
            {
                machine.Device.MakeCurrent();
                source = new EngineSource(machine, use, compiled, probe);
                foreach (PlacedGroup group in groups) source.LoadGroup(group, problems);
            }
            catch (EnvironmentException e)
            {
                problems.Add(e.Diagnostic.ToString());
            }
        else problems.Add(search.Problem!.ToString());

        int without = groups.Length - (source?._engines.Count ?? 0);
        if (without > 0)
        {
            string where = $"{without} of {groups.Length} groups";
            string why = string.Join("\n  ", problems.Distinct());
            if (use.Mode == EngineMode.Required)
            {
                source?.Dispose();
                throw new EnvironmentException(TensorRtCodes.EnginesRequired, where, why);
            }
            use.Warn?.Invoke(TensorRtCodes.NoEngineFits.At(where, why));
        }
        if (source is { _engines.Count: > 0 }) return source;
        source?.Dispose();
        return null;
    }

    public bool CanRun(TrtNode group) => _engines.ContainsKey(group.Id);

    public IStepExecutor Create(TrtNode group, DeviceStream stream)
    {
        Machine.Device.MakeCurrent();
        (TrtEngine engine, bool isOwn) = _engines[group.Id].ForContext(Runtime);
        // Before 10, contexts of one engine cannot share a shape profile, so each recording would need its own engine.
        bool isOld = Machine.Library.Release.Major == 8;
        bool shares = !isOld || !engine.HasProfile;
        StepLayers? layers = _use.Layers is { } receiver ? new(receiver) : null;
        SharedScratch? scratch = null;
        try
        {
            SharedScratch taken = scratch = ScratchOf(stream);
            return new EngineStep(
                group, engine, Machine.Device, stream, () => new EngineContext(engine, group, stream, taken, layers, asksForProfile: isOld),
                layers, canBeRecorded: shares, _use.Mode == EngineMode.Required ? null : reason => Refused(group, reason), Release);
        }
        catch
        {
            Release();
            throw;
        }

        void Release()
        {
            if (isOwn) engine.Dispose();
            scratch?.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (LoadedEngine engine in _engines.Values) engine.Dispose();
        _runtime?.Dispose();
    }

    private TrtRuntime Runtime => _runtime ??= TrtRuntime.Create(Machine.Library, _use.Logger);

    private void LoadGroup(PlacedGroup placed, List<string> problems)
    {
        TrtNode group = placed.Group;
        if (group.Engines.IsEmpty)
        {
            problems.Add("it was compiled without an engine");
            return;
        }
        if (EngineFit.Choose(group.Engines, Machine, _use.Precision, out Verdict fit) is null)
        {
            problems.Add(fit.Reason!);
            return;
        }
        // The weights are read for this only where an engine would be used. Engines are as large, and they are hashed too.
        string key = EngineOrigin.KeyOf(_compiled, placed);
        EngineBlob[] own = [.. EngineFit.Ranked(group.Engines.Where(e => EngineOrigin.Judge(e, key).IsYes), Machine, _use.Precision)];
        if (own.Length == 0)
        {
            string[] stale = [.. group.Engines.Select(e => EngineOrigin.Judge(e, key).Reason).OfType<string>().Distinct()];
            problems.Add($"TrtNode_{group.Id}: {string.Join("; ", stale)}");
        }
        foreach (EngineBlob blob in own)
        {
            if (LoadEngine(placed, blob) is not { } problem) return;
            problems.Add($"TrtNode_{group.Id}: {problem}");
        }
    }

    /// <summary>Loads one engine of a group.</summary>
    /// <returns>What is wrong with it; null if it is loaded.</returns>
    private string? LoadEngine(PlacedGroup placed, EngineBlob blob)
    {
        string? folder = _compiled.Model.Folder;
        if (blob.Read(folder, out string? fault) is not { } bytes) return fault;
        bool allowHostCode = _use.Trust || blob.IsTrusted;
        if (probe?.EngineFault(Machine, bytes, allowHostCode) is { } refused) return refused + Hint(blob);
        TrtRuntime runtime = Runtime; // without it no engine loads: its failure ends the search for all groups
        try
        {
            var engine = new LoadedEngine(bytes, blob, allowHostCode, Refit(placed, blob));
            if (engine.Load(runtime, placed.Group) is { } unfit) return unfit;
            _engines.Add(placed.Group.Id, engine);
            return null;
        }
        catch (TensorRtException e)
        {
            return e.Diagnostic + Hint(blob);
        }
    }

    /// <summary>What the user may have left out, if an engine does not load.</summary>
    private string Hint(EngineBlob blob) => (blob.Target.IsVersionCompatible && !_use.Trust && !blob.IsTrusted
        ? "\n  it may bring code of its own, which runs only where the file is trusted (--trust-engines)" : "") + MissingPlugins();

    /// <summary>The libraries of plugins that the model was compiled with and that TensorRT does not have here.</summary>
    private string MissingPlugins()
    {
        HashSet<string> here = [.. Machine.Library.Plugins.Select(p => Path.GetFileName(p.Path))];
        string[] missing =
            [.. _compiled.Libraries.Where(l => l.Kind == LibraryKind.Plugins && !here.Contains(l.Name)).Select(l => l.Name)];
        return missing.Length == 0 ? ""
            : $"\n  the model was compiled with {string.Join(", ", missing)}, which is not given now (--plugin LIBRARY)";
    }

    /// <summary>For an engine that was built without weights: the ONNX model with the weights.</summary>
    private byte[]? Refit(PlacedGroup placed, EngineBlob blob) =>
        blob.Target.IsStripped ? SegmentModel.ForSession(_compiled.Model with { Graph = placed.Graph }, placed.Segment).Bytes : null;

    /// <summary>Warns once for each group that its engine rejected inputs.</summary>
    private void Refused(TrtNode group, string reason)
    {
        lock (_refused)
        {
            if (_refused.Add(group.Id))
                _use.Warn?.Invoke(
                    RuntimeCodes.OutsideProfile.At($"TrtNode_{group.Id}", $"{reason}; the group runs as its portable subgraph for such shapes"));
        }
    }

    private SharedScratch ScratchOf(DeviceStream stream)
    {
        lock (_scratch)
        {
            if (!_scratch.TryGetValue(stream, out SharedScratch? scratch))
                _scratch.Add(stream, scratch = new SharedScratch(stream, _engines.Values.Max(e => e.ScratchBytes), () => Forget(stream)));
            scratch.Take();
            return scratch;
        }
    }

    private void Forget(DeviceStream stream)
    {
        lock (_scratch) _scratch.Remove(stream);
    }
}
