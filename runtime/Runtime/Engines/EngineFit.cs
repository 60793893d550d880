using GraphPartition.TensorRt.Library;

namespace GraphPartition.Runtime.Engines;

/// <summary>Which of a group's engines a machine can load.</summary>
public static class EngineFit
{
    private const int Ampere = 8; // the major compute capability

    /// <summary>Whether an engine can be loaded on a machine.</summary>
    public static Verdict Judge(EngineTarget target, TensorRtMachine machine)
    {
        TensorRtRelease here = machine.Library.Release;
        string capability = machine.Device.ComputeCapability.ToString();
        if (target.TensorRt != here && !(target.IsVersionCompatible && here.Major == target.TensorRt.Major
            && here.IsAtLeast(target.TensorRt)))
            return Verdict.No($"it is for {target.TensorRt}, here is {here}", "release");
        bool fits = target.Hardware switch
        {
            EngineTarget.AmperePlus => machine.Device.ComputeCapability.Major >= Ampere,
            _ => target.ComputeCapability == capability,
        };
        return fits ? Verdict.Yes
            : Verdict.No($"it is for compute capability {target.ComputeCapability}, {machine.Device.Name} has {capability}",
                "compute capability");
    }

    /// <summary>The engine to load: of those that fit, preferably one that was built on this kind of device.</summary>
    /// <param name="engines">The engines of a group.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="precision">The precision to load; null for any.</param>
    /// <param name="verdict">A no if there is none.</param>
    public static EngineBlob? Choose(IReadOnlyList<EngineBlob> engines, TensorRtMachine machine, string? precision, out Verdict verdict)
    {
        EngineBlob[] wanted = [.. engines.Where(e => IsOf(e, precision))];
        EngineBlob? found = Ranked(wanted, machine, precision).FirstOrDefault();
        verdict = found is not null ? Verdict.Yes
            : wanted.Length == 0 ? Verdict.No($"none of its {engines.Count} engines is of precision {precision}", "precision")
            : Verdict.No(string.Join("; ", wanted.Select(e => Judge(e.Target, machine).Reason).Distinct()), "engine fit");
        return found;
    }

    /// <summary>The engines that fit, those first that were built on this kind of device.</summary>
    /// <param name="engines">The engines of a group.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="precision">The precision to load; null for any.</param>
    public static IEnumerable<EngineBlob> Ranked(IEnumerable<EngineBlob> engines, TensorRtMachine machine, string? precision) => engines
        .Where(e => IsOf(e, precision) && Judge(e.Target, machine).IsYes)
        .OrderByDescending(e => e.Target.Device == machine.Device.Name);

    /// <summary>
    /// Whether an engine computes in a precision. In a typed one the types of the graph decide, which that precision chose.
    /// </summary>
    private static bool IsOf(EngineBlob engine, string? precision) => precision is null || engine.Target.Precision == precision
        || (precision is "fp16" or "bf16" && engine.Target.Precision == "typed");
}
