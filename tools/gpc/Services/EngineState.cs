using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Runtime.Engines;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.Gpc.Services;

/// <summary>An engine of a compiled model and its state.</summary>
/// <param name="Group">The group that it belongs to.</param>
/// <param name="Engine">The engine.</param>
/// <param name="Bytes">Its size; 0 if it cannot be read.</param>
/// <param name="Fault">Why no machine can use it: it is damaged, stale, or does not load here; null if nothing is wrong.</param>
/// <param name="Unfit">Why this machine cannot use it although nothing is wrong with it; null if it can.</param>
internal sealed record EngineState(TrtNode Group, EngineBlob Engine, long Bytes, string? Fault, string? Unfit)
{
    /// <summary>What a machine needs to load it.</summary>
    public string Needs
    {
        get
        {
            EngineTarget target = Engine.Target;
            string release = target.IsVersionCompatible ? $"{target.TensorRt} or a later {target.TensorRt.Major}.x" : target.TensorRt.ToString();
            string device = target.Hardware switch
            {
                EngineTarget.AmperePlus => "compute capability 8.0 or higher",
                EngineTarget.SameCapability => $"compute capability {target.ComputeCapability}",
                _ => target.Device.Length > 0 ? $"{target.Device} or a GPU like it" : $"compute capability {target.ComputeCapability}",
            };
            string trust = target.IsVersionCompatible ? ", --trust-engines" : "";
            return $"{release}, {device}{trust}{(target.IsStripped ? ", the weights in the file" : "")}";
        }
    }

    /// <summary>The state in a word or a sentence.</summary>
    public string State => Fault ?? (Unfit is null ? "usable here" : $"not for this machine: {Unfit}");

    /// <summary>All engines of a compiled model in the order of its groups. Reads every engine and the weights of its groups.</summary>
    /// <param name="compiled">The compiled model as its file has it.</param>
    /// <param name="search">This machine.</param>
    public static ImmutableArray<EngineState> Of(CompiledModel compiled, MachineSearch search)
    {
        string? folder = compiled.Model.Folder;
        Dictionary<EngineBlob, string> faults = new(ReferenceEqualityComparer.Instance);
        foreach (UnusableEngine u in EngineOrigin.FindUnusable(compiled)) faults.TryAdd(u.Engine, u.Reason);
        return [.. compiled.AllGroups.SelectMany(group => group.Engines.Select(engine => new EngineState(
            group, engine, engine.Read(folder, out _)?.Length ?? 0, faults.GetValueOrDefault(engine),
            search.Machine is { } machine ? EngineFit.Judge(engine.Target, machine).Reason : search.Problem?.Message ?? "there is no TensorRT")))];
    }

    /// <summary>Loads the engine, if this machine should be able to.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="machine">This machine.</param>
    /// <param name="trust">Whether the engine may run code that it carries.</param>
    /// <param name="probe">Loads it in another process, which it may end.</param>
    /// <returns>The state with what TensorRT reports.</returns>
    public EngineState Loaded(CompiledModel compiled, TensorRtMachine machine, bool trust, ICrashProbe probe)
    {
        if (Fault is not null || Unfit is not null) return this;
        string? fault = probe.EngineFault(machine, Engine.Read(compiled.Model.Folder, out _)!.Value, trust);
        return fault is null ? this : this with { Fault = $"it does not load: {fault}" };
    }
}
